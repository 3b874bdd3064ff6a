"""Filters and topics by brute force: what an intersection gets is what both filters get."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.partition import at_broker, intersection, left_out, shared_twice, within
from ingest.routes import subscriptions
from ingest.topics import matcher
from tests.ingest.builders import a_meter, a_plant, a_rule, a_source

WORDS = ("a", "b", "$s")
UNIVERSE = ["/".join(levels) for size in (1, 2, 3) for levels in product(WORDS, repeat=size)]
levels = st.lists(st.sampled_from(["a", "b", "+", "$s"]), min_size=1, max_size=3)
filters = st.builds(
    lambda some, tail: "/".join([*some, *tail]), levels, st.sampled_from([[], ["#"]])
) | st.just("#")


def gets(one: str) -> set[str]:
    """Return the topics of the universe that a filter gets (MQTT 3.1.1, 4.7)."""
    wild = one[0] in "+#"
    return {t for t in UNIVERSE if matcher(one).fullmatch(t) and not (wild and t.startswith("$"))}


@settings(deadline=None, max_examples=500)
@given(filters, filters)
def test_an_intersection_gets_what_both_get(one: str, other: str) -> None:
    both = intersection(one, other)
    assert (gets(both) if both is not None else set()) == gets(one) & gets(other)
    assert intersection(other, one) == both


@settings(deadline=None, max_examples=300)
@given(st.lists(filters, max_size=4), st.lists(filters, max_size=4))
def test_within_topics_all_is_got_that_is_in_both(some: list[str], topics: list[str]) -> None:
    got = set().union(*map(gets, within(some, topics)))
    assert got == set().union(*map(gets, some)) & set().union(*map(gets, topics))


@settings(deadline=None, max_examples=300)
@given(st.lists(filters, max_size=3), st.lists(filters, max_size=2), st.lists(filters, max_size=2))
def test_what_two_partitions_share_is_found_and_what_neither_gets_too(
    some: list[str], one: list[str], other: list[str]
) -> None:
    all_of = lambda filters: set().union(*map(gets, filters))  # noqa: E731 - said once, read twice
    both = all_of(some) & all_of(one) & all_of(other)
    assert all_of([twice for _, _, twice in shared_twice(some, {"x": one, "y": other})]) == both
    missed = all_of(some) - all_of(one) - all_of(other)
    assert missed <= all_of(left_out(some, {"x": one, "y": other}))


@pytest.mark.parametrize(
    ("topics", "left"), [(["plant/a/#", "plant/b/#"], ["plant/+/+"]), (["plant/#"], []), (["#"], [])]
)
def test_a_wildcard_that_is_split_is_said(topics: list[str], left: list[str]) -> None:
    assert left_out(["plant/+/+"], {str(n): [topic] for n, topic in enumerate(topics)}) == left


def test_each_broker_has_the_topics_that_name_it() -> None:
    plant = a_plant(
        a_meter("one", a_rule("x/one")),
        a_meter("two", a_rule("x/two", broker="roof")),
        a_meter("fed"),
        a_source("plant/{process}/{meter}", broker="roof"),
    )
    assert subscriptions(at_broker(plant, "")) == ["x/one"]
    assert subscriptions(at_broker(plant, "roof")) == ["x/two", "plant/+/+"]
    assert subscriptions(at_broker(plant, "nobody")) == []
    assert set(at_broker(plant, "roof").meters) == {"two", "fed"}
