"""Work: what is to be done about losses, the dearest first; by whom, how far, and until when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from domain.user import Action
from domain.work import WorkOrder, WorkState
from web.alert_words import WORK
from web.errors import Refusal
from web.language import N_
from web.page import NavEntry, Page
from web.visit import Visit

NAV = NavEntry(N_("Work"), "/work", Action.SEE)
#: what is shown: alerts without an order ask for one
STATES = {
    "open": N_("open"),
    "wanted": N_("no order yet"),
    "ordered": WORK["ordered"],
    "taken": WORK["taken"],
    "done": WORK["done"],
    "all": N_("everything"),
}
SORTS = {"loss": N_("dearest first"), "due": N_("due first"), "since": N_("oldest first")}
WRONG = N_("%(name)s = %(value)s does not exist here: it can be %(allowed)s.")


@dataclass(frozen=True, slots=True)
class WorkLine:
    """An alert that wants work, or whose work was done lately."""

    fingerprint: str
    title: str
    process: str  # id; "" = none
    process_name: str
    since: datetime
    is_over: bool
    cost_per_hour: float | None
    cost_total: float | None
    assigned_to: str
    order: WorkOrder | None

    @property
    def owner(self) -> str:
        """Return who does it, or who was asked to; "" = nobody."""
        return (self.order.taken_by if self.order else "") or self.assigned_to

    @property
    def state(self) -> str:
        """Return a key of STATES."""
        return str(self.order.state) if self.order else "wanted"

    def is_late(self, today: date) -> bool:
        """Return whether it should have been done."""
        order = self.order
        return bool(order and order.due and order.due < today and order.state is not WorkState.DONE)


#: language -> every line
WorkList = Callable[[str], Sequence[WorkLine]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is shown."""

    state: str = "open"
    process: str = ""
    mine: bool = False
    sort: str = "loss"


def work_pages(lines: WorkList, today: Callable[[], date]) -> tuple[Page, ...]:
    """Return the rows."""

    def show(visit: Visit) -> Response:
        every = lines(visit.language)
        processes = {one.process: one.process_name for one in every if one.process}
        wanted = _wanted(visit, processes)
        found = chosen(every, wanted, visit.user.name)
        running = [one.cost_per_hour for one in found if not one.is_over]
        priced = [cost for cost in running if cost is not None]
        asked = address_of(wanted)
        return visit.page(
            "work.html", lines=found, wanted=wanted, processes=processes, STATES=STATES, SORTS=SORTS,
            today=today(), total=sum(priced), unpriced=len(running) - len(priced),
            asked=asked, back=f"/work?{asked}", may_work=visit.may(Action.WORK),
        )  # fmt: skip

    return (Page("/work", show, Action.SEE),)


def address_of(wanted: Wanted) -> str:
    """Return what stands behind the `?` of the same list, as a page and as a file.

    >>> address_of(Wanted(process="dye & wash", mine=True))
    'state=open&sort=loss&process=dye+%26+wash&mine=true'
    """
    query = {"state": wanted.state, "sort": wanted.sort}
    query |= {"process": wanted.process} if wanted.process else {}
    return urlencode(query | ({"mine": "true"} if wanted.mine else {}))


def _wanted(visit: Visit, processes: Mapping[str, str]) -> Wanted:
    query = visit.request.query_params
    wanted = Wanted(
        query.get("state", "open"), query.get("process", ""), mine=query.get("mine", "") in {"1", "true"},
        sort=query.get("sort", "loss"),
    )  # fmt: skip
    allowed: dict[str, tuple[str, Mapping[str, str]]] = {
        "state": (wanted.state, STATES),
        "sort": (wanted.sort, SORTS),
        "process": (wanted.process, {"": "", **processes}),
    }
    for name, (value, known) in allowed.items():
        if value not in known:
            shown = ", ".join(one for one in known if one)
            raise Refusal(400, visit.say(WRONG) % {"name": name, "value": value[:60], "allowed": shown})
    return wanted


def chosen(lines: Sequence[WorkLine], wanted: Wanted, who: str) -> list[WorkLine]:
    """Return the lines that are wanted, in the wanted order; what has no price comes after what has one."""

    def fits(one: WorkLine) -> bool:
        if wanted.state == "open":
            state = one.state != "done" and not (one.is_over and one.order is None)
        else:
            state = wanted.state in {"all", one.state}
        return state and wanted.process in {"", one.process} and (not wanted.mine or one.owner == who)

    keys: dict[str, Callable[[WorkLine], tuple[object, ...]]] = {
        "loss": lambda one: (-(one.cost_per_hour or 0.0), one.since, one.fingerprint),
        "due": lambda one: ((one.order and one.order.due) or date.max, one.since, one.fingerprint),
        "since": lambda one: (one.since, one.fingerprint),
    }
    return sorted((one for one in lines if fits(one)), key=keys[wanted.sort])
