"""The collecting part of a process: brokers -> spool -> series store, and how it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.health import PartHealth, Probe, Verdict
from app.partitions import partition_named, topics_of
from app.presences import Presences
from app.wiring import broker_address, message_limits, open_ledger
from config.settings import Settings
from domain.errors import BrokerError
from domain.plant import Plant
from domain.ports import Clock, ReadingSink
from domain.presence import MeterStatus
from ingest.address import BrokerAddress
from ingest.collector import Collector
from ingest.parse import Parser
from ingest.partition import at_broker
from ingest.rejects import RejectLog
from ingest.ship import Shipper
from ingest.sparkplug.meters import speaks_sparkplug
from ingest.spool import Spool

#: meters whose readings are longest on their way, in /health
SHOWN_DELAYS = 100
FIRST = ""  # the broker of [broker]; others have names


def spool_folder(settings: Settings, partition: str = "") -> Path:
    """Return where readings wait for the store: a folder for each collecting process."""
    return settings.data_dir / (f"spool-{partition}" if partition else "spool")


def rejects_folder(settings: Settings, partition: str = "") -> Path:
    """Return where refused messages are kept."""
    return settings.data_dir / (f"rejects-{partition}" if partition else "rejects")


@dataclass(frozen=True, slots=True)
class Collecting:
    """Running collectors, one for each broker, and a shipper over one spool."""

    collectors: Mapping[str, Collector]  # by the broker's name
    shipper: Shipper
    spool: Spool
    rejects: RejectLog
    partition: str = ""
    presences: Presences | None = None  # None: no meter tells whether it is online

    def start(self) -> None:
        """Begin to ship what waits, then to collect."""
        self.shipper.start()
        if self.presences is not None:
            self.presences.start()
        for collector in self.collectors.values():
            collector.start()

    def stop(self) -> None:
        """End collecting, then shipping; what is in the spool stays there for the next start."""
        for collector in self.collectors.values():
            collector.stop()
        self.shipper.stop()
        self.spool.close()
        if self.presences is not None:
            self.presences.stop()

    @property
    def failure(self) -> BrokerError | None:
        """Return why collecting from a broker has ended for good; None while all go on."""
        ended = (one.ended for one in self.collectors.values())
        return next((why for why in ended if why is not None), None)

    def problems(self) -> list[tuple[str, str]]:
        """Return (key, text) of what keeps readings from arriving, for the infrastructure alerts."""
        found = []
        for name, collector in self.collectors.items():
            health = collector.health()
            if not health.connected:
                why = health.failed or health.last_error or "not connected"
                found.append((_part(name), f"{name}: {why}" if name else why))
            if health.back_pressure:
                found.append(("spool", health.last_error))
        shipping = self.shipper.health()
        if shipping.last_error:
            found.append(("store", shipping.last_error))
        return list(dict(found).items())

    def probes(self) -> dict[str, Probe]:
        """Return the health of the brokers' connections, the spool, the rejects and the shipping."""
        brokers = {_part(name): partial(self._broker, one) for name, one in self.collectors.items()}
        return {**brokers, "spool": self._spool, "shipping": self._shipping}

    def _broker(self, collector: Collector) -> PartHealth:
        health = collector.health()
        verdict = Verdict.FAILING if health.failed or health.stalled else Verdict.OK
        if verdict is Verdict.OK and not health.well:
            verdict = Verdict.DEGRADED
        detail = health.failed or health.last_error
        if health.denied:
            detail = f"the broker denies the subscription to {', '.join(health.denied)}"
        figures: dict[str, Any] = {
            "connected": health.connected,
            "since": health.since.isoformat(),
            "messages": health.messages,
            "readings": health.readings,
            "rejects": {str(reason): count for reason, count in health.rejects.items()},
            "rejected_topics": self.rejects.topics(),
            "unknown_topics": dict(health.unknown_topics),
            "broker_dropped": health.broker_dropped,
            "missing_messages": health.missing_messages,
            "missing_by_meter": dict(health.missing_by_meter),
            "last_message_at": health.last_message_at.isoformat() if health.last_message_at else None,
        }
        nodes = collector.edge_nodes()
        if nodes is not None:
            figures["edge_nodes"] = asdict(nodes)
        return PartHealth(verdict, detail, figures)

    def _spool(self) -> PartHealth:
        spool = self.spool.status()
        blocked = [
            one.last_error for one in map(Collector.health, self.collectors.values()) if one.back_pressure
        ]
        figures: dict[str, Any] = {
            "records": spool.records,
            "bytes": spool.bytes,
            "max_bytes": spool.max_bytes,
            "damaged_records": spool.damaged,
        }
        if self.partition:
            figures["partition"] = self.partition
        verdict = Verdict.DEGRADED if blocked or spool.damaged else Verdict.OK
        return PartHealth(verdict, blocked[0] if blocked else "", figures)

    def _shipping(self) -> PartHealth:
        health = self.shipper.health()
        verdict = Verdict.FAILING if health.stalled else Verdict.OK if health.well else Verdict.DEGRADED
        since = health.failing_since
        figures = {
            "shipped": health.shipped,
            "refused": health.refused,
            "waiting": health.waiting,
            "failing_since": None if since is None else since.isoformat(),
            "delay_s": self.shipper.delays.by_meter(SHOWN_DELAYS),
        }
        return PartHealth(verdict, health.last_error, figures)


