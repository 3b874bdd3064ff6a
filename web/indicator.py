"""Energy performance indicators over a span, as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from domain.enpi import Enpi, Figure
from web.language import N_
from web.span import Span

LEVELS = {
    "stream": N_("process and resource"),
    "process": N_("process"),
    "resource": N_("resource"),
    "plant": N_("whole plant"),
}
#: why a figure is not known, or intervals are not in it
WHY = {
    "missing": N_("readings are missing"),
    "reset": N_("a register restarted"),
    "no_expected": N_("nothing was expected"),
    "output_unknown": N_("what was made is not known"),
    "no_output": N_("nothing was made"),
    "outputs_differ": N_("its outputs have different units"),
    "mixed_products": N_("other products were made too"),
    "product_unknown": N_("which product was made is not known"),
    "no_price": N_("there is no price"),
    "no_factor": N_("there is no emission factor"),
    "not_commensurable": N_("different resources do not add up"),
    "part_unknown": N_("a part of it is not known"),
    "no_baseline": N_("there is no baseline in force"),
    "fit_undefined": N_("how well the baseline fits is not known"),
    "too_few_points": N_("too few intervals"),
    "not_judged": N_("nothing was judged"),
}


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """The indicators of one process, resource or plant; of the last twelve whole months beside them."""

    process_name: str  # "" = all
    resource_name: str  # "" = several
    enpi: Enpi
    year: Enpi | None  # None: not each of the twelve months was judged, or they are still added up


@dataclass(frozen=True, slots=True)
class Indicators:
    """What the page shows."""

    rows: Sequence[IndicatorRow]
    year: tuple[date, date]  # first and last day of the twelve months
    is_year_pending: bool  # they are added up now, for whoever asks again
    as_of: datetime


class IndicatorsOf(Protocol):
    """Returns the indicators of a span at a level (a key of LEVELS)."""

    def __call__(self, span: Span, level: str) -> Indicators: ...


def why_of(figure: Figure, why: str = "") -> str:
    """Return the key of WHY that says best why a figure is not known; "" where it is."""
    if why:
        return why
    if figure.value is not None:
        return ""
    reasons: Mapping[str, int] = figure.left_out
    return max(reasons, key=lambda name: reasons[name]) if reasons else "not_judged"
