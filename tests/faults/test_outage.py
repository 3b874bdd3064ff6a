"""InfluxDB is away; `make soak` keeps it away for ten minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.commands import wait_for
from tests.faults.outage import take_influxd_away
from tests.faults.site import a_site

pytestmark = pytest.mark.servers


@pytest.mark.fault(3)
def test_an_outage_of_influxd_fills_the_disk_and_not_the_memory_and_loses_nothing(tmp_path: Path) -> None:
    outcome = take_influxd_away(tmp_path, away_s=10.0, rate=2000.0)
    print(*outcome.cells)
    assert outcome.broken == []


@pytest.mark.fault(3)
def test_people_are_told_of_the_outage_while_it_lasts(tmp_path: Path) -> None:
    alerts = {"pending_infrastructure": "0s"}
    with a_site(tmp_path, role="up", alerts=alerts, analysis={"every": "1s"}) as site:
        wait_for("the jobs", lambda: site.part("outbox").get("status") == "ok")
        site.influxd.server.kill()
        site.publish(100)
        wait_for("the alert", lambda: "database of readings does not answer" in site.collector.text(), 60)
        assert site.part("broker")["connected"]
        site.influxd.server.start()
        assert site.wait_stored().is_whole
