"""What an export says about itself: of which plant, time and part it is, and how much of it is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from web.language import N_
from web.span import Span
from web.span_choices import Choices
from web.visit import Visit

LABELS = {
    "plant": N_("Plant"),
    "page": N_("Page"),
    "span": N_("Days"),
    "zone": N_("Time zone"),
    "process": N_("Process"),
    "resource": N_("Resource"),
    "shift": N_("Shift"),
    "product": N_("Product"),
    "made": N_("Made at"),
    "coverage": N_("Coverage"),
    "as_of": N_("As of"),
}
ALL = N_("all")


def about_of(
    visit: Visit, span: Span, choices: Choices, *, coverage: float | None = None,
    as_of: datetime | None = None,
) -> Sequence[tuple[str, str]]:  # fmt: skip
    """Return labels and texts in the reader's language.

    Args:
        coverage: share of the intervals that is known, 0 .. 1; None = nothing is asked for that has any.
        as_of: when the figures were added up; None = now.
    """

    def local(at: datetime) -> str:
        return at.astimezone(span.zone).isoformat(" ", "minutes")

    every = visit.say(ALL)
    rows = {
        "plant": visit.site.plant,
        "page": visit.request.url.path,
        "span": f"{span.first} – {span.last}",
        "zone": span.zone.key,
        "process": choices.processes().get(span.process, every),
        "resource": visit.say(choices.resources().get(span.resource, "")) if span.resource else every,
        "shift": span.shift or every,
        "product": span.product or every,
        "made": local(choices.now()),
        "coverage": "" if coverage is None else f"{100.0 * coverage:.1f} %",
        "as_of": "" if as_of is None else local(as_of),
    }
    return [(visit.say(LABELS[name]), text) for name, text in rows.items() if text]
