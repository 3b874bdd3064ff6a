"""What the tiles are made from, on a real store: now is now, and what is not known is not a number."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from app.pages import Ground
from app.plant_view import plant_view
from app.sparks import Sparks
from app.variables_now import variables_now
from domain.alert import AlertKind
from domain.reading import Reading
from tests.web.alert_site import an_alert
from tests.web.site import START
from web.pages.plant import ProcessState, StreamState

PAIR = ("dye_line_1", "water")


def intervals(end: datetime, count: int = 8) -> pl.DataFrame:
    starts = [end - timedelta(minutes=15) * (count - number) for number in range(count)]
    return pl.DataFrame(
        {
            "process": [PAIR[0]] * count, "resource": [PAIR[1]] * count,
            "start": pl.Series(starts, dtype=pl.Datetime("us", "UTC")), "actual": [2.0] * count,
            "expected": [2.5] * count, "excess": [-0.5] * count, "cost": [None] * count,
            "kg_co2e": [None] * count, "quality": ["measured"] * count,
        },
        schema_overrides={"cost": pl.Float64, "kg_co2e": pl.Float64},
    )  # fmt: skip


def look(ground: Ground) -> tuple[ProcessState, StreamState]:
    view = plant_view(ground.plant, ground.store, ground.ledger, ground.clock)
    process = next(one for one in view.processes() if one.id == PAIR[0])
    return process, next(one for one in process.streams if one.resource == PAIR[1])


def test_a_tile_shows_the_last_hour_until_it_is_too_long_ago(real_ground: Ground) -> None:
    process, stream = look(real_ground)
    assert (stream.state, stream.actual_per_hour, process.driven) == ("unknown", None, ())
    real_ground.store.append_intervals(intervals(START))
    stream = look(real_ground)[1]
    assert (stream.state, stream.actual_per_hour, stream.late_since) == ("fine", pytest.approx(8.0), None)
    assert stream.low_per_hour is None, "there is no baseline yet"
    real_ground.clock.pass_(hours=3)  # type: ignore[attr-defined]
    stream = look(real_ground)[1]
    assert (stream.state, stream.actual_per_hour, stream.late_since) == ("unknown", None, START)
    real_ground.clock.pass_(hours=-3)  # type: ignore[attr-defined]


def test_a_silent_meter_takes_the_number_away(real_ground: Ground) -> None:
    real_ground.store.append_intervals(intervals(START))
    meter = next(one.id for one in real_ground.plant.meters_of(*PAIR))
    with real_ground.ledger.begin() as tx:
        tx.save_alert(an_alert("beef", meter))
    stream = look(real_ground)[1]
    assert an_alert("beef", meter).kind is AlertKind.SILENT_METER
    assert (stream.state, stream.actual_per_hour) == ("silent", None)
    assert stream.silent_since == START - timedelta(hours=1)


def test_a_variable_is_the_mean_of_the_last_hour_and_absent_when_it_is_not_known(real_ground: Ground) -> None:
    plant, store = real_ground.plant, real_ground.store
    assert variables_now(plant, store, real_ground.ledger, START) == {}
    times = [round(1e6 * (START - timedelta(minutes=number)).timestamp()) for number in range(130, -1, -1)]
    output = [Reading("dye_line_1.output", at, 10.0, at) for at in times]
    outdoors = [Reading("outdoor_temperature", at, 31.0, at) for at in times]
    store.append([*output, *outdoors])
    known = variables_now(plant, store, real_ground.ledger, START)
    assert known == {"dye_line_1.output": pytest.approx(600.0), "outdoor_temperature": pytest.approx(31.0)}
    driven = {one.name: one.unit for one in look(real_ground)[0].driven}
    assert driven == {"output": "kg/h", "outdoor temperature": "°C"}


def test_a_line_is_drawn_again_only_when_it_has_changed(real_ground: Ground) -> None:
    sparks = Sparks(real_ground.plant)
    frame = intervals(START)
    first = sparks(PAIR, frame, None, START)
    assert sparks(PAIR, intervals(START), None, START + timedelta(minutes=5)) is first
    late = frame.with_columns(
        actual=pl.when(pl.col("start") < START - timedelta(hours=1)).then(9.0).otherwise(2.0)
    )
    assert sparks(PAIR, late, None, START).actual != first.actual
