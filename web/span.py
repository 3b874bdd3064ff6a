"""The span of time, and the part of the plant, that a page shows: read from its address and written back.

`?process=&resource=&from=&to=&compare=&shift=&product=`. Days are the plant's local days, both ends
included; a day may have 23 or 25 hours. What is not in the address has a default; what is wrong there is
refused with what is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from domain.user import Action
from web.errors import Refusal
from web.language import N_
from web.page import NavEntry
from web.visit import Visit

#: days shown where nobody says otherwise, and days at most
DAYS, MOST_DAYS = 7, 400
#: lengths that are one tap away [days]
LENGTHS = (1, 7, 28, 91, 365)
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
COMPARE = {"baseline": N_("baseline"), "previous": N_("previous period"), "none": N_("nothing")}
SHOWN = 60
#: what a span is in an address; `stream` is what the form's one picker sends for process and resource
KEYS = ("process", "resource", "from", "to", "compare", "shift", "product")
NAV = NavEntry(N_("Trends"), "/trends", Action.SEE)
#: the pages below it, in order
TRENDS_NAV = (
    NavEntry(N_("Actual and expected"), "/trends", Action.SEE),
    NavEntry(N_("Losses"), "/trends/losses", Action.SEE),
    NavEntry(N_("Flows"), "/trends/flows", Action.SEE),
    NavEntry(N_("Indicators"), "/trends/indicators", Action.SEE),
    NavEntry(N_("Baselines"), "/trends/baselines", Action.SEE),
)

NOT_A_DATE = N_("%(name)s = %(value)s is not a date: write it like 2026-11-22.")
OUTSIDE = N_("%(name)s = %(value)s: days from %(first)s to %(last)s can be asked for.")
TURNED = N_("The first day, %(first)s, is after the last day, %(last)s.")
TOO_LONG = N_("%(days)s days are more than can be shown at once: %(most)s at most.")
UNKNOWN = N_("%(name)s = %(value)s does not exist here: it can be %(allowed)s.")
NO_STREAM = N_("The process %(process)s has no meter of %(resource)s: it has %(allowed)s.")
NOTHING = N_("This plant has no meters yet: they are adopted on the set-up page.")


@dataclass(frozen=True, slots=True)
class StreamName:
    """A process and a resource as they are called."""

    process: str  # id
    process_name: str
    resource: str  # id
    resource_name: str  # English where it is built in: to be translated
    unit: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be asked for.

    Args:
        zone: of the plant.
        streams: in the order in which they are offered.
        shifts: their names.
        products: process -> ids of what it makes; absent = it is not known.
        now: the plant's clock.
        dearest: the (process, resource) that costs most now; None = none does.
    """

    zone: ZoneInfo
    streams: Sequence[StreamName]
    shifts: Sequence[str]
    products: Mapping[str, Sequence[str]]
    now: Callable[[], datetime]
    dearest: Callable[[], tuple[str, str] | None] = lambda: None
    currency: str = ""  # of the plant

    def named(self, process: str, resource: str) -> StreamName:
        """Return how a stream is called; there has to be one."""
        return next(one for one in self.streams if (one.process, one.resource) == (process, resource))

    def today(self) -> date:
        """Return the plant's local day."""
        return self.now().astimezone(self.zone).date()

    def processes(self) -> dict[str, str]:
        """Return id -> name of every process with a meter."""
        return {one.process: one.process_name for one in self.streams}

    def resources(self) -> dict[str, str]:
        """Return id -> name of every resource with a meter."""
        return {one.resource: one.resource_name for one in self.streams}


@dataclass(frozen=True, slots=True)
class Span:
    """What a page shows. `process` or `resource` "" = all of them, on pages of the whole plant."""

    process: str
    resource: str
    first: date
    last: date  # included
    zone: ZoneInfo
    compare: str = "baseline"  # a key of COMPARE
    shift: str = ""  # "" = all hours
    product: str = ""  # "" = whatever is made

    @property
    def days(self) -> int:
        """Return how many local days it has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """Return its first instant, UTC."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """Return the instant after its last one, UTC."""
        return midnight(self.last + timedelta(days=1), self.zone)

    def moved(self, days: int) -> Span:
        """Return the span some days later; negative = earlier."""
        step = timedelta(days=days)
        return replace(self, first=self.first + step, last=self.last + step)

    def previous(self) -> Span:
        """Return the span of the same length right before it."""
        return self.moved(-self.days)

    def next(self) -> Span:
        """Return the span of the same length right after it."""
        return self.moved(self.days)

    def until(self, last: date, days: int | None = None) -> Span:
        """Return the span that ends with a day, of the same length or of so many days."""
        return replace(self, first=last - timedelta(days=(days or self.days) - 1), last=last)

    def over(self, first: date, last: date) -> Span:
        """Return the same part of the plant over other days."""
        return replace(self, first=first, last=last)

    def of(self, process: str, resource: str) -> Span:
        """Return the same time of another process and resource; a product of this one says nothing there."""
        return replace(
            self, process=process, resource=resource, product=self.product if process == self.process else ""
        )

    def parts(self) -> dict[str, str]:
        """Return what stands in an address, without what is as by default."""
        whole = {
            "process": self.process,
            "resource": self.resource,
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "compare": "" if self.compare == "baseline" else self.compare,
            "shift": self.shift,
            "product": self.product,
        }
        return {name: text for name, text in whole.items() if text}

    def query(self, **more: str) -> str:
        """Return it as the query of an address, with what a page adds of its own.

        >>> Span("dye", "water", date(2026, 3, 1), date(2026, 3, 7), ZoneInfo("UTC")).query(by="money")
        'process=dye&resource=water&from=2026-03-01&to=2026-03-07&by=money'
        """
        return urlencode(self.parts() | {name: text for name, text in more.items() if text})


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, UTC.

    >>> midnight(date(2026, 3, 1), ZoneInfo("Asia/Ho_Chi_Minh")).isoformat()
    '2026-02-28T17:00:00+00:00'
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def span_facts(span: Span, choices: Choices) -> dict[str, Any]:
    """Return what `date_bar.html` and `trends_nav.html` are drawn from."""
    words = {"compare_words": COMPARE, "lengths": LENGTHS, "trends_nav": TRENDS_NAV}
    return {"span": span, "choices": choices, **words}


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
