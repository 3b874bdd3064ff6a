"""Durations, dates, clocks, weekdays, topics and suggestions as a person writes them."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from config.dates import parse_clock, parse_clock_end, parse_date, parse_range, parse_weekdays
from config.durations import parse_cadence, parse_duration, parse_interval
from config.suggest import did_you_mean, one_of, unknown
from config.topics import filters_meet, has_wildcard, parse_filter, parse_pattern, parse_topic_name

LOCAL = datetime(2026, 2, 28)  # noqa: DTZ001 - TOML has date-times without a zone
MODULES = [name for _, name, _ in pkgutil.iter_modules(config.__path__, "config.")]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("10s", 10),
        ("15min", 900),
        ("1h", 3600),
        ("2d", 172800),
        ("500ms", 0.5),
        ("1.5h", 5400),
        ("0s", 0),
        ("3 min", 180),
    ],
)
def test_a_duration_is_a_number_and_a_unit(written: str, seconds: float) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written", ["10", "", "min", "-1s", "1m", "1h30", "10 S", "1e3s", 10, 1.5, True, None, ["1s"], "200000d"]
)
def test_other_durations_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"not a duration|longer than a century"):
        parse_duration(written)


def test_a_cadence_is_longer_than_nothing() -> None:
    assert parse_cadence("10s") == 10
    with pytest.raises(ValueError, match="longer than 0s"):
        parse_cadence("0s")


@pytest.mark.parametrize("written", ["1min", "5min", "15min", "30min", "1h", "3600s", "90s", "60min"])
def test_an_interval_divides_an_hour(written: str) -> None:
    assert 3600 % parse_interval(written) == 0


@pytest.mark.parametrize("written", ["30s", "2h", "7min", "0s", "61min", "450500ms"])
def test_an_interval_outside_a_minute_to_an_hour_or_not_dividing_it_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="between 1min and 1h and divide an hour"):
        parse_interval(written)


def test_dates_are_read_from_text_and_from_toml() -> None:
    assert parse_date("2026-02-28") == parse_date(date(2026, 2, 28)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    "written", ["2026-02-30", "28.2.2026", "2026-2-8", "2026-W01-1", 20260228, None, LOCAL]
)
def test_what_is_no_date_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"not a date|no such date"):
        parse_date(written)


def test_a_range_holds_both_ends_and_may_be_one_day() -> None:
    assert parse_range("2026-02-16/2026-02-21") == (date(2026, 2, 16), date(2026, 2, 21))
    assert parse_range("2026-12-24") == parse_range(date(2026, 12, 24)) == (date(2026, 12, 24),) * 2


def test_a_reversed_range_is_refused_with_its_ends() -> None:
    with pytest.raises(ValueError, match="reversed: it ends on 2026-02-16 before it starts on 2026-02-21"):
        parse_range("2026-02-21/2026-02-16")


@pytest.mark.parametrize("written", ["2026-02-16/", "/2026-02-16", "a/b", "2026-02-16/17", "", 3])
def test_a_malformed_range_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="a range is written"):
        parse_range(written)


def test_clocks_are_read_from_text_and_from_toml() -> None:
    assert parse_clock("06:30") == parse_clock(time(6, 30)) == time(6, 30)
    assert parse_clock_end("24:00") == time(0)


@pytest.mark.parametrize("written", ["24:00", "6:00", "06.00", "25:00", "T0600", "06+01", 6, None])
def test_what_is_no_clock_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="time of day"):
        parse_clock(written)


def test_weekdays_count_from_monday() -> None:
    assert parse_weekdays(["sun", "mon", "mon"]) == {0, 6}


@pytest.mark.parametrize("written", [[], "mon", ["monday"], ["Mon"], [1], None, [["mon"]]])
def test_what_is_no_weekday_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="mon, tue, wed, thu, fri, sat, sun"):
        parse_weekdays(written)


@pytest.mark.parametrize(
    "topic", ["a", "plant/+/water", "plant/#", "#", "+", "/a//b", "$SYS/broker/load", "đường/nước"]
)
def test_topics_that_mqtt_allows_are_taken(topic: str) -> None:
    assert parse_filter(topic) == topic


@pytest.mark.parametrize(
    "topic", ["", "a/#/b", "a#", "a/b+", "+a/b", "$share/g/a", "a\0b", "a\nb", "x" * 65536]
)
def test_topics_that_mqtt_refuses_are_refused(topic: str) -> None:
    with pytest.raises(ValueError, match=r"topic|alone"):
        parse_filter(topic)


@pytest.mark.parametrize("topic", ["a/+", "#", ""])
def test_a_topic_to_publish_to_has_no_wildcard(topic: str) -> None:
    with pytest.raises(ValueError, match="topic"):
        parse_topic_name(topic)


@pytest.mark.parametrize("pattern", ["plant/{process}/{meter}", "{meter}", "z/{meter...}", "+/{meter}/#"])
def test_patterns_of_a_source_are_taken(pattern: str) -> None:
    assert parse_pattern(pattern) == pattern


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{meter}/{meter}", "twice"),
        ("plant/{the meter}", "one word"),
        ("plant/x{meter}", "alone in its level"),
        ("{meter}/{", "alone in its level"),
        ("{meter...}/x", "stands last"),
        ("{meter}/#/x", '"#" stands alone'),
    ],
)
def test_malformed_patterns_are_refused(pattern: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_pattern(pattern)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/#", "a", True),
        ("a/#", "b/#", False),
        ("a/+/c", "a/b", False),
        ("+/b", "a/+", True),
        ("#", "a/b/c", True),
        ("a/b/#", "a", False),
        ("a/b", "a/c", False),
    ],
)
def test_filters_meet_when_one_topic_matches_both(one: str, other: str, meet: bool) -> None:
    assert filters_meet(one, other) is filters_meet(other, one) is meet


LEVELS = st.lists(st.sampled_from(["a", "b", "+"]), min_size=1, max_size=4)


def _matches(pattern: list[str], topic: tuple[str, ...]) -> bool:
    if pattern[-1] == "#":
        head = pattern[:-1]
        return len(topic) >= len(head) and _matches(head, topic[: len(head)]) if head else True
    return len(pattern) == len(topic) and all(p in {"+", t} for p, t in zip(pattern, topic, strict=True))


@given(LEVELS, st.booleans(), LEVELS, st.booleans())
def test_filters_meet_exactly_when_a_topic_can_be_found(
    one: list[str], deep: bool, other: list[str], deeper: bool
) -> None:
    one, other = one + ["#"] * deep, other + ["#"] * deeper
    topics: list[tuple[str, ...]] = [()]
    found: list[tuple[str, ...]] = []
    for _ in range(5):
        topics = [(*topic, level) for topic in topics for level in "abc"]
        found += topics
    some = any(_matches(one, topic) and _matches(other, topic) for topic in found)
    assert filters_meet("/".join(one), "/".join(other)) is some


def test_wildcards_are_whole_levels() -> None:
    assert has_wildcard("a/+/b")
    assert has_wildcard("#")
    assert not has_wildcard("a/b")


def test_a_near_name_is_suggested_whatever_its_case() -> None:
    assert did_you_mean("mwh", ["kWh", "MWh"]) == 'did you mean "MWh"?'
    assert "Asia/Ho_Chi_Minh" in did_you_mean("Asia/Ho_Chi_Min", ["Asia/Ho_Chi_Minh", "Europe/Paris"])


def test_a_long_list_of_allowed_names_is_shortened() -> None:
    shown = one_of([f"n{i}" for i in range(100)])
    assert shown.endswith("... (100 in all)")
    assert len(shown) < 120


def test_nothing_to_choose_from_is_said() -> None:
    assert unknown("process", "dyeing", []) == "unknown process; allowed: none"
