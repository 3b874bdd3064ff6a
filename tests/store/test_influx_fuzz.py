"""Whatever a meter is called: the series in the database are exactly those of the readings that were taken.

300 cases; `pytest --hypothesis-profile=thorough tests/store/test_influx_fuzz.py` runs 10,000.
"""

from __future__ import annotations

from contextlib import closing
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.reading import Reading
from store.influx import InfluxSeries
from store.readings import name_problem
from tests.servers.influxd import Influxd
from tests.store.builders import ALWAYS, START_US

pytestmark = pytest.mark.servers
_number = count(1)
#: letters that mean something to line protocol, InfluxQL or CSV, others of every UTF-8 length, and all else
SPECIAL = st.sampled_from(list(" ,=\\\"'\n\r\t\0#;.:/|*~^$(){}[]<>%&@`üß水😀\u00a0\u2028\u0085\ufeff\x7f"))
PIECES = st.sampled_from(
    ["a", "m1", ",admin=true", " value=1", "\\", "name,tags,name", "meter=", "i", "' OR 'a'='a"]
)
NAMES = st.lists(PIECES | SPECIAL | st.characters(), min_size=0, max_size=6).map("".join)


@settings(
    deadline=None,
    max_examples=max(300, settings.default.max_examples if settings.default else 0),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(names=st.lists(NAMES, min_size=1, max_size=8, unique=True))
@pytest.mark.fault(27)
def test_the_written_series_are_the_intended_ones(influxd: Influxd, names: list[str]) -> None:
    database = f"fuzz_{next(_number)}"
    influxd.query(f"CREATE DATABASE {database}")
    batch = [Reading(name, START_US + number, number + 0.5, 0) for number, name in enumerate(names)]
    intended = {name: number + 0.5 for number, name in enumerate(names) if not name_problem(name)}
    with closing(InfluxSeries(influxd.url, "v1", database)) as series:
        done = series.append(batch)
        found = series.read(names, *ALWAYS)
    assert {reading.meter for reading, _ in done.refused} == {*names} - intended.keys()
    assert dict(found.select("meter", "value").iter_rows()) == intended
    # and without our own reading code: no other measurement, tag, field or point
    raw = influxd.query("SELECT * FROM /.*/", database)
    influxd.query(f"DROP DATABASE {database}")
    assert [(s["name"], s["columns"]) for s in raw] == (
        [("reading", ["time", "meter", "value"])] if intended else []
    )
    assert {meter: value for s in raw for _, meter, value in s["values"]} == intended
