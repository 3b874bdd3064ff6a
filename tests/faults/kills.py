"""Faults 1 and 2: the collector and InfluxDB are killed again and again under load."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.e2e.commands import wait_for
from tests.faults.outcome import Outcome
from tests.faults.site import BROKER, a_site

BATCH, IN_FLIGHT = 500, 100


def kill_the_collector(folder: Path, *, messages: int, kills: int, rate: float) -> Outcome:
    """Kill the collector `kills` times, spread over the messages; return what came of it."""
    config = (*BROKER[:-1], f"max_inflight_messages {IN_FLIGHT}")
    with a_site(folder, broker_config=config, ingest={"batch_size": BATCH}) as site:
        gateway = site.gateway(rate, messages)
        for kill in range(kills):
            share = messages * (kill + 1) // (kills + 1)
            wait_for("messages on the way", lambda share=share: site.count() >= share // 2, 120, 0.02)
            site.collector.end(signal.SIGKILL)
            site.collector.start()
            wait_for("the session", site.is_connected, 60, 0.05)
        site.finish(gateway, 600)
        outcome = Outcome(1, f"collector killed {kills} times", site.wait_stored(300))
        again = site.points_written() - outcome.tally.stored
        outcome.notes = {"written again": again, "most allowed": kills * (IN_FLIGHT + BATCH)}
        # on a busy machine mosquitto has more in flight than its limit, and a reset connection eats our acks
        outcome.hope(again <= kills * (IN_FLIGHT + BATCH), "more was done again than was in flight")
        return outcome


def kill_influxd(folder: Path, *, messages: int, kills: int, rate: float) -> Outcome:
    """Kill InfluxDB `kills` times, spread over the messages; return what came of it."""
    with a_site(folder) as site:
        gateway = site.gateway(rate, messages)
        for kill in range(kills):
            share = messages * (kill + 1) // (kills + 2)
            wait_for("points", lambda share=share: site.count() >= share, 600, 0.02)
            site.influxd.server.kill()
            time.sleep(0.2)
            site.influxd.server.start()
        site.finish(gateway, 600)
        outcome = Outcome(2, f"influxd killed {kills} times", site.wait_stored(300))
        refused = site.part("shipping")["refused"]
        outcome.demand(refused == 0, f"{refused} readings were given up")
        return outcome
