"""One alert: what, why, what to do, and what was done; every deed is a form that works without scripts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Protocol
from urllib.parse import quote, urlencode

from starlette.datastructures import UploadFile
from starlette.responses import Response

from domain.alert import Alert, AlertState
from domain.alert_facts import facts_of
from domain.feedback import NEEDS_A_REASON, Verdict
from domain.user import Action
from web.alert_reasons import actor, reason
from web.alert_story import AlertStory
from web.alert_words import CHANGES, SEVERITIES, STATES, UNANSWERED, VERDICTS, WORK, leads
from web.errors import Refusal
from web.language import N_
from web.page import Page
from web.visit import Visit

LONGEST = 2000
#: what a phone may send; it is kept as a picture of some hundred kilobytes
PHOTO_BYTES = 10 * 10**6
#: how long a snooze may last, in hours; "" = until the shift ends
SNOOZES = {"": N_("until the shift ends"), "24": N_("a day"), "72": N_("three days"), "168": N_("a week")}
#: what can be said of an alert when one is done with it
RESOLVED_BY = (Verdict.FIXED, Verdict.NORMAL_CHANGE, Verdict.METER_FAULT, Verdict.FALSE_ALARM)
#: before and after the alert, on the chart that its link leads to
AROUND = timedelta(days=1)


class ReadAlert(Protocol):
    """Returns an episode of an alert, the latest where none is named; None where there is none."""

    def __call__(self, fingerprint: str, language: str, episode: int | None = None) -> AlertStory | None: ...


Told = Alert | None


class AlertDeeds(Protocol):
    """What can be done about an alert: each returns it as it then stands, None where there is none."""

    def acknowledge(self, fingerprint: str, who: str, why: str = "") -> Told: ...
    def unacknowledge(self, fingerprint: str, who: str, why: str = "") -> Told: ...
    def snooze(self, fingerprint: str, who: str, why: str = "", until: datetime | None = None) -> Told:
        """Keep quiet until an instant; until the end of the shift where none is given."""
        ...

    def unsnooze(self, fingerprint: str, who: str, why: str = "") -> Told: ...
    def assign(self, fingerprint: str, to: str, who: str, why: str = "") -> Told:
        """Make it a user's; "" = nobody's again."""
        ...

    def comment(self, fingerprint: str, who: str, text: str) -> Told: ...
    def add_photo(self, fingerprint: str, who: str, data: bytes, text: str = "") -> Told: ...
    def photo(self, fingerprint: str, photo_id: str) -> bytes | None: ...
    def judge(self, fingerprint: str, verdict: Verdict, who: str, why: str) -> Told: ...
    def tick(self, fingerprint: str, check: str, who: str, *, done: bool) -> Told: ...
    def order_work(self, fingerprint: str, what: str, due: date | None, who: str) -> Told: ...
    def take_work(self, fingerprint: str, who: str, instead_of: str = "") -> Told:
        """Make it the work of who asks; somebody else's only where they are named."""
        ...

    def finish_work(self, fingerprint: str, outcome: str, who: str) -> Told: ...


def alert_pages(read: ReadAlert, deeds: AlertDeeds, now: Callable[[], datetime]) -> tuple[Page, ...]:
    """Return the rows.

    Args:
        now: the plant's time: what is today, and which days an alert covers.
    """
    pages = _AlertPages(read, deeds, now)
    path = "/a/{fingerprint}"

    def post(name: str, deed: Callable[[Visit, str], Told], right: Action) -> Page:
        return Page(f"{path}/{name}", _doing(deed), right, "POST", most_bytes=16 * 2**10)

    return (
        Page(path, pages.show, Action.SEE),
        post("acknowledge", pages.acknowledge, Action.ACKNOWLEDGE),
        post("unacknowledge", pages.unacknowledge, Action.ACKNOWLEDGE),
        post("snooze", pages.snooze, Action.SNOOZE),
        post("unsnooze", pages.unsnooze, Action.SNOOZE),
        post("assign", pages.assign, Action.ASSIGN),
        Page(
            f"{path}/comment", _doing(pages.comment), Action.COMMENT, "POST", most_bytes=PHOTO_BYTES + 2**16
        ),
        Page(f"{path}/photo/{{photo}}", pages.photo, Action.SEE),
        post("resolve", pages.resolve, Action.RESOLVE),
        post("check", pages.check, Action.COMMENT),
        post("order", pages.order, Action.ORDER_WORK),
        post("take", pages.take, Action.WORK),
        post("done", pages.done, Action.WORK),
    )


def _doing(deed: Callable[[Visit, str], Told]) -> Callable[[Visit], Response]:
    """Return what does something and goes back to where it was asked for."""

    def do(visit: Visit) -> Response:
        fingerprint = visit.request.path_params["fingerprint"]
        if deed(visit, fingerprint) is None:
            raise Refusal(404)
        return visit.go(visit.typed("back") or f"/a/{quote(fingerprint)}")

    return do


