"""The plant file: what its tables mean."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.plant_file import load_plant
from config.plant_values import FORMATS
from domain.errors import ConfigError
from domain.meter import MeterKind
from domain.resource import EmissionFactor, Price, ResourceKind, TariffWindow
from domain.units import UNITS
from ingest.payload import FORMATS as READERS
from tests.config.builders import PLANT, a_meter, plant_of

FULL = """
[plant]
name = "Song Hong dye works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"
language = "vi"
interval = "30min"
closed = ["2026-02-16/2026-02-21", "2026-01-05"]
extra_holidays = ["2026-03-08", 2026-03-09]
not_holidays = ["2026-09-02"]

[detection]
min_cost_per_hour = 20000
min_excess_pct = 7.5

[baseline]
period = "2022-03-20/2022-04-16"
min_days = 21

[[shift]]
name = "night"
days = ["sat"]
start = 22:00:00
end = "24:00"

[[resource]]
id = "caustic"
kind = "material"
unit = "kg"
[[resource.price]]
from = "2026-06-01"
amount = 9900
[[resource.price]]
from = 2026-01-01
to = "2026-05-31"
amount = 9500
[[resource.price.window]]
name = "peak"
days = ["mon"]
start = "22:00"
end = "04:00"
amount = 1
[[resource.emission_factor]]
from = "2026-01-01"
amount = 1.1
scope = 3
source = "supplier"

[[process]]
id = "dye_line_2"
name = "Dye line 2"
feeds = ["drying"]
variables = ["dye_line_2.output", "outdoor_temperature"]

[[process]]
id = "drying"

[[meter]]
id = "dye_line_2.water"
process = "dye_line_2"
resource = "water"
kind = "counter"
unit = "L"
topic = "plant/dye_line_2/water"
format = "json"
value = "total"
time = "ts"
time_unit = "ms"
every = "10s"
rollover = 1000000
scale = 10
offset = -1.5
zero_is_missing = true

[[meter]]
id = "dye_line_2.caustic"
process = "dye_line_2"
resource = "caustic"
kind = "delta"
unit = "kg"
format = "csv"
value = 3
stamp = "end"

[[variable]]
id = "dye_line_2.output"
kind = "delta"
unit = "t"
topic = "plant/dye_line_2/output"

[[variable]]
id = "outdoor_temperature"
kind = "gauge"
unit = "degF"

[[source]]
topic = "plant/{process}/{meter}"
unit = "kWh"
max_meters = 7
"""


def test_every_key_of_the_plant_table_arrives() -> None:
    plant = plant_of(FULL)
    assert (plant.name, plant.country, plant.currency, plant.language) == (
        "Song Hong dye works",
        "VN",
        "VND",
        "vi",
    )
    assert plant.timezone == ZoneInfo("Asia/Ho_Chi_Minh")
    assert plant.interval_s == 1800
    assert plant.closed == ((date(2026, 1, 5), date(2026, 1, 5)), (date(2026, 2, 16), date(2026, 2, 21)))
    assert plant.extra_holidays == {date(2026, 3, 8), date(2026, 3, 9)}
    assert plant.not_holidays == {date(2026, 9, 2)}
    assert (plant.detection.min_cost_per_hour, plant.detection.min_excess_pct) == (20000, 7.5)
    assert plant.baseline.period == (date(2022, 3, 20), date(2022, 4, 16))
    assert plant.baseline.min_days == 21


def test_processes_shifts_and_sources_arrive() -> None:
    plant = plant_of(FULL)
    assert plant.processes["dye_line_2"].feeds == ("drying",)
    assert plant.processes["dye_line_2"].variables == ("dye_line_2.output", "outdoor_temperature")
    assert plant.processes["drying"].name == "drying"
    (shift,) = plant.shifts
    assert (shift.name, shift.days, shift.start, shift.end) == ("night", frozenset({5}), time(22), time(0))
    (source,) = plant.sources
    assert (source.rule.topic, source.unit, source.max_meters) == ("plant/{process}/{meter}", UNITS["kWh"], 7)


def test_prices_and_factors_arrive_sorted_by_date() -> None:
    caustic = plant_of(FULL).resources["caustic"]
    window = TariffWindow("peak", frozenset({0}), time(22), time(4), 1.0)
    assert caustic.prices == (
        Price(date(2026, 1, 1), date(2026, 5, 31), 9500.0, (window,)),
        Price(date(2026, 6, 1), None, 9900.0),
    )
    assert caustic.emission_factors == (EmissionFactor(date(2026, 1, 1), None, 1.1, 3, "supplier"),)
    assert (caustic.kind, caustic.unit, caustic.name) == (ResourceKind.MATERIAL, "kg", "caustic")


def test_meters_arrive_with_their_payload_rule() -> None:
    plant = plant_of(FULL)
    water, caustic = plant.meters.values()
    assert (water.id, water.process, water.resource, water.kind) == (
        "dye_line_2.water",
        "dye_line_2",
        "water",
        MeterKind.COUNTER,
    )
    assert (water.unit, water.every_s, water.zero_is_missing) == (UNITS["L"], 10.0, True)
    assert (water.rule.topic, water.rule.value, water.rule.time) == ("plant/dye_line_2/water", "total", "ts")
    assert (water.rule.scale, water.rule.offset) == (10.0, -1.5)
    assert (caustic.rule.topic, caustic.rule.format, caustic.rule.value, caustic.stamp) == (
        "",
        "csv",
        "3",
        "end",
    )
    assert plant.variables["outdoor_temperature"].unit == UNITS["degF"]


def test_a_register_size_is_counted_as_readings_are() -> None:
    assert plant_of(FULL).meters["dye_line_2.water"].rollover == pytest.approx(1000.0)  # L -> m3
    text = PLANT + a_meter(resource="gas", unit="m3", more="rollover = 1000\nheating_value = 10.5")
    assert plant_of(text).meters["m"].rollover == pytest.approx(10500.0)  # m3 -> kWh, as ingest stores it


def test_a_plant_without_optional_keys_gets_their_defaults() -> None:
    plant = plant_of(PLANT)
    assert (plant.interval_s, plant.language, plant.shifts, plant.closed) == (900, "en", (), ())
    meter = plant.meters["dyeing.water"]
    assert (meter.rule.format, meter.rule.value, meter.rule.time, meter.rule.time_unit) == (
        "json",
        "value",
        "",
        "ms",
    )
    assert (meter.every_s, meter.rollover, meter.heating_value, meter.stamp) == (None, None, None, "start")


def test_the_formats_of_the_plant_file_are_those_that_ingest_reads() -> None:
    assert set(FORMATS) == set(READERS)


def test_today_is_the_plants_own_date_when_nobody_says(tmp_path: Path) -> None:
    text = (
        PLANT + '[[resource]]\nid = "water"\n[[resource.price]]\nfrom = "2020-01-01"\nto = "{}"\namount = 1\n'
    )
    path = tmp_path / "plant.toml"
    path.write_text(text.format("2020-12-31"))
    with pytest.raises(ConfigError, match="add a price that is valid now"):
        load_plant(path)
    path.write_text(text.format("2999-12-31"))
    assert load_plant(path).resources["water"].prices
