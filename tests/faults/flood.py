"""Fault 31: one meter floods while the others keep their pace."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from tests.e2e.commands import wait_for
from tests.faults.outcome import Outcome
from tests.faults.site import DATABASE, Site, a_site

FLOOD = "line2.flood"
_AT_ONCE = 200


def flood_from_one_meter(folder: Path, *, rate: float, probes: int) -> Outcome:
    """Let one meter send `rate` messages a second while others send now and then; return what came of it.

    The others' latency, from publishing to being queryable, is measured before and during the flood.
    """
    with a_site(folder) as site:
        site.publish(500)
        calm = [site.publish_fresh() for _ in range(probes)]
        stop, sent = threading.Event(), [0]
        flooding = threading.Thread(target=_flood, args=(site, rate, stop, sent), daemon=True)
        flooding.start()
        flooded = [site.publish_fresh() for _ in range(probes)]
        stop.set()
        flooding.join(60)
        site.publish(500)
        outcome = Outcome(31, f"a flood of {rate:g}/s from one meter", site.wait_stored())
        wait_for("the flood", lambda: _stored(site) >= sent[0], 120)
        outcome.notes = {
            "of the flood, stored": f"{_stored(site):,} of {sent[0]:,}",
            "others' slowest before [s]": max(calm),
            "during [s]": max(flooded),
        }
        outcome.demand(not flooding.is_alive(), "the flood did not end")
        outcome.demand(sent[0] >= rate / 10, f"there was no flood: {sent[0]} messages")
        outcome.demand(_stored(site) == sent[0], "the flood's own readings are not stored once")
        outcome.hope(max(flooded) < 2 * max(calm), "the others waited twice as long")
        return outcome


def _flood(site: Site, rate: float, stop: threading.Event, sent: list[int]) -> None:
    """Publish messages of one meter, each at a time of its own, until told to stop; count them."""
    publisher, began = site.broker.publisher(client_id="flooder"), time.monotonic()
    topic = f"plant/{FLOOD.replace('.', '/')}"
    while not stop.wait(0.005):
        if sent[0] < (time.monotonic() - began) * rate:
            numbers = range(sent[0], sent[0] + _AT_ONCE)
            publisher.publish_many(
                (topic, b'{"ts": %d, "value": %d}' % (site.base_ms + n, n), False) for n in numbers
            )
            sent[0] = numbers.stop
    publisher.close()


def _stored(site: Site) -> int:
    found = site.influxd.query(f'SELECT count("value") FROM "reading" WHERE "meter" = \'{FLOOD}\'', DATABASE)
    return int(found[0]["values"][0][1]) if found else 0
