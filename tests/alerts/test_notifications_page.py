"""What docs/notifications.md shows, works."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alerts.channels.work_order import OrderBook, WorkOrderChannel
from alerts.commands import read_command
from alerts.signing import signed_headers
from tests.alerts.builders import a_hotspot_condition, a_letterhead
from tests.alerts.channels.receivers import a_webhook
from tests.alerts.messages import told

PAGE = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_receiver_of_the_page_believes_us_and_nobody_else() -> None:
    (code,) = [one for one in blocks("python") if "is_genuine" in one]
    names: dict[str, Any] = {}
    exec(code, names)
    body, now = b'{"event": "firing"}', datetime.now(UTC)
    headers = signed_headers("s3cret", body, now)
    assert names["is_genuine"]("s3cret", headers, body)
    assert not names["is_genuine"]("s3cret", headers, body + b" ")
    assert not names["is_genuine"]("other", headers, body)
    old = signed_headers("s3cret", body, now - timedelta(minutes=6))
    assert not names["is_genuine"]("s3cret", old, body)


def test_the_body_of_the_page_makes_an_order() -> None:
    (template,) = blocks("jinja")
    with a_webhook() as hook:
        WorkOrderChannel("mail", hook.url, "k", a_letterhead("en"), book=OrderBook(template)).send(
            told(a_hotspot_condition())
        )
    (body,) = hook.bodies()
    assert body["key"].startswith("wn-")
    assert (body["loss_per_hour"], body["line"]) == (98_000.0, "dye_line_2")


def test_every_value_that_the_page_names_can_be_written() -> None:
    (listed,) = re.findall(r"Also there: `([^`]+)`", PAGE)
    names = listed.split()
    template = "{" + ", ".join(f'"{name}": {{{{ {name} | tojson }}}}' for name in names) + "}"
    with a_webhook() as hook:
        WorkOrderChannel("mail", hook.url, "k", a_letterhead("en"), book=OrderBook(template)).send(
            told(a_hotspot_condition())
        )
    assert set(hook.bodies()[0]) == set(names)


def test_the_command_of_the_page_is_one() -> None:
    (shown,) = blocks("json")
    assert read_command(shown.encode()).why == "on my way"