def _part(broker: str) -> str:
    """Return the name of a broker in /health and in alerts."""
    return f"broker {broker}" if broker else "broker"


def open_collecting(
    settings: Settings,
    plant: Plant,
    sink: ReadingSink,
    clock: Clock,
    port: int | None,
    partition: str | None = "",
) -> Collecting:
    """Return the collecting part, not started.

    Args:
        port: of an embedded broker; None = the settings' own.
        partition: the name of one; "" = there are none; None = all of them at once, in this process.

    Raises:
        SpoolError: another process has the spool, or it cannot be read.
        ConfigError: a topic or path of the plant file cannot work, or there is no such partition.
    """
    ingest = settings.ingest
    part = None if partition is None else partition_named(settings, partition)
    name = part.name if part is not None else ""
    presences = Presences(partial(open_ledger, settings)) if speaks_sparkplug(plant) else None
    parsers = {
        broker: Parser(
            at_broker(plant, broker),
            message_limits(settings),
            tell=presences.note if presences is not None else _nobody_asks,
            rebirth=ingest.sparkplug_rebirth,
        )
        for broker in _brokers(settings)
    }
    spool = Spool(
        spool_folder(settings, name),
        max_bytes=int(ingest.spool_max_bytes),
        segment_bytes=int(ingest.spool_segment_bytes),
    )
    rejects = RejectLog(rejects_folder(settings, name), max_kept=ingest.rejects_kept)
    collectors: dict[str, Collector] = {}
    for broker, parser in parsers.items():
        topics = topics_of(plant, part, broker)
        if broker == FIRST or topics:
            address = _address(settings, broker, name, port)
            collectors[broker] = Collector(
                address, topics, parser, spool, rejects, clock,
                batched=ingest.reader == "batched", numbers=_numbers_file(settings, name, broker),
            )  # fmt: skip
    shipper = Shipper(spool, sink, rejects, clock, batch_size=ingest.batch_size)
    return Collecting(collectors, shipper, spool, rejects, name, presences)


def _numbers_file(settings: Settings, partition: str, broker: str) -> Path:
    """Return where the senders' running numbers wait for the next start."""
    return settings.data_dir / "-".join(part for part in ("numbers", partition, broker) if part)


def _nobody_asks(_changes: Sequence[MeterStatus]) -> None:
    return


def _brokers(settings: Settings) -> list[str]:
    return [FIRST, *(broker.name for broker in settings.brokers)]


def _address(settings: Settings, name: str, partition: str, port: int | None) -> BrokerAddress:
    """Return who the collector is at a broker; each partition has a session of its own."""
    broker = next((one for one in settings.brokers if one.name == name), settings.broker)
    client_id = f"{broker.client_id}-{partition}" if partition else broker.client_id
    return broker_address(settings, client_id, port if name == FIRST else None, broker)
