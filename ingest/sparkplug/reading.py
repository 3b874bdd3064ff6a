"""Messages of edge nodes -> values for meters, and who can be heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec import UNSET

from domain.presence import MeterStatus, Presence
from domain.reading import RejectReason
from ingest.rows import Unreadable
from ingest.sparkplug.address import Address, Kind
from ingest.sparkplug.codec import Metric, Payload, decode
from ingest.sparkplug.health import SparkplugHealth
from ingest.sparkplug.meaning import meaning_of
from ingest.sparkplug.readers import Meters, Readers
from ingest.sparkplug.rebirth import Rebirths
from ingest.sparkplug.said import Point, Said
from ingest.sparkplug.state import Device, bd_seq_of
from ingest.sparkplug.station import Station
from ingest.sparkplug.units import unit_doubt
from ingest.targets import Refusal
from ingest.times import instant_of

MOST_NODES = 2000
MOST_REMEMBERED = 500_000  # names and aliases over all edge nodes
_UNREAD_SHOWN = 100
_LONGEST_PLACE = 200


class SparkplugReader:
    """Reads the messages of a plant's edge nodes. Used by one thread; counters are read by others.

    Births are not kept by a broker, so after a start an alias means nothing until the next one, which the
    edge node can be asked for (ADR 0009). What carries its name and a value that cannot be misread is
    taken without a birth.
    """

    def __init__(
        self,
        meters: Meters,
        tell: Callable[[Sequence[MeterStatus]], None] = lambda _changes: None,
        *,
        rebirth: bool = False,
    ) -> None:
        """Begin without any birth.

        Args:
            tell: called with the meters that can be heard again, or no more; must not wait.
            rebirth: edge nodes are asked for births that are missing.
        """
        self._meters, self._tell = meters, tell
        self.rebirths = Rebirths(enabled=rebirth)
        self._stations: dict[tuple[str, str], Station] = {}
        self._remembered = 0
        self._told: dict[str, Presence] = {}
        self._nulls = self._transients = 0
        self._unread: Counter[str] = Counter()
        self._unit_doubts: dict[str, str] = {}

    def read(self, address: Address, payload: bytes, now_us: int, *, retained: bool = False) -> Said:
        """Return what a message says.

        Args:
            now_us: arrival [microseconds since 1970, UTC].
            retained: the broker has kept the message: it names metrics, but nobody is alive for its sake.
        """
        try:
            message = decode(payload)
        except Unreadable as error:
            return Said(refusals=[Refusal(RejectReason.NOT_PARSED, str(error))])
        station = self._station(address)
        if station is None:
            return Said(refusals=[Refusal(RejectReason.UNKNOWN_METER, f"more than {MOST_NODES} edge nodes")])
        before = len(station.node)
        try:
            return self._read(station, address, message, now_us, retained)
        finally:
            self._remembered += len(station.node) - before

    def heard(self, meters: Iterable[str], address: Address, now_us: int) -> None:
        """Note that meters have been heard live."""
        self._note(meters, Presence.ONLINE, address, now_us)

    def health(self) -> SparkplugHealth:
        """Return how the edge nodes do."""
        stations = dict(self._stations)
        nodes = [station.node for station in stations.values()]
        return SparkplugHealth(
            nodes=len(nodes),
            born=sum(len(node.devices) for node in nodes),
            gaps={"/".join(key): station.node.gaps for key, station in stations.items() if station.node.gaps},
            late_deaths=sum(node.late_deaths for node in nodes),
            nulls=self._nulls,
            transients=self._transients,
            unread=dict(self._unread),
            rebirths=self.rebirths.asked,
            unit_doubts=tuple(dict(self._unit_doubts).values()),
        )

    def _read(
        self, station: Station, address: Address, message: Payload, now_us: int, retained: bool
    ) -> Said:
        match address.kind:
            case Kind.NBIRTH | Kind.DBIRTH:
                return self._birth(station, address, message, retained)
            case Kind.NDATA | Kind.DDATA:
                return self._data(station, address, message, now_us, retained)
            case Kind.NDEATH | Kind.DDEATH:
                self._death(station, address, message, now_us, retained)
        return Said()

    def _birth(self, station: Station, address: Address, message: Payload, retained: bool) -> Said:
        readers = self._readers(station, address)
        asked = {} if isinstance(readers, Refusal) else readers
        born = Device()
        born.learn(message.metrics, asked.__contains__)
        bd_seq = None if address.device else bd_seq_of(message.metrics)
        if retained:
            station.node.recall(address.device, born, bd_seq)
        else:
            station.node.note_seq(message.seq, anew=not address.device)
            station.node.birth(address.device, born, bd_seq)
        if isinstance(readers, Refusal):
            return Said(refusals=[readers])
        if not asked or self._remembered + len(born) > MOST_REMEMBERED:
            del station.node.devices[address.device]
        if self._remembered + len(born) > MOST_REMEMBERED:
            return Said(
                refusals=[Refusal(RejectReason.TOO_LARGE, f"more than {MOST_REMEMBERED} metrics remembered")]
            )
        self._check_units(message.metrics, asked)
        return self._said(asked, born, message, not retained)

    def _data(
        self, station: Station, address: Address, message: Payload, now_us: int, retained: bool
    ) -> Said:
        complete = retained or station.node.note_seq(message.seq)
        readers = self._readers(station, address)
        if isinstance(readers, Refusal):
            return Said(refusals=[readers])
        said = self._said(readers, station.node.devices.get(address.device), message, not retained)
        unborn = any(refusal.reason is RejectReason.NOT_BORN for refusal in said.refusals)
        if unborn or not complete:
            self.rebirths.want(address.group, address.node, now_us)
        return said

    def _death(
        self, station: Station, address: Address, message: Payload, now_us: int, retained: bool
    ) -> None:
        if address.device and not retained:
            station.node.note_seq(message.seq)
        bd_seq = None if address.device else bd_seq_of(message.metrics)
        if station.node.death(address.device, bd_seq, kept=retained):
            self._note(station.meters(address.device), Presence.OFFLINE, address, now_us)

    def _said(self, readers: Readers, device: Device | None, message: Payload, live: bool) -> Said:
        """Return the values of the metrics that meters read."""
        said = Said()
        if not readers:
            return said
        if message.unnamed:
            detail = f"{message.unnamed} metrics whose name is not UTF-8 or too long"
            said.refusals.append(Refusal(RejectReason.NOT_PARSED, detail))
        for metric in message.metrics:
            meaning = meaning_of(metric, device, readers)
            if isinstance(meaning, Refusal):
                said.refusals.append(meaning)
            elif meaning is not None and self._is_value(metric):
                name, datatype = meaning
                time_ms = message.time_ms if metric.time_ms is None else metric.time_ms
                said.points.append(
                    Point(
                        readers[name],
                        metric.value(datatype),
                        UNSET if time_ms is None else time_ms,
                        live and not metric.historical,
                    )
                )
        return said

    def _is_value(self, metric: Metric) -> bool:
        self._nulls += metric.null
        self._transients += metric.transient and not metric.null
        return not metric.null and not metric.transient

    def _station(self, address: Address) -> Station | None:
        """Return the edge node of an address, None for one too many."""
        key = address.group, address.node
        station = self._stations.get(key)
        if station is None and len(self._stations) < MOST_NODES:
            station = self._stations[key] = Station()
            for device in self._meters.devices(*key):
                self._ask(station, *key, device)
        return station

    def _readers(self, station: Station, address: Address) -> Readers | Refusal:
        known = station.readers.get(address.device)
        if known is not None:
            return known
        found = self._ask(station, address.group, address.node, address.device)
        if not found and address.device:
            name = f"{address.group}/{address.node}/{address.device}"
            if name in self._unread or len(self._unread) < _UNREAD_SHOWN:
                self._unread[name] += 1
        return found

    def _ask(self, station: Station, group: str, node: str, device: str) -> Readers | Refusal:
        """Return who reads a device; remembered where somebody does, so bounded by the meters."""
        found = self._meters.of(group, node, device)
        if found and not isinstance(found, Refusal):
            station.readers[device] = found
        return found

    def _note(self, meters: Iterable[str], status: Presence, address: Address, now_us: int) -> None:
        changed = [meter for meter in meters if self._told.get(meter) is not status]
        if not changed:
            return
        self._told.update(dict.fromkeys(changed, status))
        since, why = instant_of(now_us), f"{address.kind} of {_place(address)}"
        self._tell([MeterStatus(meter, status, since, why) for meter in changed])

    def _check_units(self, metrics: Iterable[Metric], readers: Readers) -> None:
        """Note where a birth names another unit than the plant file; nothing is converted by it."""
        for metric in metrics:
            for target in readers.get(metric.name or "", ()):
                doubt = unit_doubt(metric.unit, target)
                if doubt:
                    self._unit_doubts[target.id] = doubt
                else:
                    self._unit_doubts.pop(target.id, None)


def _place(address: Address) -> str:
    """Return who it is, as a ledger can keep it."""
    names = "/".join(part for part in (address.group, address.node, address.device) if part)
    return names.replace("\0", "")[:_LONGEST_PLACE]
