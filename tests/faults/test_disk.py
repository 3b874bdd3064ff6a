"""The spool's disk is full: the broker keeps what does not fit, health says so, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.commands import wait_for
from tests.faults.site import Site, a_site
from tests.faults.small_disk import fill, small_disk

pytestmark = pytest.mark.servers

#: more than a disk of half a megabyte takes
MESSAGES = 40_000


def wait_until_full(site: Site) -> None:
    """Return when health says that the disk is full."""
    wait_for("the full disk in health", lambda: "No space left" in site.part("spool").get("detail", ""))
    assert site.part("spool")["status"] == "degraded"
    assert site.is_connected()


@pytest.mark.fault(4)
def test_a_disk_that_the_backlog_fills_stops_the_collector_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "var", "512k"), a_site(tmp_path) as site:
        site.influxd.server.kill()
        site.publish(MESSAGES)
        wait_until_full(site)
        taken = site.part("broker")["readings"]
        assert taken < MESSAGES
        site.influxd.server.start()
        assert site.wait_stored().is_whole
        wait_for("health", lambda: site.part("spool").get("status") == "ok")
        assert site.collector.text().count("ingest.spool_resumed") >= 1


@pytest.mark.fault(4)
def test_a_disk_that_somebody_else_fills_and_frees_again_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "var", "4m") as disk, a_site(tmp_path) as site:
        site.publish(1000)
        assert site.wait_stored().is_whole
        filler = fill(disk)
        site.publish(20_000)
        wait_until_full(site)
        filler.unlink()
        assert site.wait_stored().is_whole
        wait_for("health", lambda: site.part("spool").get("status") == "ok")
