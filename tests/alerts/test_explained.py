"""What explains what: found among a thousand as among two, in the order of the conditions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.conditions import INHIBITED_BY
from alerts.stages.explained import _explains, upstream, with_explanations
from domain.alert import AlertKind, Condition
from domain.baseline import Severity
from domain.hotspot import HotspotKind
from tests.alerts.builders import NOW

NAMES = ["main", "hall", "kiln", "press"]
FACTS = st.fixed_dictionaries(
    {
        "process": st.sampled_from(NAMES),
        "resource": st.sampled_from(["water", "gas", ""]),
        "hotspot_kind": st.sampled_from([HotspotKind.DRIFT, HotspotKind.UNDER_CONSUMPTION]),
        "excess_per_hour": st.sampled_from([1.0, 2.0, 10.0]),
    }
)
GRAPHS = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=2)).map(upstream)


def conditions_of(drawn: list[tuple[AlertKind, int, dict[str, Any]]]) -> list[Condition]:
    return [
        Condition(kind, f"c{number}", Severity.WARNING, NOW - timedelta(minutes=late), 0, facts)
        for number, (kind, late, facts) in enumerate(drawn)
    ]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([AlertKind.HOTSPOT, AlertKind.SILENT_METER]), st.sampled_from([0, 30, 90]), FACTS
        ),
        max_size=12,
    ).map(conditions_of),
    GRAPHS,
    GRAPHS,
)
def test_the_first_of_all_that_explain_it_is_named(
    conditions: list[Condition], before: dict[str, set[str]], mains: dict[str, set[str]]
) -> None:
    told = [one.facts.get(INHIBITED_BY) for one in with_explanations(conditions, [], before, mains)]
    each_with_all = [
        next((one.key for one in conditions if _explains(one, other, before, mains)), None)
        for other in conditions
    ]
    assert told == each_with_all
