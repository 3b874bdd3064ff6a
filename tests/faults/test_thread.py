"""Mistakes of ours in the collecting thread are survived; a thread that ends, ends the process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.commands import wait_for
from tests.faults.site import a_site

pytestmark = pytest.mark.servers


@pytest.mark.fault(12)
def test_mistakes_cost_no_message_and_a_dead_thread_ends_the_process_with_an_error(tmp_path: Path) -> None:
    mood = tmp_path / "mood"
    argv = (sys.executable, "-m", "tests.faults.moody_process", mood)
    with a_site(tmp_path, argv=argv) as site:
        for number in range(5):
            mood.write_text("mistake")
            site.publish(10)
            wait_for("the mistake", lambda: not mood.exists())
            wait_for("the readings", lambda number=number: site.count() == 10 * (number + 1))
        assert site.collector.text().count("a mistake of ours") >= 5
        mood.write_text("end")
        site.publish(10)
        assert site.collector.process is not None
        wait_for("the end", lambda: site.collector.process.poll() is not None)  # type: ignore[union-attr]
        assert site.collector.process.poll() == 1
        assert "collecting has ended" in site.collector.text()
        mood.unlink()
        site.collector.start()  # as a supervisor does
        assert site.wait_stored().is_whole
