"""The newcomer's first command, twice as fast: consumption, a priced hotspot from the leak, a clean end."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.e2e.commands import Command, health, running, wait_for
from tests.servers.process import free_port


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_demo_shows_consumption_then_a_priced_hotspot_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port()
    with running(Command(tmp_path, "demo", "demo", "--port", str(port), "--speed", "480")) as demo:
        wait_for("live consumption", lambda: re.search(r"\d m3|\d kWh", demo.text()), timeout_s=120)
        wait_for("the priced hotspot", lambda: re.search(r"₫[\d.,]+/h", demo.text()), timeout_s=220)
        answer = health(port)
        assert answer is not None
        assert answer["status"] == "ok", answer
        code = demo.end(signal.SIGINT, timeout_s=5.0)
    assert code == 0
    assert demo.text().rstrip().endswith("Stopped.")
    assert "Traceback" not in demo.text()
