"""The settings that docs/notifications.md shows can be loaded."""

from __future__ import annotations

import re
from pathlib import Path

from config.settings import load_settings

PAGE = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text(encoding="utf-8")


def test_every_channel_on_the_page_is_accepted(tmp_path: Path) -> None:
    shown = "\n".join(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL))
    secrets = set(re.findall(r'"(/run/secrets/\w+)"', shown))
    for number, name in enumerate(sorted(secrets)):
        (tmp_path / f"secret{number}").write_text("json://127.0.0.1/", encoding="utf-8")
        shown = shown.replace(name, str(tmp_path / f"secret{number}"))
    (tmp_path / "wastenot.toml").write_text(shown, encoding="utf-8")
    alerts = load_settings(tmp_path / "wastenot.toml").alerts
    channels = alerts.channels
    assert [hook.name for hook in alerts.hooks] == ["atlas"]
    assert len(channels) == shown.count("[[alerts.channel]]") > 3
