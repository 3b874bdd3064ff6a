"""What a metric is called and how it is read, by itself or by its birth."""

from __future__ import annotations

from domain.reading import RejectReason
from ingest.sparkplug.codec import Metric, is_clear
from ingest.sparkplug.readers import Readers
from ingest.sparkplug.state import Device
from ingest.targets import Refusal


def meaning_of(metric: Metric, device: Device | None, readers: Readers) -> tuple[str, int] | Refusal | None:
    """Return the name and data type of a metric, None where no meter reads it, or that no birth says it."""
    if metric.name is None:
        if device is None or metric.alias not in device.aliases:
            which = "no name and no alias" if metric.alias is None else f"alias {metric.alias}"
            why = "no birth heard" if device is None else "not in the birth"
            return Refusal(RejectReason.NOT_BORN, f"{which}: {why}")
        name = device.aliases[metric.alias]
        return None if name is None else (name, metric.datatype or device.types[name])
    if metric.name not in readers:
        return None
    if device is not None and metric.name in device.types:
        return metric.name, metric.datatype or device.types[metric.name]
    if is_clear(metric):
        return metric.name, metric.datatype
    return Refusal(RejectReason.NOT_BORN, f"{metric.name[:60]}: an integer whose data type no birth has said")