class _AlertPages:
    """The handlers. What is asked for wrongly is refused with what is allowed."""

    def __init__(self, read: ReadAlert, deeds: AlertDeeds, now: Callable[[], datetime]) -> None:
        self._read, self._deeds, self._now = read, deeds, now

    def show(self, visit: Visit) -> Response:
        fingerprint, asked = (
            visit.request.path_params["fingerprint"],
            visit.request.query_params.get("episode"),
        )
        if asked is not None and not (asked.isdecimal() and len(asked) < 10):
            raise Refusal(400, visit.say(N_("An episode is a number.")))
        story = self._read(fingerprint, visit.language, None if asked is None else int(asked))
        if story is None:
            raise Refusal(404)
        alert = story.alert
        return visit.page(
            "alert.html", story=story, alert=alert, facts=defaultdict(lambda: None, alert.facts),
            trends=trends_path(alert, self._now()), interval=facts_of(alert).interval_per_hour,
            is_over=alert.state is AlertState.RESOLVED, may={one.name: visit.may(one) for one in Action},
            snoozes=SNOOZES, verdicts=RESOLVED_BY, today=self._now().date(),
            reason=reason, actor=actor, leads=leads(visit, alert.facts.get("hotspot_kind")),
            UNANSWERED=UNANSWERED,
            VERDICTS=VERDICTS, CHANGES=CHANGES, SEVERITIES=SEVERITIES, STATES=STATES, WORK=WORK,
        )  # fmt: skip

    def acknowledge(self, visit: Visit, fingerprint: str) -> Told:
        return self._deeds.acknowledge(fingerprint, visit.user.name, visit.typed("why", LONGEST))

    def unacknowledge(self, visit: Visit, fingerprint: str) -> Told:
        return self._deeds.unacknowledge(fingerprint, visit.user.name, visit.typed("why", LONGEST))

    def snooze(self, visit: Visit, fingerprint: str) -> Told:
        hours = visit.typed("hours")
        if hours not in SNOOZES:
            raise Refusal(
                422, visit.say(N_("A snooze lasts until the shift ends, a day, three days or a week."))
            )
        until = self._now() + timedelta(hours=int(hours)) if hours else None
        return self._deeds.snooze(fingerprint, visit.user.name, visit.typed("why", LONGEST), until)

    def unsnooze(self, visit: Visit, fingerprint: str) -> Told:
        return self._deeds.unsnooze(fingerprint, visit.user.name)

    def assign(self, visit: Visit, fingerprint: str) -> Told:
        return self._deeds.assign(fingerprint, visit.typed("to"), visit.user.name)

    def comment(self, visit: Visit, fingerprint: str) -> Told:
        text, photo = visit.typed("text", LONGEST + 1), visit.form.get("photo")
        if isinstance(photo, UploadFile) and (data := photo.file.read()):
            return self._deeds.add_photo(fingerprint, visit.user.name, data, text)
        if not text.strip():
            raise Refusal(422, visit.say(N_("Write something, or add a photo.")))
        return self._deeds.comment(fingerprint, visit.user.name, text)

    def photo(self, visit: Visit) -> Response:
        where = visit.request.path_params
        data = self._deeds.photo(where["fingerprint"], where["photo"])
        if data is None:
            raise Refusal(404)
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "Content-Disposition": "inline"}
        return Response(data, media_type="image/jpeg", headers=headers)

    def resolve(self, visit: Visit, fingerprint: str) -> Told:
        said = visit.typed("verdict")
        if said not in RESOLVED_BY:
            raise Refusal(
                422, visit.say(N_("Say what it was: fixed, normal change, meter fault or false alarm."))
            )
        why = visit.typed("why", LONGEST + 1)
        if said in NEEDS_A_REASON and not why.strip():
            raise Refusal(422, visit.say(N_("Write the reason: the next one who is called will read it.")))
        return self._deeds.judge(fingerprint, Verdict(said), visit.user.name, why)

    def check(self, visit: Visit, fingerprint: str) -> Told:
        story = self._read(fingerprint, visit.language)
        if story is None:
            return None
        wanted = visit.typed("check", LONGEST)
        if wanted not in {one.id for one in story.checks}:
            raise Refusal(422, visit.say(N_("This alert has no such check.")))
        return self._deeds.tick(fingerprint, wanted, visit.user.name, done=visit.typed("done") == "yes")

    def order(self, visit: Visit, fingerprint: str) -> Told:
        what = visit.typed("what", LONGEST + 1)
        return self._deeds.order_work(fingerprint, what, self._due(visit), visit.user.name)

    def take(self, visit: Visit, fingerprint: str) -> Told:
        return self._deeds.take_work(fingerprint, visit.user.name, visit.typed("instead_of"))

    def done(self, visit: Visit, fingerprint: str) -> Told:
        return self._deeds.finish_work(fingerprint, visit.typed("outcome", LONGEST + 1), visit.user.name)

    def _due(self, visit: Visit) -> date | None:
        typed = visit.typed("due")
        if not typed:
            return None
        try:
            due = date.fromisoformat(typed)
        except ValueError:
            raise Refusal(422, visit.say(N_("A due day is written like 2026-11-22."))) from None
        if not timedelta(days=-1) <= due - self._now().date() <= timedelta(days=3660):
            raise Refusal(422, visit.say(N_("A due day is today or later.")))
        return due


def trends_path(alert: Alert, now: datetime) -> str:
    """Return where an alert's stream is shown at its time, a day more before it; "" where it has none.

    Args:
        now: in the plant's time, whose days they are.
    """
    facts = facts_of(alert)
    if not facts.process or not facts.resource:
        return ""
    first, last = alert.since - AROUND, min((alert.resolved_at or now) + AROUND, now)
    first = max(first, last - timedelta(days=399))
    first, last = first.astimezone(now.tzinfo), max(first, last).astimezone(now.tzinfo)
    days = {"from": first.date().isoformat(), "to": last.date().isoformat()}
    return "/trends?" + urlencode({"process": facts.process, "resource": facts.resource, **days})
