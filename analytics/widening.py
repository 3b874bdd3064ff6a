"""Limits as people have made them: the judge goes on day by day, by the words said before its midnight.

Cut at UTC midnights whatever the call's own span is, so that one call over a year and a call per interval
judge the same interval alike. What somebody says counts from the next midnight on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from analytics.drift.judge import Context, JudgeState, judge
from domain.feedback import Feedback, called_right, limit_factor
from domain.hotspot import Hotspot


def judge_widened(
    state: JudgeState,
    excess: pl.DataFrame,
    calendar: pl.DataFrame,
    context: Context,
    said: Sequence[Feedback],
) -> tuple[JudgeState, list[Hotspot]]:
    """Return what `judge` returns; its limits are as wide as the feedback on this stream has made them.

    Args:
        said: all feedback, in the order in which it was said.
    """
    own = [one for one in said if (one.process, one.resource) == (context.process, context.resource)]
    if not own or excess.is_empty():
        return judge(state, excess, calendar, context)
    found: dict[str, Hotspot] = {}
    days = excess["start"].dt.truncate("1d")
    for midnight in days.unique(maintain_order=True):
        rows = days == midnight
        names = (context.process, context.resource, midnight)
        wide = replace(context, limit_factor=limit_factor(own, *names), confirmed=called_right(own, *names))
        state, changed = judge(state, excess.filter(rows), calendar.filter(rows), wide)
        found |= {hotspot.id: hotspot for hotspot in changed}
    return state, sorted(found.values(), key=lambda one: (one.detected_at, one.kind))
