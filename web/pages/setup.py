"""Set-up: what is published at the broker, what it would become, and adopting it into the plant file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.responses import Response

from domain.user import Action
from web.errors import Refusal
from web.language import N_
from web.page import NavEntry, Page
from web.pages.data_health import printable
from web.visit import Visit

NAV = NavEntry(N_("Set-up"), "/setup", Action.EDIT_PLANT)
#: how long one may listen [s]
SECONDS = (30, 120, 600)
FORM_BYTES = 2 * 2**20
TABLES = {
    "process": N_("Process"),
    "resource": N_("Resource"),
    "meter": N_("Meter"),
    "variable": N_("Relevant variable"),
    "source": N_("Many meters at once"),
}


@dataclass(frozen=True, slots=True)
class Listening:
    """How far listening is."""

    is_on: bool
    seconds_left: float
    topics: int
    messages: int
    trouble: str  # why it ended early; "" = it did not


@dataclass(frozen=True, slots=True)
class Preview:
    """The last message of a topic, and what it became."""

    topic: str
    payload: bytes
    values: tuple[tuple[str, float, str, int], ...]  # meter, value, canonical unit, time [us]
    refused: str  # why nothing; "" = it became values
    retained: bool


@dataclass(frozen=True, slots=True)
class FoundKey:
    """One line of a proposed table."""

    key: str
    value: str | bool
    why: str
    is_guess: bool  # wants a person's look


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One proposed table of the plant file."""

    number: int
    table: str
    keys: tuple[FoundKey, ...]
    blocked: str  # why it cannot be used as it is; "" = it can
    preview: Preview | None


@dataclass(frozen=True, slots=True)
class Found:
    """What came of listening."""

    rows: tuple[FoundRow, ...]
    known: tuple[Preview, ...]  # topics that are read already
    left_out: tuple[tuple[str, str], ...]  # topic, why
    problems: tuple[str, ...]  # why the proposal as a whole does not load


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of adopting. With problems nothing was written."""

    problems: tuple[str, ...]
    fragment: str  # to be copied by hand where the file cannot be written
    file: str
    rows: int


class SetUp(Protocol):
    """What the page asks."""

    def listen(self, seconds: float) -> None:
        """Begin to listen; raise RefusedError while somebody else does."""
        ...

    def listening(self) -> Listening | None:
        """Return how far it is; None before the first time."""
        ...

    def found(self) -> Found | None:
        """Return what was heard, once listening is over."""
        ...

    def adopt(self, chosen: Mapping[int, Mapping[str, str]], by: str) -> Adopted:
        """Append rows, with the texts of these keys, to the plant file."""
        ...


def setup_pages(set_up: SetUp) -> tuple[Page, ...]:
    """Return the rows."""

    def show(visit: Visit) -> Response:
        return visit.page("setup.html", adopted=None, **_facts(set_up))

    def heard(visit: Visit) -> Response:
        return visit.page("setup_heard.html", adopted=None, **_facts(set_up))

    def listen(visit: Visit) -> Response:
        seconds = visit.typed("seconds")
        if seconds not in map(str, SECONDS):
            raise Refusal(422, ", ".join(map(str, SECONDS)))
        set_up.listen(float(seconds))
        return visit.go("/setup")

    def adopt(visit: Visit) -> Response:
        adopted = set_up.adopt(_chosen(visit), visit.user.name)
        return visit.page(
            "setup.html", status=422 if adopted.problems else 200, adopted=adopted, **_facts(set_up)
        )

    right = Action.EDIT_PLANT
    return (
        Page("/setup", show, right),
        Page("/setup/heard", heard, right),
        Page("/setup/listen", listen, right, "POST"),
        Page("/setup/adopt", adopt, right, "POST", most_bytes=FORM_BYTES),
    )


def _facts(set_up: SetUp) -> dict[str, Any]:
    listening = set_up.listening()
    found = None if listening is None or listening.is_on else set_up.found()
    return {
        "listening": listening, "found": found, "choices": SECONDS, "printable": printable,
        "table_words": TABLES,
    }  # fmt: skip


def _chosen(visit: Visit) -> dict[int, dict[str, str]]:
    """Return the rows that were ticked, each with the texts of its fields ("7.unit")."""
    numbers: Sequence[object] = visit.form.getlist("row")
    chosen: dict[int, dict[str, str]] = {
        int(one): {} for one in numbers if isinstance(one, str) and one.isdigit() and len(one) < 7
    }
    for name, value in visit.form.multi_items():
        number, dot, key = name.partition(".")
        if dot and number.isdigit() and int(number) in chosen and isinstance(value, str):
            chosen[int(number)][key] = value.strip()
    return chosen
