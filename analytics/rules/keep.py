"""What the rules know, in the ledger: one snapshot for each process and resource, beside the judge's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from analytics.consumption.instants import instant_of
from analytics.rules.memory import MeterMemory
from analytics.rules.watch import OF_POINTS
from domain.amendment import Amendment, Journal
from domain.hotspot import Hotspot, Snapshot, is_ruled
from domain.meter import Meter
from domain.plant import Plant
from domain.ports import Ledger, LedgerTx

#: goes up when old bytes can no longer be continued; what was open then is ended
RULES_FORMAT = 1
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

Stream = tuple[str, str]


def slot_of(stream: Stream) -> Stream:
    """Return under which names the ledger keeps the rules' snapshot: no resource's id has a "#"."""
    return stream[0], f"{stream[1]}#rules"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where one meter stands: settled memory, hotspots open now, and how far it was looked at [us]."""

    meter: Meter
    settled: MeterMemory
    open: Mapping[str, Hotspot]
    points_seen: int
    slots_seen: int

    @property
    def stream(self) -> Stream:
        """Return its process and resource."""
        return self.meter.process, self.meter.resource

    def seen(self, hotspot: Hotspot) -> tuple[datetime, datetime]:
        """Return up to when what a hotspot rests on is settled, and looked at."""
        if hotspot.evidence["rule"] in OF_POINTS:
            return instant_of(self.settled.points_us), instant_of(self.points_seen)
        return instant_of(self.settled.slots_us), instant_of(self.slots_seen)


