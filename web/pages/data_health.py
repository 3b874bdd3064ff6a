"""Data health: what arrives, what is missing, what is refused and why; for maintenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol

from starlette.responses import Response

from domain.reading import Reject, RejectReason
from domain.user import Action
from web.language import N_
from web.page import NavEntry, Page
from web.stream import live
from web.visit import Visit

NAV = NavEntry(N_("Data health"), "/data", Action.SEE_DATA_HEALTH)
SHOWN_REJECTS, SHOWN_BYTES = 50, 400
#: a clock this far ahead, or readings this long on their way, are worth a look [s]
AHEAD_S, LATE_S = 5.0, 300.0
#: a day with less than this is worth a look, with less than that a worry
GOOD, POOR = 0.99, 0.90


@dataclass(frozen=True, slots=True)
class MeterHealth:
    """One meter or variable."""

    id: str
    process: str  # its name; "" for a variable
    last_seen: datetime | None
    silent_since: datetime | None
    delay_s: float | None  # arrival minus the payload's time; None = not known
    days: tuple[float | None, ...]  # covered share of each day


@dataclass(frozen=True, slots=True)
class Meters:
    """All of them, over the same days."""

    days: tuple[date, ...]
    rows: tuple[MeterHealth, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a process and what it says of itself."""

    process: str  # "" = the one that serves the page
    name: str
    status: str  # ok | degraded | failing
    detail: str
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign of life: when it was seen last, and after how long without it something is wrong."""

    what: str  # a key of SIGNS
    at: datetime | None  # None = never
    is_late: bool


@dataclass(frozen=True, slots=True)
class Rejects:
    """Refused messages: how many are kept by reason, and the latest."""

    counts: Mapping[RejectReason, int]
    latest: Sequence[Reject]


class ReadRejects(Protocol):
    """Returns what was refused, the newest first."""

    def __call__(self, reason: RejectReason | None, limit: int) -> Rejects: ...


@dataclass(frozen=True, slots=True)
class DataHealth:
    """What the page is made from."""

    meters: Callable[[], Meters]
    parts: Callable[[], Sequence[Part]]
    signs: Callable[[], Sequence[Sign]]
    rejects: ReadRejects


PARTS = {
    "broker": N_("Broker"),
    "spool": N_("Spool"),
    "shipping": N_("To the series store"),
    "analysis": N_("Analysis"),
    "outbox": N_("Messages to people"),
    "jobs": N_("Jobs"),
}
FIGURES = {
    "messages": N_("messages"),
    "readings": N_("readings"),
    "missing_messages": N_("messages that never came"),
    "records": N_("readings that wait"),
    "bytes": N_("on disk"),
    "max_bytes": N_("at most"),
    "damaged_records": N_("damaged"),
    "shipped": N_("shipped"),
    "refused": N_("refused"),
    "intervals_judged": N_("intervals judged"),
    "streams_learning": N_("still learning"),
    "lag_s": N_("behind"),
    "waiting": N_("waiting"),
    "given_up": N_("given up"),
}
SIGNS = {
    "message": N_("Newest message from the broker"),
    "reading": N_("Newest reading in the series store"),
    "analysis": N_("Judged by the analysis until"),
    "unsent": N_("Oldest message to people that waits"),
}
STATUS = {"ok": N_("in order"), "degraded": N_("needs attention"), "failing": N_("does not work")}
REASONS = {
    RejectReason.UNKNOWN_TOPIC: N_("no meter has this topic"),
    RejectReason.UNKNOWN_METER: N_("too many meters that nobody declared"),
    RejectReason.BAD_TOPIC: N_("the topic is no name"),
    RejectReason.BAD_METER: N_("the message does not name its meter"),
    RejectReason.TOO_LARGE: N_("too large"),
    RejectReason.NOT_PARSED: N_("cannot be read"),
    RejectReason.MISSING_VALUE: N_("the value is missing"),
    RejectReason.NOT_A_NUMBER: N_("the value is no number"),
    RejectReason.OUT_OF_RANGE: N_("no meter can have sent this number"),
    RejectReason.MISSING_TIME: N_("the time is missing"),
    RejectReason.BAD_TIME: N_("the time cannot be read"),
    RejectReason.TIME_IN_FUTURE: N_("the time lies in the future"),
    RejectReason.TIME_TOO_OLD: N_("the time is too old"),
    RejectReason.NOT_BORN: N_("Sparkplug data without a birth"),
    RejectReason.REFUSED_BY_STORE: N_("refused by the series store"),
}


def data_pages(health: DataHealth) -> tuple[Page, ...]:
    """Return the rows."""

    def show(visit: Visit) -> Response:
        asked = visit.request.query_params.get("reason", "")
        reason = RejectReason(asked) if asked in set(RejectReason) else None
        return visit.page(
            "data.html", meters=health.meters(), reason=reason, words=REASONS, printable=printable,
            rejects=health.rejects(reason, SHOWN_REJECTS), level=level, is_odd=is_odd, **signs(visit),
        )  # fmt: skip

    def signs(visit: Visit) -> dict[str, Any]:
        named = {"sign_words": SIGNS, "part_words": PARTS, "status_words": STATUS}
        lines = partial(figure_lines, visit)
        return {"parts": health.parts(), "signs": health.signs(), "figure_lines": lines, **named}

    def stream(visit: Visit) -> Response:
        return live(visit, lambda: visit.draw("data_live.html", signs(visit)), 5.0)

    return (
        Page("/data", show, Action.SEE_DATA_HEALTH),
        Page("/data/live", stream, Action.SEE_DATA_HEALTH),
    )


def figure_lines(visit: Visit, part: Part) -> list[str]:
    """Return what a part counts, in words; what is not known is left out."""
    lines = []
    for key, word in FIGURES.items():
        value = part.figures.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            lines.append(f"{_figure(visit, key, float(value))} {visit.say(word)}")
    return lines


def _figure(visit: Visit, key: str, value: float) -> str:
    if key.endswith("bytes"):
        return f"{visit.figures.number(value / 1e6, 3)} MB"
    return visit.figures.duration(value) if key.endswith("_s") else visit.figures.number(value, 12)


def level(share: float | None) -> str:
    """Return how a day's share is shown: colour only where it is worth a look.

    >>> [level(share) for share in (None, 1.0, 0.95, 0.2)]
    ['unknown', 'full', 'part', 'poor']
    """
    if share is None:
        return "unknown"
    return "full" if share >= GOOD else "part" if share >= POOR else "poor"


def is_odd(delay_s: float | None) -> bool:
    """Return whether a meter's clock, or the way of its readings, wants a look."""
    return delay_s is not None and (delay_s < -AHEAD_S or delay_s > LATE_S)


def printable(payload: bytes) -> str:
    """Return a payload as a person can read it, whatever it holds.

    >>> printable(b'{"v": 1}'), printable(b"a\\x00\\xff"), printable(b"")
    ('{"v": 1}', 'a\\\\x00\\\\xff', '')
    """
    text = payload[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return shown + (" …" if len(payload) > SHOWN_BYTES else "")
