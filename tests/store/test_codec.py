"""Any record survives the ledger: as a row, and through the JSON of its columns."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.acceptance import Acceptance, Criterion
from domain.alert import Alert, OutboxMessage
from domain.baseline import Baseline, Decision, Finding, FitStatistics
from domain.hotspot import Hotspot, Snapshot
from store.codec import (
    alert_of,
    baseline_of,
    baseline_row,
    hotspot_of,
    message_of,
    row_of,
    snapshot_of,
    to_json,
)
from store.tables import ALERT, BASELINE, HOTSPOT, OUTBOX, SNAPSHOT

numbers = st.floats(allow_nan=False, allow_infinity=False)
instants = st.datetimes(timezones=st.just(UTC))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(),
    lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.text(), deeper, max_size=3),
    max_leaves=6,
)
ANY: dict[object, st.SearchStrategy[Any]] = {
    float: numbers,
    float | None: st.none() | numbers,
    datetime: instants,
    datetime | None: st.none() | instants,
    Mapping[str, Any]: st.dictionaries(st.text(), values, max_size=3),
    tuple[Finding, ...]: st.deferred(lambda: st.lists(some(Finding), max_size=2).map(tuple)),
    tuple[Acceptance, ...]: st.deferred(lambda: st.lists(some(Acceptance), max_size=2).map(tuple)),
    tuple[Criterion, ...]: st.deferred(lambda: st.lists(some(Criterion), max_size=2).map(tuple)),
    Decision | None: st.deferred(lambda: st.none() | some(Decision)),
    FitStatistics: st.deferred(lambda: some(FitStatistics)),
    FitStatistics | None: st.deferred(lambda: st.none() | some(FitStatistics)),
}


def some(record: type[Any]) -> st.SearchStrategy[Any]:
    """Return any record of a type: every float finite, every instant aware, every mapping JSON."""
    hints = get_type_hints(record)
    return st.builds(record, **{name: ANY[hint] for name, hint in hints.items() if hint in ANY})


def through(table: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it comes back: JSON columns went through text."""
    kinds = {column.name: column.type for column in table.columns}
    assert row.keys() == kinds.keys()
    return {
        name: json.loads(to_json(value)) if "JSON" in str(kinds[name]) and value is not None else value
        for name, value in row.items()
    }


@settings(deadline=None)
@given(some(Hotspot), some(Alert), some(OutboxMessage), some(Snapshot))
def test_flat_records_come_back_as_they_were(
    hotspot: Hotspot, alert: Alert, message: OutboxMessage, snapshot: Snapshot
) -> None:
    assert hotspot_of(through(HOTSPOT, row_of(hotspot))) == hotspot
    assert alert_of(through(ALERT, row_of(alert))) == alert
    assert message_of(through(OUTBOX, row_of(message))) == message
    assert snapshot_of(through(SNAPSHOT, row_of(snapshot))) == snapshot


@settings(deadline=None)
@given(some(Baseline))
def test_a_baseline_with_its_findings_comes_back_as_it_was(baseline: Baseline) -> None:
    assert baseline_of(through(BASELINE, baseline_row(baseline))) == baseline


def test_rows_hold_plain_words_not_enums() -> None:
    from tests.store.builders import a_hotspot, an_alert

    for row in (row_of(a_hotspot()), row_of(an_alert())):
        assert all(type(value) is str for value in row.values() if isinstance(value, str))


def test_json_takes_what_evidence_is_made_of_and_nothing_that_is_no_number() -> None:
    found = to_json(
        {"n": np.int64(3), "x": np.float32(0.5), "m": MappingProxyType({"t": (1, 2)}), "w": "Nước"}
    )
    assert json.loads(found) == {"n": 3, "x": 0.5, "m": {"t": [1, 2]}, "w": "Nước"}
    assert found.isascii()
    for bad in (float("nan"), float("inf"), np.float64("nan")):
        with pytest.raises(ValueError, match="JSON"):
            to_json({"x": bad})
    with pytest.raises(TypeError, match="object"):
        to_json({"x": object()})
