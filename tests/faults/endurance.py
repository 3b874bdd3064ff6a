"""Fault 38: load for hours, a fault every minute. What was acknowledged is there, and work goes on."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from tests.e2e.commands import wait_for
from tests.faults.facts import MB
from tests.faults.outcome import Outcome
from tests.faults.site import Site, a_site
from tests.faults.small_disk import fill, small_disk

MOST_FRESH_S, MOST_RSS_MB = 10.0, 50.0
DISK = "512m"

Fault = Callable[[Site, float], None]


def endure(folder: Path, *, minutes: float, rate: float, every_s: float, seed: int = 7) -> Outcome:
    """Make a fault every `every_s` under `rate` messages a second; return what came of it.

    Each fault lasts a fifth of the time until the next. The broker itself is not killed: what it held in its
    memory would be its own loss.
    """
    chance, made = random.Random(seed), dict.fromkeys((fault.__name__ for fault in FAULTS), 0)
    series, broker = {"proxied": True}, {"proxied": True, "keepalive": "10s"}
    with small_disk(folder / "var", DISK), a_site(folder, series=series, broker=broker) as site:
        gateway = site.gateway(rate)
        wait_for("the first readings", lambda: site.count() >= rate)
        memory, end = site.facts().rss_bytes, time.monotonic() + 60 * minutes
        waiting: list[Fault] = []
        while time.monotonic() < end:
            waiting = waiting or chance.sample(FAULTS, len(FAULTS))
            began, fault = time.monotonic(), waiting.pop()
            fault(site, every_s / 5)
            made[fault.__name__] += 1
            time.sleep(max(0.0, min(end, began + every_s) - time.monotonic()))
        grown = (site.facts().rss_bytes - memory) / MB
        site.finish(gateway, 600)
        fresh_s = site.publish_fresh(120)
        outcome = Outcome(38, f"{minutes:g} min at {rate:g}/s", site.wait_stored(600))
        outcome.rss_growth_mb = grown
        outcome.notes = {**{name: count for name, count in made.items() if count}, "fresh s": fresh_s}
        outcome.demand(grown < MOST_RSS_MB, f"memory grew by {MOST_RSS_MB:g} MB or more")
        outcome.hope(fresh_s <= MOST_FRESH_S, f"a fresh reading took more than {MOST_FRESH_S:g} s")
        return outcome


def kill_collector(site: Site, for_s: float) -> None:
    """Kill the collector, and start it again."""
    site.collector.end(signal.SIGKILL)
    time.sleep(for_s)
    site.collector.start()
    wait_for("the session", site.is_connected, 60)


def kill_database(site: Site, for_s: float) -> None:
    """Kill InfluxDB, and start it again."""
    site.influxd.server.kill()
    time.sleep(for_s)
    site.influxd.server.start()


def stop_collector(site: Site, for_s: float) -> None:
    """Stop the collector, and let it go on."""
    assert site.collector.process is not None
    _pause(site.collector.process.send_signal, for_s)


def stop_database(site: Site, for_s: float) -> None:
    """Stop InfluxDB, and let it go on."""
    assert site.influxd.server.process is not None
    _pause(site.influxd.server.process.send_signal, for_s)


def cut(site: Site, for_s: float) -> None:
    """Cut both connections, in the middle of whatever they carry."""
    for proxy in (site.to_broker, site.to_influxd):
        proxy.cut()
    time.sleep(for_s)


def swallow(site: Site, for_s: float) -> None:
    """Let nothing through, then forget what waited."""
    for proxy in (site.to_broker, site.to_influxd):
        proxy.blackhole = True
    time.sleep(for_s)
    for proxy in (site.to_broker, site.to_influxd):
        proxy.blackhole = False
        proxy.cut()


def slow(site: Site, for_s: float) -> None:
    """Make the way to InfluxDB slow."""
    site.to_influxd.delay_s, site.to_influxd.bytes_per_s = 0.2, 500_000.0
    time.sleep(for_s)
    site.to_influxd.delay_s = site.to_influxd.bytes_per_s = 0.0


def fill_disk(site: Site, for_s: float) -> None:
    """Fill the spool's disk, and free it again."""
    filler = fill(site.collector.log.parent / "var")
    time.sleep(for_s)
    filler.unlink()


def _pause(send: Callable[[int], None], for_s: float) -> None:
    send(signal.SIGSTOP)
    time.sleep(for_s)
    send(signal.SIGCONT)


FAULTS: tuple[Fault, ...] = (
    kill_collector, kill_database, stop_collector, stop_database, cut, swallow, slow, fill_disk,
)  # fmt: skip
