"""Prometheus metrics, read from the parts' own figures when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.health import PartHealth, Verdict
from domain.reading import RejectReason

MOST_TOPICS = 50  # labels: each is a time series in somebody's Prometheus
LONGEST_LABEL = 128
UNKNOWN = (RejectReason.UNKNOWN_TOPIC, RejectReason.UNKNOWN_METER)

#: part, figure -> metric name, help; a counter ends in _total
_FIGURES = {
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


#: figure of each broker -> metric name, help; the label `broker` is empty for the first one
_BROKER_FIGURES = {
    "messages": ("wastenot_messages_total", "MQTT messages taken"),
    "readings": ("wastenot_readings_total", "Readings put into the spool"),
    "connected": ("wastenot_broker_connected", "1 while the broker's session is up"),
    "missing_messages": (
        "wastenot_missing_messages",
        "Messages that never came, by the running numbers of their senders",
    ),
    "broker_dropped": (
        "wastenot_broker_dropped_total",
        "Messages the broker says it dropped, of all its clients",
    ),
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
        brokers = {name: part for name, part in parts.items() if name.split(" ")[0] == "broker"}
        for figure, (name, text) in _BROKER_FIGURES.items():
            yield from _per_broker(
                name, text, {key: part.figures.get(figure) for key, part in brokers.items()}
            )
        if brokers:
            yield _rejects(next(iter(brokers.values())).figures)  # one log for all
            yield from _unknown_topics([part.figures for part in brokers.values()])

    def describe(self) -> Iterable[Metric]:
        """Return nothing: the registry must not read the parts when this is registered."""
        return []


def _family(name: str, text: str, value: float) -> Metric:
    if name.endswith("_total"):
        return CounterMetricFamily(name.removesuffix("_total"), text, value=value)
    return GaugeMetricFamily(name, text, value=value)


def _per_broker(name: str, text: str, values: Mapping[str, Any]) -> Iterable[Metric]:
    """Yield a figure of the brokers that have it."""
    known = {part: float(value) for part, value in values.items() if value is not None}
    if not known:
        return
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family = kind(name.removesuffix("_total"), text, labels=["broker"])
    for part, value in known.items():
        family.add_metric([part.removeprefix("broker").strip()], value)
    yield family


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


def _unknown_topics(brokers: Sequence[Mapping[str, Any]]) -> Iterable[Metric]:
    """Yield the first topics that no meter has, with their messages, and how many came in all.

    The label is what anybody who may publish has written: few of them, short, and printable.
    """
    counted: dict[str, int] = {}
    heard = [one for figures in brokers for one in figures.get("unknown_topics", {}).items()]
    for topic, messages in heard[:MOST_TOPICS]:
        shown = _label(topic)
        counted[shown] = counted.get(shown, 0) + messages
    family = GaugeMetricFamily(
        "wastenot_unknown_topics",
        f"Messages of the first {MOST_TOPICS} topics that no meter has; `wastenot discover` proposes rows",
        labels=["topic"],
    )
    for topic, messages in counted.items():
        family.add_metric([topic], messages)
    yield family
    rejects = brokers[0].get("rejects", {})
    total = sum(rejects.get(str(reason), 0) for reason in UNKNOWN)
    yield _family("wastenot_unknown_topic_messages_total", "Messages of all topics that no meter has", total)


def _label(topic: str) -> str:
    """Return a topic as a label value.

    >>> _label("plant/x"), _label("a" * 200) == "a" * 125 + "...", _label("two\\nlines")
    ('plant/x', True, 'two\\\\nlines')
    """
    short = topic if len(topic) <= LONGEST_LABEL else topic[: LONGEST_LABEL - 3] + "..."
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in short)


def metrics_registry(health: Callable[[], Mapping[str, PartHealth]]) -> CollectorRegistry:
    """Return a registry of this process's own metrics."""
    registry = CollectorRegistry()
    registry.register(HealthMetrics(health))
    return registry
