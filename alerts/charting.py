"""The chart of a message: which alert's it is, and what becomes of it where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from alerts.chart import Chart, CurveOf, chart_of, chart_window
from alerts.clean import inert_facts
from alerts.figures import Letterhead
from alerts.outbox import items_of
from domain.alert import AlertKind, OutboxMessage
from domain.errors import WorldError

_log = structlog.get_logger(__name__)


def message_chart(message: OutboxMessage, curve_of: CurveOf | None, head: Letterhead) -> Chart | None:
    """Return the chart of the one hotspot that a message speaks of; None where there is none to show.

    A store that is away costs the chart, never the message.
    """
    items = items_of(message)
    if curve_of is None or len(items) != 1 or items[0]["kind"] != AlertKind.HOTSPOT:
        return None
    try:
        return _chart(inert_facts(items[0]), items[0]["facts"], curve_of, head)
    except WorldError as away:
        _log.warning("alerts.chart_left_out", dedup_key=message.dedup_key, error=str(away))
        return None


def _chart(
    item: Mapping[str, Any], facts: Mapping[str, Any], curve_of: CurveOf, head: Letterhead
) -> Chart | None:
    start, end = chart_window(item)
    curve = curve_of(str(facts["process"]), str(facts["resource"]), start, end)
    return None if curve is None else chart_of(item, curve, head)
