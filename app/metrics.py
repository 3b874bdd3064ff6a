"""Prometheus metrics, read from the parts' own figures when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.health import PartHealth, Verdict

#: part, figure -> metric name, help; a counter ends in _total
_FIGURES = {
    ("broker", "messages"): ("wastenot_messages_total", "MQTT messages taken"),
    ("broker", "readings"): ("wastenot_readings_total", "Readings put into the spool"),
    ("broker", "connected"): ("wastenot_broker_connected", "1 while the broker's session is up"),
    ("spool", "records"): ("wastenot_spool_records", "Readings that wait for the series store"),
    ("spool", "bytes"): ("wastenot_spool_bytes", "Size of the spool on disk"),
    ("spool", "max_bytes"): ("wastenot_spool_max_bytes", "Size at which the spool takes nothing more"),
    ("spool", "damaged_records"): ("wastenot_spool_damaged_records_total", "Spool records lost to damage"),
    ("shipping", "shipped"): ("wastenot_shipped_total", "Readings the series store has taken"),
    ("shipping", "refused"): ("wastenot_refused_total", "Readings the series store will never take"),
    ("analysis", "runs"): ("wastenot_analysis_runs_total", "Runs of the analysis"),
    ("analysis", "intervals_judged"): ("wastenot_intervals_judged_total", "Intervals judged"),
    ("analysis", "intervals_recomputed"): (
        "wastenot_intervals_recomputed_total",
        "Intervals that late readings changed",
    ),
    ("analysis", "streams"): ("wastenot_streams", "Processes and resources with a meter"),
    ("analysis", "streams_learning"): ("wastenot_streams_learning", "Those without a baseline yet"),
    ("analysis", "lag_s"): ("wastenot_analysis_lag_seconds", "Newest reading minus oldest watermark"),
    ("outbox", "waiting"): ("wastenot_outbox_waiting", "Messages to people not sent yet"),
    ("outbox", "oldest_s"): ("wastenot_outbox_oldest_seconds", "Age of the oldest of them"),
    ("outbox", "given_up"): ("wastenot_outbox_given_up", "Messages given up in the last week"),
}


class HealthMetrics(Collector):
    """Turns the health of the parts into metrics; an unknown figure is absent, never zero."""

    def __init__(self, health: Callable[[], Mapping[str, PartHealth]]) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        """Yield one family per known figure, the verdicts and the rejects by reason."""
        parts = self._health()
        yield _verdicts(parts)
        for (part, figure), (name, text) in _FIGURES.items():
            value = parts[part].figures.get(figure) if part in parts else None
            if value is not None:
                yield _family(name, text, float(value))
        if "broker" in parts:
            yield _rejects(parts["broker"].figures)

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the registry must not read the parts when this is registered."""
        return []


def _family(name: str, text: str, value: float) -> Metric:
    if name.endswith("_total"):
        return CounterMetricFamily(name.removesuffix("_total"), text, value=value)
    return GaugeMetricFamily(name, text, value=value)


def _verdicts(parts: Mapping[str, PartHealth]) -> Metric:
    family = GaugeMetricFamily("wastenot_health", "0 ok, 1 degraded, 2 failing", labels=["part"])
    for name, part in parts.items():
        family.add_metric([name], list(Verdict).index(part.verdict))
    return family


def _rejects(figures: Mapping[str, Any]) -> Metric:
    family = CounterMetricFamily("wastenot_rejects", "Messages refused", labels=["reason"])
    for reason, count in figures.get("rejects", {}).items():
        family.add_metric([reason], count)
    return family


def metrics_registry(health: Callable[[], Mapping[str, PartHealth]]) -> CollectorRegistry:
    """Return a registry of this process's own metrics."""
    registry = CollectorRegistry()
    registry.register(HealthMetrics(health))
    return registry
