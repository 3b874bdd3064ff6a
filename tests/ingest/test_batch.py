"""Reading many messages at once gives bit for bit what reading them one by one gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from domain.reading import Reading, Reject, RejectReason
from domain.readings import Micros
from ingest import batch as batch_module
from ingest.arrivals import Arrivals, Message
from ingest.batch import BatchParser
from ingest.parse import Parser
from ingest.plans import Plan
from tests.ingest.builders import NOW_MS, NOW_US, a_meter, a_parser, a_plant, a_rule, a_source

PLANT = a_plant(
    a_meter("a.energy", a_rule("a/energy", value="e.total", time="e.at"), unit="MWh"),
    a_meter("a.temp", a_rule("a/temp", value="t", time="s", time_unit="s"), unit="L"),
    a_meter("b.two", a_rule("b", value="two"), unit="L"),
    a_meter("b.three", a_rule("b", value="three"), unit="m3"),
    a_meter("c.number", a_rule("c", format="number", time="")),
    a_meter("d.iso", a_rule("d", time_unit="iso")),
    a_meter("e.list", a_rule("e", value="l[0]")),
    a_source(scale=0.1, offset=-3.0, unit="hL"),
)
TOPICS = [
    "a/energy",
    "a/temp",
    "b",
    "c",
    "d",
    "e",
    "plant/dye/water",
    "plant/x/y",
    "who/knows",
    "plant/x y/z",
]

numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(
        ["1e999", "-0.0", "true", "null", '"7"', "[]", "{}", "NaN", "1_0", "1e15", "-1e15", "1.0"]
    ),
)
times = st.one_of(
    st.integers(NOW_MS - 10**9, NOW_MS + 10**6).map(str),
    st.integers(NOW_MS // 1000 - 10**6, NOW_MS // 1000 + 10**3).map(str),
    st.sampled_from(
        [str(NOW_MS), f"{NOW_MS}.0", f"{NOW_MS}.5", "0", str(2**63), str(-(2**63)), '"x"', "1e13", "null"]
    ),
    st.just('"2026-03-01T12:00:00Z"'),
)


@st.composite
def payloads(draw: st.DrawFn) -> bytes:
    """Return what a meter may send, and what it may not."""
    value, at = draw(numbers), draw(times)
    made = [
        f'{{"value": {value}, "ts": {at}}}',
        f'{{"ts": {at}, "value": {value}, "value": 2, "x": [1, {{"ts": 5}}]}}',
        f'{{"e": {{"total": {value}, "at": {at}}}, "t": {value}, "s": {at}}}',
        f'{{"two": {value}, "three": 7, "ts": {at}}}',
        f'{{"l": [{value}], "ts": {at}}}',
        f'[{{"value": {value}, "ts": {at}}}]',
        value,
        f'{{"value": {value}',
        f'{{"value": {value}, "ts": {at}}},{{"value": 1, "ts": {at}}}',
        '{"value": 1, "x": ["',
    ]
    text = draw(st.sampled_from(made)).encode()
    return draw(
        st.sampled_from(
            [text, text, text, b"\xef\xbb\xbf" + text, text + b"\0", text + b"\xff", b"", b"x" * 70_000]
        )
    )


arrived = st.lists(st.tuples(st.sampled_from(TOPICS), payloads(), st.booleans()), max_size=12)


def the_arrivals(messages: list[tuple[str, bytes, bool]]) -> tuple[Arrivals, Micros]:
    """Return messages and when they arrived, two after each other."""
    arrivals = Arrivals()
    for topic, payload, retained in messages:
        arrivals.add(Message(topic.encode(), payload, b"\0\1", retained))
    return arrivals, np.array([NOW_US + index // 2 for index in range(len(messages))], dtype=np.int64)


def one_by_one(messages: list[tuple[str, bytes, bool]]) -> tuple[list[Reading], list[Reject]]:
    """Return what the parser reads, message by message."""
    parser = Parser(PLANT)
    readings: list[Reading] = []
    rejects: list[Reject] = []
    for index, (topic, payload, retained) in enumerate(messages):
        found = parser.parse(topic.encode(), payload, NOW_US + index // 2, retained=retained)
        readings += found[0]
        rejects += found[1]
    return readings, rejects


def exactly(readings: list[Reading]) -> list[tuple[str, int, str, int]]:
    """Return readings so that 0.0 and -0.0 differ."""
    return [(one.meter, one.time_us, float(one.value).hex(), one.received_us) for one in readings]


@settings(deadline=None, max_examples=400)
@given(arrived)
def test_at_once_is_the_same_as_one_by_one(messages: list[tuple[str, bytes, bool]]) -> None:
    readings, rejects = one_by_one(messages)
    parser = BatchParser(Parser(PLANT))
    for _ in range(2):  # the second time every topic is known
        parsed = parser.parse(*the_arrivals(messages))
        assert [one[:1] + one[2:] for one in exactly(list(parsed.readings))] == [
            one[:1] + one[2:] for one in exactly(readings)
        ]
        assert (parsed.rejects, parsed.messages, parsed.errors) == (rejects, len(messages), 0)
    fresh = BatchParser(Parser(PLANT)).parse(*the_arrivals(messages))
    assert exactly(list(fresh.readings)) == exactly(readings)  # with the times of arrival, given out once


def test_payloads_never_run_into_one_another() -> None:
    """Three messages that would be two if they were joined are three, each of its own topic."""
    good = b'{"value": 5, "ts": %d}' % NOW_MS
    messages = [
        ("plant/x/a", b'{"value": 1, "ts": %d, "x": [0' % NOW_MS, False),
        ("plant/x/victim", good, False),
        ("plant/x/b", b"0]}", False),
        ("plant/x/c", good + b"," + good + b"," + good, False),
    ]
    parsed = BatchParser(Parser(PLANT)).parse(*the_arrivals(messages))
    assert [one.meter for one in parsed.readings] == ["x.victim"]
    assert [reject.reason for reject in parsed.rejects] == [RejectReason.NOT_PARSED] * 3


@pytest.mark.parametrize("value", ["value", "l[0]"])  # read as columns, and one by one
def test_running_numbers_tell_what_is_missing_either_way(value: str) -> None:
    parser = BatchParser(a_parser(a_source(seq="n", value=value)))
    payload = b'{"value": 1, "l": [2], "ts": %d, "n": %d}'
    messages = [("plant/x/a", payload % (NOW_MS + n, n), False) for n in (1, 2, 6, 4)]
    messages += [("plant/x/b", payload % (NOW_MS + n, n), False) for n in (9, 10)]
    messages += [("plant/x/c", b'{"value": 1, "l": [2], "ts": %d, "n": "x"}' % NOW_MS, False)]
    parsed = parser.parse(*the_arrivals(messages))
    assert len(parsed.readings) == 7
    assert (parser.gaps.missing, parser.gaps.total) == ({"x.a": 2}, 2)


def test_a_mistake_of_ours_in_the_quick_way_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Plan, "read", breaks)
    messages = [("plant/dye/water", b'{"value": %d, "ts": %d}' % (n, NOW_MS + n), False) for n in range(5)]
    with capture_logs() as logs:
        parsed = BatchParser(Parser(PLANT)).parse(*the_arrivals(messages))
    assert exactly(list(parsed.readings)) == exactly(one_by_one(messages)[0])
    assert [log["event"] for log in logs] == ["ingest.batch_failed"]


def test_topics_without_a_reader_are_not_remembered() -> None:
    parser = BatchParser(a_parser(a_source(max_meters=3)))
    messages = [(f"plant/x/m{n}", b'{"value": 1, "ts": %d}' % NOW_MS, False) for n in range(50)]
    parsed = parser.parse(*the_arrivals(messages))
    assert len(parsed.readings) == 3
    assert {reject.reason for reject in parsed.rejects} == {RejectReason.UNKNOWN_METER}
    assert len(parser._plans._codes) == 3


def test_more_topics_than_are_remembered_are_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.plans._CACHED_TOPICS", 10)
    parser = BatchParser(a_parser(a_source(max_meters=100)))
    for start in range(0, 60, 6):
        messages = [
            (f"plant/x/m{n % 40}", b'{"value": %d, "ts": %d}' % (n, NOW_MS), False)
            for n in range(start, start + 6)
        ]
        parsed = parser.parse(*the_arrivals(messages))
        assert [one.meter for one in parsed.readings] == [f"x.m{n % 40}" for n in range(start, start + 6)]


def test_an_oversized_message_is_refused_by_its_true_size() -> None:
    arrivals, received_us = the_arrivals([("plant/dye/water", b"{", False)])
    arrivals.whole[0] = 5_000_000
    parsed = BatchParser(Parser(PLANT)).parse(arrivals, received_us)
    assert [(one.reason, one.detail[:13]) for one in parsed.rejects] == [
        (RejectReason.TOO_LARGE, "5000000 bytes")
    ]


def test_what_says_very_much_is_handed_on_in_parts() -> None:
    parser = BatchParser(a_parser(a_source(format="csv", value="0", time="")))
    messages = [("plant/dye/water", b"1\n" * 4000, False)] * 3
    parsed = parser.parse(*the_arrivals(messages))
    assert (len(parsed.readings), parsed.messages) == (8000, 2)
    assert len(parsed.readings) < batch_module.MOST_READINGS * 2
