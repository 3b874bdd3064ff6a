"""Messages become readings in canonical units, or rejects with the right reason."""

import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.meter import Meter
from domain.reading import Reading, RejectReason
from domain.units import UNITS, canonical_value
from ingest.parse import KEPT_BYTES
from tests.ingest.builders import NOW_MS, NOW_US, a_meter, a_parser, a_rule, a_source

TOPIC = "plant/dye/water"


def read(payload: bytes, meter: Meter | None = None) -> tuple[list[Reading], list[RejectReason]]:
    """Return the readings and the reasons of one message."""
    readings, rejects = a_parser(meter or a_meter("m", a_rule(TOPIC))).parse(TOPIC, payload, NOW_US)
    return readings, [reject.reason for reject in rejects]


def a_payload(value: str, ts: object = NOW_MS) -> bytes:
    return f'{{"value": {value}, "ts": {ts}}}'.encode()


def test_a_message_becomes_a_reading_in_the_canonical_unit() -> None:
    readings, reasons = read(a_payload("1500"), a_meter("m", a_rule(TOPIC), unit="L"))
    assert readings == [Reading("m", NOW_US, 1.5, NOW_US)]
    assert reasons == []


def test_scale_offset_unit_and_heating_value_are_each_applied_once() -> None:
    gas = a_meter("m", replace(a_rule(TOPIC), scale=10.0, offset=5.0), unit="L", heating_value=11.2)
    readings, _ = read(a_payload("99.5"), gas)
    assert readings[0].value == pytest.approx((99.5 * 10 + 5) * 0.001 * 11.2, rel=1e-15)


@pytest.mark.parametrize("unit", ["L", "GJ", "degF", "K", "scfm", "TOE"])
def test_a_value_is_converted_as_the_unit_table_says_to_the_last_bit(unit: str) -> None:
    meter = replace(a_meter("m", a_rule(TOPIC)), unit=UNITS[unit])
    assert read(a_payload("123.456"), meter)[0][0].value == canonical_value(123.456, UNITS[unit])


def test_a_temperature_in_fahrenheit_is_stored_in_celsius() -> None:
    meter = replace(a_meter("m", a_rule(TOPIC)), unit=UNITS["degF"])
    assert read(a_payload("86"), meter)[0][0].value == pytest.approx(30.0)


def test_one_message_speaks_for_several_meters() -> None:
    parser = a_parser(
        a_meter("a", a_rule(TOPIC, value="em.a")),
        a_meter("b", a_rule(TOPIC, value="em.b")),
        a_meter("c", a_rule(TOPIC, value="em.c")),
    )
    readings, rejects = parser.parse(TOPIC, b'{"ts": %d, "em": {"a": 1, "b": "x"}}' % NOW_MS, NOW_US)
    assert [(reading.meter, reading.value) for reading in readings] == [("a", 1.0)]
    assert [reject.reason for reject in rejects] == [RejectReason.NOT_A_NUMBER, RejectReason.MISSING_VALUE]


def test_a_csv_message_holds_several_readings_and_a_bad_line_costs_only_itself() -> None:
    meter = a_meter("m", a_rule(TOPIC, format="csv", value="kwh", time="ts"))
    lines = b"ts,kwh\n%d,1.5\n%d,oops\n%d,2.5\n5,3\n" % (NOW_MS - 2000, NOW_MS - 1000, NOW_MS)
    readings, reasons = read(lines, meter)
    assert [reading.value for reading in readings] == [1.5, 2.5]
    assert reasons == [RejectReason.NOT_A_NUMBER, RejectReason.TIME_TOO_OLD]


def test_a_local_time_without_offset_is_the_plants() -> None:
    meter = a_meter("m", a_rule(TOPIC, time_unit="iso"))
    readings, _ = read(a_payload("1", '"2026-11-22T16:40:00"'), meter)
    assert readings[0].time_us == NOW_US


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("NaN", RejectReason.NOT_A_NUMBER),
        ("Infinity", RejectReason.NOT_A_NUMBER),
        ("-Infinity", RejectReason.NOT_A_NUMBER),
        ("1e999", RejectReason.NOT_A_NUMBER),
        ("true", RejectReason.NOT_A_NUMBER),
        ("null", RejectReason.NOT_A_NUMBER),
        ('"12.5"', RejectReason.NOT_A_NUMBER),
        ('"off"', RejectReason.NOT_A_NUMBER),
        ("[1]", RejectReason.NOT_A_NUMBER),
        ("{}", RejectReason.NOT_A_NUMBER),
        (str(2**70), RejectReason.OUT_OF_RANGE),
        ("1" + "0" * 400, RejectReason.OUT_OF_RANGE),
        ("-1.0000001e15", RejectReason.OUT_OF_RANGE),
        ("12,5", RejectReason.NOT_PARSED),
        ("", RejectReason.NOT_PARSED),
    ],
)
def test_a_value_that_is_no_number_is_refused_with_its_reason(value: str, reason: RejectReason) -> None:
    assert read(a_payload(value)) == ([], [reason])


