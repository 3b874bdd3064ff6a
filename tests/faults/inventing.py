"""Fault 28: one client invents meters without end; the others go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from tests.e2e.commands import wait_for
from tests.faults.facts import MB
from tests.faults.gateway import METERS
from tests.faults.outcome import Outcome
from tests.faults.site import DATABASE, Site, a_plant, a_site

LEAST_SHARE = 0.95


def invent_meters(folder: Path, *, names: int, cap: int, rate: float) -> Outcome:
    """Publish a message of each of so many meters that nobody declared, while others go on at `rate`."""
    with a_site(folder, plant=a_plant(METERS + cap)) as site:
        gateway = site.gateway(rate)
        wait_for("the others", lambda: site.count() >= 2 * METERS)
        memory, stored, sent, now_ms = (
            site.facts().rss_bytes,
            site.count(),
            gateway.acknowledged,
            time.time_ns() // 1_000_000,
        )
        _publish(site, ((f"plant/x/id{n}", b'{"ts": %d, "value": 1}' % now_ms, False) for n in range(names)))
        wait_for("the flood's end", lambda: _messages(site) >= names + gateway.acknowledged - rate, 600)
        share = (site.count() - stored) / (gateway.acknowledged - sent)
        site.finish(gateway)
        outcome = Outcome(28, f"{names:,} invented meters", site.wait_stored())
        series = site.influxd.query('SHOW TAG VALUES FROM "reading" WITH KEY = "meter"', DATABASE)
        outcome.rss_growth_mb = (site.facts().rss_bytes - memory) / MB
        outcome.notes = {"series": len(series[0]["values"]), "others' rate": share}
        outcome.demand(len(series[0]["values"]) <= METERS + cap, "more series than the cap")
        rejects = site.part("broker")["rejects"]["unknown_meter"]
        outcome.demand(rejects == names - cap, f"{rejects} counted as refused")
        outcome.hope(share >= LEAST_SHARE, f"the others were stored at less than {LEAST_SHARE:.0%}")
        return outcome


def _publish(site: Site, messages: Iterator[tuple[str, bytes, bool]]) -> None:
    publisher = site.broker.publisher()
    publisher.publish_many(messages)
    publisher.close()


def _messages(site: Site) -> int:
    return int(site.part("broker")["messages"])
