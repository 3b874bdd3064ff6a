"""Number and CSV payloads."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from ingest.payload import FORMATS, MAX_ROWS, csv_fields, number_fields, number_of
from ingest.rows import Unreadable


@pytest.mark.parametrize(
    ("text", "number"),
    [("12.5", 12.5), (" 7 ", 7), ("+3", 3), ("-0.5e3", -500.0), (".5", 0.5), ("5.", 5.0), ("1E2", 100.0)],
)
def test_a_written_number_is_read(text: str, number: float) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    "text", ["", "on", "1_000", "0x1F", "１２", "1,5", "1 2", "--1", "e5", "true", "null", "12 kWh"]
)
def test_what_is_no_number_stays_text(text: str) -> None:
    assert number_of(text) == text


def test_nan_and_infinity_are_read_as_such() -> None:
    assert math.isnan(float(str(number_of("NaN"))))
    assert number_of("-inf") == -math.inf
    assert number_of("1e999") == math.inf


@pytest.mark.parametrize("payload", [b"12.5", b" 12.5\r\n", b'"12.5"', b"\xef\xbb\xbf12.5"])
def test_a_bare_number_is_read_with_or_without_quotes(payload: bytes) -> None:
    assert number_fields(["value"])(payload) == [(12.5,)]


def test_a_bare_number_has_nothing_at_other_paths() -> None:
    assert number_fields(["value", "ts"])(b"1") == [(1, UNSET)]


@pytest.mark.parametrize("payload", [b"", b"  ", b'""', b"\xff", b"1\x002"])
def test_an_empty_or_binary_number_is_unreadable(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        number_fields(["value"])(payload)


@pytest.mark.parametrize(
    ("paths", "payload", "rows"),
    [
        (["1", "0"], b"1700,12.5", [(12.5, 1700)]),
        (["1", "0"], b"1,2\n3,4\r\n\r\n5,6\n", [(2, 1), (4, 3), (6, 5)]),
        (["kwh", "ts"], b"ts;kwh;note\n2026-11-22T09:00:00Z;2.5;ok\n", [(2.5, "2026-11-22T09:00:00Z")]),
        (["kwh"], b"ts\tkwh\n1\t2", [(2,)]),
        (["a"], b' a , b \n"1,5",2', [("1,5",)]),
        (["2"], b"1,2", [(UNSET,)]),
        (["missing"], b"a,b\n1,2", [(UNSET,)]),
        (["b", "0"], b"a,b\n1,2", [(2, 1)]),
    ],
)
def test_csv_columns_are_read_by_number_or_name(
    paths: list[str], payload: bytes, rows: list[tuple[object, ...]]
) -> None:
    assert [tuple(row) for row in csv_fields(paths)(payload)] == rows


@pytest.mark.parametrize(
    "payload", [b"", b"\n\n", b"a,b", b'"open', b"\xff", b"1,\x00", b"1\n" * (MAX_ROWS + 1)]
)
def test_bad_csv_is_unreadable(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        csv_fields(["a"])(payload)


def test_a_csv_column_needs_a_name() -> None:
    with pytest.raises(ValueError, match="column"):
        csv_fields(["0", ""])


@given(st.sampled_from(sorted(FORMATS)), st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_no_format_raises_anything_but_unreadable(form: str, payload: bytes) -> None:
    try:
        rows = FORMATS[form](["1", "0"] if form == "csv" else ["v", "t"])(payload)
    except Unreadable:
        return
    assert all(len(row) == 2 for row in rows)
