"""The pages of the trends, and what stands above each of them: where one can go, and the span."""

from __future__ import annotations

from typing import Any

from domain.user import Action
from web.language import N_
from web.page import NavEntry
from web.span import COMPARE, Span
from web.span_choices import Choices

#: lengths that are one tap away [days]
LENGTHS = (1, 7, 28, 91, 365)
NAV = NavEntry(N_("Trends"), "/trends", Action.SEE)
#: the pages below it, in order
TRENDS_NAV = (
    NavEntry(N_("Actual and expected"), "/trends", Action.SEE),
    NavEntry(N_("Losses"), "/trends/losses", Action.SEE),
    NavEntry(N_("Flows"), "/trends/flows", Action.SEE),
    NavEntry(N_("Indicators"), "/trends/indicators", Action.SEE),
    NavEntry(N_("Baselines"), "/trends/baselines", Action.SEE),
)


def span_facts(span: Span, choices: Choices) -> dict[str, Any]:
    """Return what `date_bar.html` and `trends_nav.html` are drawn from."""
    words = {"compare_words": COMPARE, "lengths": LENGTHS, "trends_nav": TRENDS_NAV}
    return {"span": span, "choices": choices, **words}
