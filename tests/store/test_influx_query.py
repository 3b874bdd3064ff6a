"""InfluxQL answers: however the network cuts them, they are whole or an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import StoreError
from store.influx_query import intervals_frame, parsed, readings_frame, readings_query, text_literal
from tests.store.builders import START, START_US

END = b"\nname,tags,name\ndatabases,,x\n"
#: recorded from influxd 1.6.7
RECORDED = (
    b"name,tags,time,value\n"
    + b"".join(f"reading,meter=m{n % 3},{START_US + n},{n}.5\n".encode() for n in range(9))
    + b'reading,"meter=a\\ ""q"",b",1772323200000009,-0.25\n'
)
NOTHING = END[1:]


def cut(answer: bytes, places: list[int]) -> Iterator[bytes]:
    marks = sorted({0, len(answer), *(place % (len(answer) + 1) for place in places)})
    return (answer[start:end] for start, end in pairwise(marks))


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=12))
def test_an_answer_is_the_same_however_it_is_cut_into_pieces(places: list[int]) -> None:
    found = readings_frame(parsed(cut(RECORDED + END, places)))
    assert found.height == 10
    assert found["value"].to_list() == [n + 0.5 for n in range(9)] + [-0.25]
    assert found["meter"].to_list() == ["m0", "m1", "m2"] * 3 + ['a "q",b']
    assert found["time"][-1] == START + timedelta(microseconds=9)


@settings(deadline=None)
@given(
    st.integers(0, len(RECORDED + END) - len("databases,,x\n") - 1),
    st.lists(st.integers(0, 10_000), max_size=4),
)
def test_an_answer_that_breaks_off_is_an_error_wherever_it_does(length: int, places: list[int]) -> None:
    with pytest.raises(StoreError) as caught:
        readings_frame(parsed(cut((RECORDED + END)[:length], places)))
    assert caught.value.retryable


def test_no_data_is_no_error_and_nothing_at_all_is_one() -> None:
    assert readings_frame(parsed([NOTHING])).is_empty()
    for answer in ([], [b""], [b"\n"], [b"<html></html>\n"]):
        with pytest.raises(StoreError):
            readings_frame(parsed(answer))


def test_an_error_in_words_is_passed_on() -> None:
    """As 2.x writes it (its csvFormatter)."""
    with pytest.raises(StoreError, match="unauthorized"):
        readings_frame(parsed([b"error\nunauthorized access\n" + END]))


def test_columns_that_were_not_asked_for_are_an_error() -> None:
    with pytest.raises(StoreError):
        readings_frame(parsed([b"name,tags,time,other\nreading,meter=a,1,2\n" + END]))


def test_rows_that_are_no_numbers_are_an_error() -> None:
    with pytest.raises(StoreError):
        readings_frame(parsed([b"name,tags,time,value\nreading,meter=a,1,x\n" + END]))


def test_an_amount_that_is_not_known_any_more_is_null() -> None:
    answer = (
        b"name,tags,time,actual,expected,excess,cost,kg_co2e,quality,known\n"
        b"interval,,1772323200000000,1.5,2,,9.75,,measured,actual expected\n"
        b"interval,,1772326800000000,,,,9.75,,missing,\n"
    )
    found = intervals_frame(parsed([answer, END]), "p", "r")
    assert found.select("actual", "expected", "excess", "cost", "kg_co2e").rows() == [
        (1.5, 2.0, None, None, None),
        (None, None, None, None, None),
    ]
    assert found["quality"].to_list() == ["measured", "missing"]
    assert found.schema["start"] == pl.Datetime("us", "UTC")


def test_a_query_names_meters_and_nanoseconds() -> None:
    assert readings_query(["a", "it's"], 1, 2) == (
        'SELECT "value" FROM "reading" WHERE ("meter" = \'a\' OR "meter" = \'it\\\'s\') '
        'AND time >= 1000 AND time < 2000 GROUP BY "meter"'
    )


@settings(deadline=None)
@given(st.text())
def test_a_literal_ends_where_it_should(value: str) -> None:
    written = text_literal(value)
    inner = written[1:-1]
    assert written[0] == written[-1] == "'"
    assert inner.replace("\\\\", "").replace("\\'", "").count("'") == 0
    assert inner.replace("\\\\", "\x00").replace("\\'", "'").replace("\x00", "\\") == value.replace(
        "\x00", "\\"
    )
