"""The collecting part of a process: broker -> spool -> series store, and how it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.health import PartHealth, Probe, Verdict
from app.wiring import broker_address, message_limits
from config.settings import Settings
from domain.plant import Plant
from domain.ports import Clock, SeriesStore
from ingest.collector import Collector
from ingest.parse import Parser
from ingest.rejects import RejectLog
from ingest.routes import subscriptions
from ingest.ship import Shipper
from ingest.spool import Spool


def spool_folder(settings: Settings) -> Path:
    """Return where readings wait for the store."""
    return settings.data_dir / "spool"


def rejects_folder(settings: Settings) -> Path:
    """Return where refused messages are kept."""
    return settings.data_dir / "rejects"


@dataclass(frozen=True, slots=True)
class Collecting:
    """A running collector and shipper over one spool."""

    collector: Collector
    shipper: Shipper
    spool: Spool
    rejects: RejectLog

    def start(self) -> None:
        """Begin to ship what waits, then to collect."""
        self.shipper.start()
        self.collector.start()

    def stop(self) -> None:
        """End collecting, then shipping; what is in the spool stays there for the next start."""
        self.collector.stop()
        self.shipper.stop()
        self.spool.close()

    def problems(self) -> list[tuple[str, str]]:
        """Return (key, text) of what keeps readings from arriving, for the infrastructure alerts."""
        health, shipping = self.collector.health(), self.shipper.health()
        found = []
        if not health.connected:
            found.append(("broker", health.failed or health.last_error or "not connected"))
        if health.back_pressure:
            found.append(("spool", health.last_error))
        if shipping.last_error:
            found.append(("store", shipping.last_error))
        return found

    def probes(self) -> dict[str, Probe]:
        """Return the health of the broker's connection, the spool, the rejects and the shipping."""
        return {"broker": self._broker, "spool": self._spool, "shipping": self._shipping}

    def _broker(self) -> PartHealth:
        health = self.collector.health()
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
            "unknown_topics": dict(health.unknown_topics),
            "last_message_at": health.last_message_at.isoformat() if health.last_message_at else None,
        }
        return PartHealth(verdict, detail, figures)

    def _spool(self) -> PartHealth:
        health = self.collector.health()
        verdict = Verdict.DEGRADED if health.back_pressure or health.spool_damaged else Verdict.OK
        detail = health.last_error if health.back_pressure else ""
        figures = {
            "records": health.spool_records,
            "bytes": health.spool_bytes,
            "max_bytes": health.spool_max_bytes,
            "damaged_records": health.spool_damaged,
        }
        return PartHealth(verdict, detail, figures)

    def _shipping(self) -> PartHealth:
        health = self.shipper.health()
        verdict = Verdict.FAILING if health.stalled else Verdict.OK if health.well else Verdict.DEGRADED
        since = health.failing_since
        figures = {
            "shipped": health.shipped,
            "refused": health.refused,
            "waiting": health.waiting,
            "failing_since": None if since is None else since.isoformat(),
        }
        return PartHealth(verdict, health.last_error, figures)


def open_collecting(
    settings: Settings, plant: Plant, store: SeriesStore, clock: Clock, port: int | None
) -> Collecting:
    """Return the collecting part, not started.

    Args:
        port: of an embedded broker; None = the settings' own.

    Raises:
        SpoolError: another process has the spool, or it cannot be read.
        ConfigError: a topic or path of the plant file cannot work.
    """
    ingest = settings.ingest
    parser = Parser(plant, message_limits(settings))
    spool = Spool(
        spool_folder(settings),
        max_bytes=int(ingest.spool_max_bytes),
        segment_bytes=int(ingest.spool_segment_bytes),
    )
    rejects = RejectLog(rejects_folder(settings), max_kept=ingest.rejects_kept)
    address = broker_address(settings, settings.broker.client_id, port)
    collector = Collector(address, subscriptions(plant), parser, spool, rejects, clock)
    shipper = Shipper(spool, store, rejects, clock, batch_size=ingest.batch_size)
    return Collecting(collector, shipper, spool, rejects)
