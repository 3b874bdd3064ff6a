"""Readings, intervals and the ledger's records for tests: say what matters, the rest is sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from domain.acceptance import Acceptance, AcceptanceProfile, criterion
from domain.alert import Alert, AlertKind, AlertState, OutboxMessage
from domain.amendment import Amendment, AmendmentKind
from domain.baseline import Baseline, BaselineStatus, Decision, Finding, FitStatistics, Severity
from domain.hotspot import Cause, Hotspot, HotspotKind, Snapshot
from domain.presence import MeterStatus, Presence
from domain.reading import Reading

START = datetime(2026, 3, 1, tzinfo=UTC)
START_US = 1_772_323_200_000_000
HOUR, SECOND_US = timedelta(hours=1), 1_000_000
#: wider than all data of a test
ALWAYS = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


def a_reading(second: float = 0.0, value: float = 1.5, meter: str = "dye_line_2.water") -> Reading:
    """Return a reading so many seconds after START."""
    time_us = START_US + round(second * SECOND_US)
    return Reading(meter, time_us, value, time_us + 40_000)


def readings(count: int, meter: str = "dye_line_2.water", first: int = 0) -> list[Reading]:
    """Return one reading a second, each with a value of its own."""
    return [a_reading(second, second * 0.1 + 0.01, meter) for second in range(first, first + count)]


def rows(frame: pl.DataFrame) -> list[tuple[str, float, float]]:
    """Return a frame of readings as (meter, seconds after START, value)."""
    return [(meter, (time - START) / timedelta(seconds=1), value) for meter, time, value in frame.iter_rows()]


def intervals(
    hours: Sequence[int], *, process: str = "dye_line_2", resource: str = "water", **columns: Any
) -> pl.DataFrame:
    """Return judged intervals that begin so many hours after START; a column is one value or a list."""
    values: dict[str, Any] = {
        "actual": 12.5, "expected": 10.0, "excess": 2.5, "cost": 1.25, "kg_co2e": None, "quality": "measured",
    } | columns  # fmt: skip
    count = len(hours)
    filled = {name: value if isinstance(value, list) else [value] * count for name, value in values.items()}
    frame = {
        "process": [process] * count,
        "resource": [resource] * count,
        "start": [START + hour * HOUR for hour in hours],
        **filled,
    }
    numbers = dict.fromkeys(("actual", "expected", "excess", "cost", "kg_co2e"), pl.Float64)
    return pl.DataFrame(frame, schema_overrides={"start": pl.Datetime("us", "UTC"), **numbers})


def consumption(hours: Sequence[int], *, meter: str = "dye_line_2.water", **columns: Any) -> pl.DataFrame:
    """Return kept consumption of intervals that begin so many hours after START; a column as above."""
    values: dict[str, Any] = {
        "amount": 12.5, "mean": None, "quality": "measured", "coverage": 1.0, "interval_s": 900,
    } | columns  # fmt: skip
    count = len(hours)
    filled = {name: value if isinstance(value, list) else [value] * count for name, value in values.items()}
    frame = {"meter": [meter] * count, "start": [START + hour * HOUR for hour in hours], **filled}
    types = dict.fromkeys(("amount", "mean", "coverage"), pl.Float64) | {"interval_s": pl.Int64}
    texts = {"meter": pl.String, "quality": pl.String}
    return pl.DataFrame(frame, schema_overrides={"start": pl.Datetime("us", "UTC"), **types, **texts})


CRITERIA = (criterion("r2", 0.9, ">", 0.75), criterion("t", None, ">", 2.0))
FIGURES = FitStatistics(8760, 171, 16.7, 12.6, -0.4, 0.91, 0.99)


def a_baseline(**changes: Any) -> Baseline:
    """Return a proposed baseline, not saved yet."""
    findings = (
        Finding("zeros", Severity.WARNING, "480 Stunden ohne Wert", START, START + 20 * HOUR, {"hours": 480}),
        Finding("low_coverage", Severity.INFO, "phủ thấp"),
    )
    baseline = Baseline(
        "dye_line_2", "water", 0, BaselineStatus.PROPOSED, "hour_of_week", ("dye_line_2.output",),
        START - 365 * 24 * HOUR, START, 900, {"base": 0.1 + 0.2, "hours": [1.0, 2.5e-17]}, FIGURES,
        replace(FIGURES, r2=None), findings, START + HOUR, "first", "nightly job",
        (Acceptance(AcceptanceProfile.IPMVP, CRITERIA),),
        Decision(START + HOUR, "Lan", "đã xem", forced=True),
    )  # fmt: skip
    return replace(baseline, **changes)


def a_snapshot(hours: float = 0.0, **changes: Any) -> Snapshot:
    """Return a snapshot that has judged so many hours after START."""
    return replace(Snapshot("dye_line_2", "water", START + hours * HOUR, 1, 1, b"\x00state\xff"), **changes)


def a_hotspot(name: str = "0123456789abcdef", **changes: Any) -> Hotspot:
    """Return an open hotspot."""
    hotspot = Hotspot(
        name, "dye_line_2", "water", HotspotKind.DRIFT, "cusum", START, START + 2 * HOUR, START + 3 * HOUR,
        None, "m3", 4.2, 10.0, 12.6, "VND", 37_800.0, 113_400.0, None, None, Cause.BASE_LOAD_UP, 0.97,
        {"night": [1.5, None, "x"]},
    )  # fmt: skip
    return replace(hotspot, **changes)


def an_amendment(**changes: Any) -> Amendment:
    """Return a replacement, not saved yet."""
    replaced = Amendment(
        0, START + 5 * HOUR, "Lan", "hiệu chuẩn", "dye_line_2.water", AmendmentKind.REPLACED, START, START,
        old_register=91234.5, new_register=0.1 + 0.2, old_rollover=1e5,
    )  # fmt: skip
    return replace(replaced, **changes)


def an_alert(fingerprint: str = "f00d", episode: int = 1, **changes: Any) -> Alert:
    """Return a firing alert."""
    alert = Alert(
        fingerprint, episode, AlertKind.HOTSPOT, "0123456789abcdef", Severity.WARNING, AlertState.FIRING,
        START, START + HOUR, START + 2 * HOUR, None, "held for 900 s", None, {"cost_per_hour": 0.1},
    )  # fmt: skip
    return replace(alert, **changes)


def a_status(meter: str = "dye_line_2.water", **changes: Any) -> MeterStatus:
    """Return that a meter's edge node died at START."""
    status = MeterStatus(meter, Presence.OFFLINE, START, "NDEATH of plant/edge")
    return replace(status, **changes)


def a_message(
    sequence: int = 1, channel: str = "console", fingerprint: str = "f00d", **changes: Any
) -> OutboxMessage:
    """Return an unsent message that is due at START."""
    message = OutboxMessage(
        f"{fingerprint}/1/{sequence}/{channel}", fingerprint, 1, sequence, channel, "firing",
        {"what": "Nước"}, START + sequence * timedelta(seconds=1), START,
    )  # fmt: skip
    return replace(message, **changes)
