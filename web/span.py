"""The span of time, and the part of the plant, that a page shows.

`?process=&resource=&from=&to=&compare=&shift=&product=`. Days are the plant's local days, both ends
included; a day may have 23 or 25 hours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from web.language import N_

#: days that can be asked for at once
MOST_DAYS = 400
COMPARE = {"baseline": N_("baseline"), "previous": N_("previous period"), "none": N_("nothing")}


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