class Keeper:
    """Keeps memories and hotspots together, or nothing of them."""

    def __init__(self, plant: Plant, ledger: Ledger, refresh: timedelta) -> None:
        """Prepare.

        Args:
            refresh: an open hotspot's figures, and memories that changed in nothing else, are written this
                often, by the readings' time.
        """
        self._plant, self._ledger, self._refresh = plant, ledger, refresh
        self._marks: dict[Stream, datetime] = {}  # of the snapshots as they are kept
        self._places: dict[str, tuple[int, int]] = {}  # meter -> its memory's instants as they are kept [us]
        self._known: dict[str, dict[str, Hotspot]] = {}  # meter -> its hotspots that the ledger has as open

    def load(self) -> dict[str, MeterMemory]:
        """Return every meter's memory, and end what no rule can end any more.

        Raises:
            LedgerError: the ledger is away.
        """
        memories: dict[str, MeterMemory] = {}
        self._known = {}
        with self._ledger.begin() as tx:
            for stream in self._plant.streams():
                saved = tx.snapshot(*slot_of(stream))
                if saved is not None:
                    self._marks[stream] = saved.watermark
                if saved is not None and saved.format == RULES_FORMAT:
                    memories |= msgspec.msgpack.decode(saved.state, type=dict[str, MeterMemory])
            for hotspot in filter(is_ruled, tx.hotspots(open_only=True)):
                meter = str(hotspot.evidence.get("meter"))
                if meter in self._plant.meters:
                    self._known.setdefault(meter, {})[hotspot.id] = hotspot
                else:
                    tx.save_hotspot(replace(hotspot, ended_at=hotspot.judged_until))
        return memories

    def amendments(self) -> tuple[Amendment, ...]:
        """Return the corrections and replacements in force."""
        with self._ledger.begin() as tx:
            return Journal(tuple(tx.amendments())).in_force

    def note_ended(self, hotspots: Sequence[Hotspot]) -> None:
        """Write hotspots whose rule is not in force any more."""
        if hotspots:
            with self._ledger.begin() as tx:
                for hotspot in hotspots:
                    self._write(tx, hotspot)

    def keep(self, meters: Iterable[Kept], ended: Sequence[Hotspot]) -> list[Hotspot]:
        """Write what changed, stream by stream; return the hotspots that did.

        Raises:
            LedgerError: the ledger is away; the streams that were done stay done.
        """
        streams: dict[Stream, list[Kept]] = {}
        for one in meters:
            streams.setdefault(one.stream, []).append(one)
        over: dict[Stream, list[Hotspot]] = {}
        for hotspot in ended:
            over.setdefault((hotspot.process, hotspot.resource), []).append(hotspot)
        changed: list[Hotspot] = []
        for stream, mine in streams.items():
            changed += self._keep_stream(stream, mine, over.get(stream, []))
        return changed

    def _keep_stream(self, stream: Stream, meters: Sequence[Kept], ended: Sequence[Hotspot]) -> list[Hotspot]:
        gone = {hotspot.id for hotspot in ended}
        written = [*ended, *(h for one in meters for h in one.open.values() if self._is_news(one, h))]
        lost = [
            (one, hotspot)
            for one in meters
            for hotspot in self._known.get(one.meter.id, {}).values()
            if hotspot.id not in one.open
            and hotspot.id not in gone
            and hotspot.detected_at <= one.seen(hotspot)[1]
        ]
        marks = [instant_of(max(one.settled.points_us, one.settled.slots_us)) for one in meters]
        mark = max(*marks, self._marks.get(stream, _EARLIEST))
        due = any(self._has_gone_on(one) for one in meters)
        if not (written or lost or due):
            return []
        with self._ledger.begin() as tx:
            self._save(tx, stream, meters, mark)
            for hotspot in written:
                self._write(tx, hotspot)
            taken_back = [self._take_back(tx, one, hotspot) for one, hotspot in lost]
        self._marks[stream] = mark
        self._places |= {one.meter.id: (one.settled.points_us, one.settled.slots_us) for one in meters}
        return [*written, *taken_back]

    def _has_gone_on(self, one: Kept) -> bool:
        """Return whether a meter's memory is further than it was written by as much as `refresh`."""
        points_us, slots_us = self._places.get(one.meter.id, (0, 0))
        further = max(one.settled.points_us - points_us, one.settled.slots_us - slots_us)
        return further >= self._refresh // timedelta(microseconds=1)

    def _is_news(self, one: Kept, hotspot: Hotspot) -> bool:
        """Return whether an open hotspot is not in the ledger yet, or not as it is now and long enough so."""
        known = self._known.get(one.meter.id, {}).get(hotspot.id)
        return known is None or hotspot.judged_until - known.judged_until >= self._refresh

    def _save(self, tx: LedgerTx, stream: Stream, meters: Sequence[Kept], mark: datetime) -> None:
        """Write the snapshot; meters that have sent nothing lately keep what they had in it."""
        saved = tx.snapshot(*slot_of(stream))
        memories: dict[str, MeterMemory] = {}
        if saved is not None and saved.format == RULES_FORMAT:
            memories = msgspec.msgpack.decode(saved.state, type=dict[str, MeterMemory])
        memories = {name: memory for name, memory in memories.items() if name in self._plant.meters}
        memories |= {one.meter.id: one.settled for one in meters}
        state = msgspec.msgpack.encode(dict(sorted(memories.items())))
        tx.save_snapshot(Snapshot(*slot_of(stream), mark, 0, RULES_FORMAT, state))

    def _write(self, tx: LedgerTx, hotspot: Hotspot) -> None:
        tx.save_hotspot(hotspot)
        known = self._known.setdefault(str(hotspot.evidence["meter"]), {})
        if hotspot.ended_at is None:
            known[hotspot.id] = hotspot
        else:
            known.pop(hotspot.id, None)

    def _take_back(self, tx: LedgerTx, one: Kept, hotspot: Hotspot) -> Hotspot:
        """Withdraw what a late reading has disproved; end what was settled and whose memory is lost."""
        self._known[one.meter.id].pop(hotspot.id)
        over = replace(hotspot, ended_at=max(hotspot.judged_until, hotspot.detected_at))
        if hotspot.detected_at > one.seen(hotspot)[0]:
            tx.drop_hotspot(hotspot.id)
        else:
            tx.save_hotspot(over)
        return over
