"""The span that a request asks for, read from its address.

What is not in the address has a default; what is wrong there is refused with what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from web.errors import Refusal
from web.language import N_
from web.span import COMPARE, MOST_DAYS, Span
from web.span_choices import Choices
from web.visit import Visit

#: days shown where nobody says otherwise
DAYS = 7
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
SHOWN = 60  # characters of what is wrong that are said again

NOT_A_DATE = N_("%(name)s = %(value)s is not a date: write it like 2026-11-22.")
OUTSIDE = N_("%(name)s = %(value)s: days from %(first)s to %(last)s can be asked for.")
TURNED = N_("The first day, %(first)s, is after the last day, %(last)s.")
TOO_LONG = N_("%(days)s days are more than can be shown at once: %(most)s at most.")
UNKNOWN = N_("%(name)s = %(value)s does not exist here: it can be %(allowed)s.")
NO_STREAM = N_("The process %(process)s has no meter of %(resource)s: it has %(allowed)s.")
NOTHING = N_("This plant has no meters yet: they are adopted on the set-up page.")


def span_of(visit: Visit, choices: Choices, *, whole_plant: bool = False, status: int = 400) -> Span:
    """Return the span that a request asks for.

    Args:
        whole_plant: neither process nor resource need be given; they are "" then. Otherwise what is left out
            is the dearest stream now, else the first that fits.
        status: of the refusal: 400 for pages, 422 for the API.

    Raises:
        Refusal: something in it is wrong; says what is allowed, in the reader's language.
    """
    given = {name: text.strip() for name, text in visit.request.query_params.items()}
    ask = _Asked(visit, given, status)
    first, last = ask.days(choices.today())
    process, resource = ask.stream(choices, whole_plant=whole_plant)
    product = ask.one_of("product", sorted({name for names in choices.products.values() for name in names}))
    made = choices.products.get(process, ()) if process else (product,)
    return Span(
        process, resource, first, last, choices.zone, ask.one_of("compare", COMPARE) or "baseline",
        ask.one_of("shift", choices.shifts), product if product in made else "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What stands in an address, and how to refuse it."""

    visit: Visit
    given: Mapping[str, str]
    status: int

    def refused(self, text: str, **facts: Any) -> Refusal:
        return Refusal(self.status, self.visit.say(text) % facts)

    def one_of(self, name: str, allowed: Sequence[str] | Mapping[str, str]) -> str:
        """Return one of these names, or "" where nothing is given."""
        text = self.given.get(name, "")
        if text and text not in allowed:
            raise self.unknown(name, text, allowed)
        return text

    def unknown(self, name: str, text: str, allowed: Sequence[str] | Mapping[str, str]) -> Refusal:
        names = ", ".join(list(allowed)[:40]) or "–"
        return self.refused(UNKNOWN, name=name, value=text[:SHOWN], allowed=names)

    def day(self, name: str) -> date | None:
        text = self.given.get(name, "")
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise self.refused(NOT_A_DATE, name=name, value=text[:SHOWN]) from None
        if not EARLIEST <= day <= LATEST:
            raise self.refused(OUTSIDE, name=name, value=text[:SHOWN], first=EARLIEST, last=LATEST)
        return day

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day."""
        first, last = self.day("from"), self.day("to")
        step = timedelta(days=DAYS - 1)
        if last is None:
            last = today if first is None else max(first, min(first + step, today))
        first = first or last - step
        if first > last:
            raise self.refused(TURNED, first=first, last=last)
        days = (last - first).days + 1
        if days > MOST_DAYS:
            raise self.refused(TOO_LONG, days=days, most=MOST_DAYS)
        return first, last

    def stream(self, choices: Choices, *, whole_plant: bool) -> tuple[str, str]:
        """Return process and resource."""
        if "stream" in self.given:  # the form's picker: "process/resource"
            process, _, resource = self.given["stream"].partition("/")
        else:
            process, resource = self.given.get("process", ""), self.given.get("resource", "")
        for name, text, allowed in (
            ("process", process, choices.processes()), ("resource", resource, choices.resources()),
        ):  # fmt: skip
            if text and text not in allowed:
                raise self.unknown(name, text, allowed)
        pairs = [(one.process, one.resource) for one in choices.streams]
        fitting = [pair for pair in pairs if process in {"", pair[0]} and resource in {"", pair[1]}]
        if not fitting and process and resource:
            has = ", ".join(of for where, of in pairs if where == process)
            raise self.refused(NO_STREAM, process=process, resource=resource, allowed=has)
        if whole_plant or (process and resource):
            return process, resource
        if not fitting:
            raise Refusal(404, self.visit.say(NOTHING))
        dearest = choices.dearest()
        return dearest if dearest in fitting else fitting[0]
