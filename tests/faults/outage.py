"""Fault 3: InfluxDB is away for long while the meters go on."""

from __future__ import annotations

import time
from pathlib import Path

from tests.e2e.commands import wait_for
from tests.faults.facts import MB
from tests.faults.outcome import Outcome
from tests.faults.site import Site, a_site

MOST_RSS_MB, LEAST_DRAIN = 50.0, 5.0


def take_influxd_away(folder: Path, *, away_s: float, rate: float) -> Outcome:
    """Kill InfluxDB for `away_s` at `rate` messages a second, start it again; return what came of it."""
    with a_site(folder) as site:
        gateway = site.gateway(rate)
        wait_for("a first second of readings", lambda: site.count() >= rate)
        before = site.facts().rss_bytes
        site.influxd.server.kill()
        highest = _highest_rss(site, away_s)
        wait_for("the outage in health", lambda: site.part("shipping").get("detail"))
        waiting, on_disk = site.part("spool")["records"], site.part("spool")["bytes"]
        site.influxd.server.start()
        drain = _drain_rate(site) / rate
        site.finish(gateway)
        outcome = Outcome(3, f"influxd away {away_s:g} s at {rate:g}/s", site.wait_stored(300))
        outcome.rss_growth_mb, outcome.drain = (highest - before) / MB, drain
        outcome.notes = {"waited on disk": waiting, "MB on disk": on_disk / MB}
        outcome.demand(outcome.rss_growth_mb < MOST_RSS_MB, f"memory grew by {MOST_RSS_MB:g} MB or more")
        outcome.demand(waiting >= 0.8 * away_s * rate, "the backlog was not on disk")
        outcome.hope(drain >= LEAST_DRAIN, f"drained at less than {LEAST_DRAIN:g} times the live rate")
        return outcome


def _highest_rss(site: Site, for_s: float) -> int:
    """Return the most memory the collector holds within the time [bytes]."""
    highest, until = 0, time.monotonic() + for_s
    while time.monotonic() < until:
        highest = max(highest, site.facts().rss_bytes)
        time.sleep(0.1)
    return highest


def _drain_rate(site: Site) -> float:
    """Return readings stored per second, from the first after the outage until the backlog is gone."""
    start = site.part("shipping")["shipped"]
    wait_for("the first batch", lambda: site.part("shipping")["shipped"] > start, 60, 0.02)
    began, first = time.monotonic(), site.part("shipping")["shipped"]
    wait_for("the backlog", lambda: site.part("spool")["records"] < 5000, 600, 0.02)
    elapsed = max(time.monotonic() - began, 0.02)
    return float((site.part("shipping")["shipped"] - first) / elapsed)
