"""The tables of the plant file that are about alerts: [severity] and [[maintenance]]."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.plant_refs import written
from config.plant_resources import BUILT_IN
from config.plant_schema import MaintenanceRow, PlantFile
from config.problems import Fault
from config.suggest import unknown
from domain.plant import Maintenance, SeverityBands


def severity_bands(file: PlantFile) -> SeverityBands:
    """Return the severity bands of a file without faults."""
    table = file.severity
    return SeverityBands(
        table.warning_per_hour,
        table.critical_per_hour,
        table.warning_total,
        table.critical_total,
        table.warning_after,
        table.critical_after,
    )


def maintenance_windows(file: PlantFile) -> tuple[Maintenance, ...]:
    """Return the maintenance windows of a file without faults."""
    return tuple(map(_window, file.maintenance))


def _window(row: MaintenanceRow) -> Maintenance:
    assert row.name is not None, "build_plant is for a file without faults"
    assert row.start is not None
    assert row.end is not None
    return Maintenance(row.name, tuple(row.match or ()), row.start, row.end, row.days, row.dates)


def check_alerts(file: PlantFile, tables: dict[str, Any]) -> Iterator[Fault]:
    """Yield every fault of severity bands and maintenance windows."""
    yield from _bands(file)
    names = {
        "process": written(tables, "process"),
        "resource": [*BUILT_IN, *written(tables, "resource")],
        "meter": [*written(tables, "meter"), *written(tables, "variable")],
    }
    for position, row in enumerate(file.maintenance):
        for item, matcher in enumerate(row.match or ()):
            known = names.get(matcher.label)
            if matcher.operator in {"=", "!="} and known is not None and matcher.value not in {*known, ""}:
                message = unknown(matcher.label, matcher.value, known)
                yield Fault(("maintenance", position, "match", item), message)


def _bands(file: PlantFile) -> Iterator[Fault]:
    table = file.severity
    for what in ("per_hour", "total", "after"):
        warning, critical = getattr(table, f"warning_{what}"), getattr(table, f"critical_{what}")
        if warning is not None and critical is not None and critical < warning:
            message = f"must not be less than warning_{what}: critical is the graver of the two"
            yield Fault(("severity", f"critical_{what}"), message)