def test_a_value_that_only_the_unit_makes_too_large_is_refused() -> None:
    assert read(a_payload("9e14"), a_meter("m", replace(a_rule(TOPIC), scale=10.0)))[1] == [
        RejectReason.OUT_OF_RANGE
    ]


@pytest.mark.parametrize(
    ("ts", "reason"),
    [
        (NOW_MS + 86_400_000, RejectReason.TIME_IN_FUTURE),
        (7_258_118_400_000, RejectReason.TIME_IN_FUTURE),
        (NOW_MS * 1_000_000, RejectReason.TIME_IN_FUTURE),
        (10**300, RejectReason.TIME_IN_FUTURE),
        (NOW_MS // 1000, RejectReason.TIME_TOO_OLD),
        (NOW_MS - 10 * 365 * 86_400_000, RejectReason.TIME_TOO_OLD),
        (0, RejectReason.TIME_TOO_OLD),
        (-(10**300), RejectReason.TIME_TOO_OLD),
        ("null", RejectReason.BAD_TIME),
        ("true", RejectReason.BAD_TIME),
        ('"2026-11-22"', RejectReason.BAD_TIME),
        ("NaN", RejectReason.BAD_TIME),
        ("1e300", RejectReason.BAD_TIME),
        ("[1]", RejectReason.BAD_TIME),
    ],
)
@pytest.mark.fault(23)
def test_a_wrong_time_is_refused_with_its_reason(ts: object, reason: RejectReason) -> None:
    assert read(a_payload("1", ts)) == ([], [reason])


def test_a_message_without_the_time_it_should_have_is_refused() -> None:
    assert read(b'{"value": 1}') == ([], [RejectReason.MISSING_TIME])


def test_the_window_of_allowed_times_is_the_limits() -> None:
    parser = a_parser(a_meter("m", a_rule(TOPIC)), max_age_s=60.0, max_skew_s=1.0)
    offsets = (-60_001, -60_000, 1000, 1001)
    answers = [parser.parse(TOPIC, a_payload("1", NOW_MS + offset), NOW_US) for offset in offsets]
    assert [len(readings) for readings, _ in answers] == [0, 1, 1, 0]


def test_without_a_time_path_the_arrival_is_the_time() -> None:
    assert read(b'{"value": 1}', a_meter("m", a_rule(TOPIC, time="")))[0][0].time_us == NOW_US


def test_readings_of_one_burst_get_arrival_times_of_their_own() -> None:
    parser = a_parser(a_meter("m", a_rule(TOPIC, time="")))
    times = [parser.parse(TOPIC, b'{"value": 1}', NOW_US)[0][0].time_us for _ in range(3)]
    assert times == [NOW_US, NOW_US + 1, NOW_US + 2]


def test_a_clock_that_is_set_back_takes_arrival_times_with_it() -> None:
    parser = a_parser(a_meter("m", a_rule(TOPIC, time="")))
    parser.parse(TOPIC, b'{"value": 1}', NOW_US)
    hour_us = 3_600_000_000
    assert parser.parse(TOPIC, b'{"value": 1}', NOW_US - hour_us)[0][0].time_us == NOW_US - hour_us


def test_a_retained_message_says_nothing_about_a_meter_stamped_by_arrival() -> None:
    timed = a_meter("timed", a_rule(TOPIC, value="a"))
    stamped = a_meter("stamped", a_rule(TOPIC, value="a", time=""))
    readings, rejects = a_parser(timed, stamped).parse(
        TOPIC, b'{"a": 1, "ts": %d}' % NOW_MS, NOW_US, retained=True
    )
    assert ([reading.meter for reading in readings], rejects) == (["timed"], [])


def test_the_identity_comes_from_the_topic_never_from_the_payload() -> None:
    readings, _ = a_parser(a_source()).parse(
        "plant/dye/water", b'{"value": 1, "ts": %d, "meter": "boiler.gas", "process": "x"}' % NOW_MS, NOW_US
    )
    assert [reading.meter for reading in readings] == ["dye.water"]


def test_a_topic_may_come_as_bytes() -> None:
    assert a_parser(a_source()).parse(TOPIC.encode(), a_payload("1"), NOW_US)[0][0].meter == "dye.water"


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        (b"plant/dye/\xff\xfe", RejectReason.BAD_TOPIC),
        ("plant/dye/a b", RejectReason.BAD_TOPIC),
        ("elsewhere/x", RejectReason.UNKNOWN_TOPIC),
        ("", RejectReason.UNKNOWN_TOPIC),
    ],
)
def test_a_bad_or_unknown_topic_is_refused(topic: str | bytes, reason: RejectReason) -> None:
    readings, rejects = a_parser(a_source()).parse(topic, a_payload("1"), NOW_US)
    assert (readings, [reject.reason for reject in rejects]) == ([], [reason])
    assert isinstance(rejects[0].topic, str)


