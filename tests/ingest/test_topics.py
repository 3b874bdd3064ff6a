"""Topic filters and patterns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.topics import check_filter, check_pattern, covers, matcher, subscription, without_covered

_level = st.sampled_from(["a", "b", "", "+"])
_filters = st.tuples(st.lists(_level, min_size=1, max_size=4), st.booleans()).map(
    lambda made: "/".join(made[0] + (["#"] if made[1] else []))
)
_topics = st.lists(st.sampled_from(["a", "b", ""]), min_size=1, max_size=5).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [
        ("plant/+/water", "plant/dye/water", True),
        ("plant/+/water", "plant/dye/x/water", False),
        ("plant/+/water", "plant//water", True),
        ("plant/#", "plant", True),
        ("plant/#", "plant/a/b", True),
        ("plant/#", "plants", False),
        ("#", "a/b", True),
        ("a.c", "abc", False),
        ("{process}/{meter}", "dye/water", True),
        ("{process}/{meter}", "dye/", False),
        ("z/{meter...}", "z/hall/pump", True),
        ("a/+", "a/b\nc", True),
    ],
)
def test_a_topic_fits_or_not(pattern: str, topic: str, fits: bool) -> None:
    assert (matcher(pattern).fullmatch(topic) is not None) is fits


def test_placeholders_are_found_by_name() -> None:
    found = matcher("site/+/{process}/{meter...}").fullmatch("site/x/dye/a/b")
    assert found is not None
    assert found.groupdict() == {"process": "dye", "meter": "a/b"}
    assert subscription("site/+/{process}/{meter...}") == "site/+/+/#"


@pytest.mark.parametrize("topic", ["", "a/#/b", "a+/b", "a/b#", "a\0b", "x" * 70_000])
def test_a_malformed_filter_is_refused(topic: str) -> None:
    assert check_filter(topic)


@pytest.mark.parametrize("topic", ["plant/dye/water", "+/+", "#", "/a", "$SYS/#", "điện/kế"])
def test_a_sound_filter_is_not(topic: str) -> None:
    assert check_filter(topic) == ""


@pytest.mark.parametrize(
    "pattern",
    ["{meter}/{meter}", "plant/m_{meter}", "{meter...}/x", "{meter}/#/x", "", "{me ter}"],
)
def test_a_malformed_pattern_is_refused(pattern: str) -> None:
    assert check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", ["{meter}", "plant/{process}/{meter}", "s/+/{meter...}", "{site}/{meter}/#"]
)
def test_a_sound_pattern_is_not(pattern: str) -> None:
    assert check_pattern(pattern) == ""


@given(_filters, _filters, _topics)
def test_a_covering_filter_gets_every_topic_of_the_covered_one(wide: str, narrow: str, topic: str) -> None:
    if covers(wide, narrow) and matcher(narrow).fullmatch(topic):
        assert matcher(wide).fullmatch(topic)


@given(st.lists(_filters, max_size=6), _topics)
def test_the_filters_that_stay_get_what_all_got(filters: list[str], topic: str) -> None:
    def got(some: list[str]) -> bool:
        return any(matcher(one).fullmatch(topic) for one in some)

    kept = without_covered(filters)
    assert got(kept) == got(filters)
    assert not any(covers(one, other) for one in kept for other in kept if one != other)


def test_a_wildcard_does_not_cover_the_brokers_own_topics() -> None:
    assert without_covered(["#", "$SYS/broker/uptime"]) == ["#", "$SYS/broker/uptime"]
