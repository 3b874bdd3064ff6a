"""Fault 14: a broker that is killed and started again and again."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.commands import wait_for
from tests.faults.facts import MB
from tests.faults.outcome import Outcome
from tests.faults.site import a_site

WARM_UP, MOST_RSS_MB, SPREAD = 3, 10.0, 2


def restart_the_broker(folder: Path, *, times: int) -> Outcome:
    """Kill and start the broker so often, with a message in between; return what came of it."""
    with a_site(folder) as site:
        before = site.facts()
        for number in range(times + WARM_UP):
            if number == WARM_UP:
                before = site.facts()
            site.publish(10)
            wait_for("the readings", lambda: site.part("shipping").get("waiting") == 0, 30, 0.02)
            wait_for("the readings", lambda: site.count() == site.published, 30, 0.02)
            site.broker.kill()
            wait_for("the loss", lambda: not site.is_connected(), 30, 0.02)
            site.broker.start()
            wait_for("the session", site.is_connected, 60, 0.02)
        site.publish(10)
        outcome = Outcome(14, f"broker restarted {times} times", site.wait_stored())
        after = site.facts()
        outcome.rss_growth_mb = (after.rss_bytes - before.rss_bytes) / MB
        outcome.notes = {"threads": f"{before.threads} -> {after.threads}"}
        outcome.notes["files"] = f"{before.files} -> {after.files}"
        outcome.demand(abs(after.threads - before.threads) <= SPREAD, "threads were left behind")
        outcome.demand(abs(after.files - before.files) <= SPREAD, "files were left behind")
        outcome.demand(outcome.rss_growth_mb < MOST_RSS_MB, f"memory grew by {MOST_RSS_MB:g} MB or more")
        return outcome