def test_a_reject_keeps_the_beginning_of_the_payload_and_where_it_came_from() -> None:
    reject = a_parser(a_source()).parse(TOPIC, b"x" * 60_000, NOW_US)[1][0]
    assert (reject.topic, reject.received_us, len(reject.payload)) == (TOPIC, NOW_US, KEPT_BYTES)
    assert "not JSON" in reject.detail


def test_a_reject_keeps_the_beginning_of_a_long_topic() -> None:
    assert len(a_parser(a_source()).parse("x" * 60_000, b"", NOW_US)[1][0].topic) == 256


NESTED = b"[" * 30_000 + b"]" * 30_000
HOSTILE = {
    "64 KiB and one": (b" " * 65537, RejectReason.TOO_LARGE),
    "10 MB bomb": (b"[[],[]," * 1_500_000, RejectReason.TOO_LARGE),
    "64 KiB bomb": (b'{"x":' + b"[[],[]," * 9000, RejectReason.NOT_PARSED),
    "deep nesting": (b'{"x": ' + b"[" * 60_000, RejectReason.NOT_PARSED),
    "deep nesting that closes": (b'{"x": ' + NESTED + b', "value": "a"}', RejectReason.NOT_PARSED),
    "deep objects": (b'{"x":' * 12_000, RejectReason.NOT_PARSED),
    "a value that nests": (a_payload("[" * 500 + "]" * 500), RejectReason.NOT_A_NUMBER),
    "NUL": (b"\0", RejectReason.NOT_PARSED),
    "nothing": (b"", RejectReason.NOT_PARSED),
    "bad UTF-8": (b'{"value": "\xff\xfe"}', RejectReason.NOT_PARSED),
    "a number of 60,000 digits": (b'{"value": ' + b"9" * 60_000 + b"}", RejectReason.NOT_PARSED),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.fault(26)
def test_a_hostile_payload_is_refused_quickly_and_costs_no_memory(name: str) -> None:
    payload, reason = HOSTILE[name]
    parser = a_parser(a_meter("m", a_rule(TOPIC)))
    parser.parse(TOPIC, payload, NOW_US)  # the first time loads what it needs
    tracemalloc.start()
    try:
        readings, rejects = parser.parse(TOPIC, payload, NOW_US)
        kept, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (readings, [reject.reason for reject in rejects]) == ([], [reason])
    assert kept < 100_000
    assert len(rejects[0].detail) <= 200


@pytest.mark.parametrize("form", ["json", "number", "csv"])
@given(payload=st.binary(max_size=200) | st.text(max_size=80).map(str.encode), retained=st.booleans())
def test_nothing_that_a_message_holds_raises(form: str, payload: bytes, retained: bool) -> None:
    rule = a_rule(
        TOPIC, format=form, value="1" if form == "csv" else "value", time="0" if form == "csv" else ""
    )
    readings, rejects = a_parser(a_meter("m", rule)).parse(TOPIC, payload, NOW_US, retained=retained)
    assert all(abs(reading.value) <= 1e15 for reading in readings)
    assert readings or rejects or retained


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_no_topic_raises_and_every_id_is_one(topic: str | bytes) -> None:
    parser = a_parser(a_source("{process}/{meter}"), a_source("{meter}"), a_source("x/{meter...}"))
    readings, rejects = parser.parse(topic, a_payload("1"), NOW_US)
    assert len(readings) + len(rejects) == 1
    assert all(reading.meter.isascii() and len(reading.meter) <= 64 for reading in readings)
