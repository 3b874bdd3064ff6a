"""Now as programs read it: every tile with its figures, and the points of its line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from domain.user import Action
from web.api.endpoint import Call, Endpoint
from web.pages.now import Tile, tiles_of
from web.pages.plant import ProcessState


class TileRow(msgspec.Struct, frozen=True):
    """A process and a resource now; rates in `unit` per hour, unknown ones null."""

    process: str
    process_name: str
    resource: str
    resource_name: str
    unit: str
    state: str  # "fine", "bad", "silent", "unknown"
    actual_per_hour: float | None
    expected_per_hour: float | None
    expected_low_per_hour: float | None  # nine out of ten intervals lie between low and high
    expected_high_per_hour: float | None
    excess_pct: float | None
    cost_per_hour: float | None  # [currency per hour]
    hotspot_since: datetime | None
    silent_since: datetime | None
    late_since: datetime | None


class DriverRow(msgspec.Struct, frozen=True):
    """A relevant variable over the last hour."""

    variable: str
    value: float
    unit: str


class DrawnTile(TileRow, frozen=True):
    """A tile with what is drawn on it: `points` at equal steps from `points_from` on."""

    points_from: datetime | None
    points_step_s: int | None
    points: list[float | None]  # [unit per hour]
    points_low: list[float | None]
    points_high: list[float | None]
    variables: list[DriverRow]


class PointRow(msgspec.Struct, frozen=True):
    """One point of a tile's line; rates in `unit` per hour, unknown ones null."""

    process: str
    resource: str
    start: datetime
    seconds: int
    unit: str
    actual_per_hour: float | None
    expected_low_per_hour: float | None
    expected_high_per_hour: float | None


def now_endpoints(processes: Callable[[], Sequence[ProcessState]]) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def tiles(_call: Call) -> list[DrawnTile]:
        return [tile_row(tile) for tile in tiles_of(processes())]

    def points(_call: Call) -> list[PointRow]:
        return [point for tile in tiles_of(processes()) for point in point_rows(tile)]

    return (
        Endpoint(
            "/now", tiles, Action.SEE, "What every process uses now, against what is expected.",
            list[DrawnTile], item=TileRow,
        ),
        Endpoint(
            "/now/points", points, Action.SEE, "The last hours of every process and resource.",
            list[PointRow], item=PointRow,
        ),
    )  # fmt: skip


def tile_row(tile: Tile) -> DrawnTile:
    """Return a tile as the API shows it."""
    process, one = tile.process, tile.stream
    spark = one.spark
    return DrawnTile(
        process.id, process.name, one.resource, one.name, one.unit, one.state, one.actual_per_hour,
        one.expected_per_hour, one.low_per_hour, one.high_per_hour, one.excess_pct, one.cost_per_hour,
        one.since, one.silent_since, one.late_since,
        None if spark is None else spark.start, None if spark is None else spark.step_s,
        [] if spark is None else list(spark.actual), [] if spark is None else list(spark.low),
        [] if spark is None else list(spark.high),
        [DriverRow(each.id, each.value, each.unit) for each in process.driven],
    )  # fmt: skip


def point_rows(tile: Tile) -> Iterator[PointRow]:
    """Yield the points of a tile's line, the oldest first."""
    spark = tile.stream.spark
    if spark is None:
        return
    for place, (actual, low, high) in enumerate(zip(spark.actual, spark.low, spark.high, strict=True)):
        start = spark.start + timedelta(seconds=place * spark.step_s)
        yield PointRow(
            tile.process.id, tile.stream.resource, start, spark.step_s, tile.stream.unit, actual, low, high
        )
