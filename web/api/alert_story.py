"""One alert with all that its page shows: causes, checks, work, history; and ticking a check."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from domain.alert_change import AlertChange
from domain.alert_facts import facts_of
from domain.user import Action
from web.alert_story import AlertStory
from web.api.alerts import FINGERPRINT, AlertRow, alert_row
from web.api.endpoint import Call, Endpoint
from web.api.parameters import Parameter
from web.errors import Refusal
from web.pages.alert import AlertDeeds, ReadAlert


class CauseRow(msgspec.Struct, frozen=True):
    """A probable cause, in the reader's language."""

    name: str
    evidence: str
    confidence: float | None  # 0 .. 1; null = it is not the first one


class CheckRow(msgspec.Struct, frozen=True):
    """A first check."""

    id: str
    text: str
    done_by: str | None
    done_at: datetime | None


class StepRow(msgspec.Struct, frozen=True):
    """A step of an alert's history."""

    at: datetime
    who: str
    change: str
    why: str
    details: dict[str, Any]


class OrderRow(msgspec.Struct, frozen=True):
    """A work order."""

    state: str
    what: str
    due: date | None
    ordered_at: datetime
    ordered_by: str
    taken_by: str
    done_at: datetime | None
    outcome: str


class StoryRow(msgspec.Struct, frozen=True):
    """An alert with all that its page shows. Unknown figures are null."""

    alert: AlertRow
    title: str
    lines: list[str]  # what a message says about it
    interval_per_hour: tuple[float, float] | None  # where its excess lies, nine times of ten [unit per hour]
    path: list[str]  # ids: what feeds the process, itself, what it feeds
    causes: list[CauseRow]
    checks: list[CheckRow]
    order: OrderRow | None
    verdict: str | None
    verdict_reason: str | None
    assigned_to: str
    snoozed_until: datetime | None
    history: list[StepRow]  # the newest first
    episodes: list[int]


class Ticking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A first check that is done, or is not after all."""

    check: Annotated[str, msgspec.Meta(max_length=2000)]
    done: bool = True


def alert_story_endpoints(read: ReadAlert, deeds: AlertDeeds) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def story_of(call: Call, episode: int | None = None) -> AlertStory:
        fingerprint = call.parameters["fingerprint"]
        story = read(fingerprint, call.visit.language, episode)
        if story is None:
            raise Refusal(404, f"there is no alert {fingerprint[:40]}, or no such episode of it")
        return story

    def show(call: Call) -> StoryRow:
        return story_row(story_of(call, call.parameters["episode"] or None))

    def tick(call: Call) -> StoryRow:
        asked, fingerprint = call.body, call.parameters["fingerprint"]
        known = [one.id for one in story_of(call).checks]
        if asked.check not in known:
            raise Refusal(422, f"check: this alert has {len(known)} checks, named by their ids; not this one")
        deeds.tick(fingerprint, asked.check, call.visit.user.name, done=asked.done)
        return story_row(story_of(call))

    episode = Parameter(
        "episode", int, "Number of an episode; 0 = the latest.", default=0, least=0, most=10**9
    )
    return (
        Endpoint(
            "/alerts/{fingerprint}", show, Action.SEE, "An alert with causes, checks, work and history.",
            StoryRow, parameters=(FINGERPRINT, episode),
        ),
        Endpoint(
            "/alerts/{fingerprint}/check", tick, Action.COMMENT, "Say that a first check is done.", StoryRow,
            method="POST", parameters=(FINGERPRINT,), takes=Ticking,
        ),
    )  # fmt: skip


def story_row(story: AlertStory) -> StoryRow:
    """Return a story as the API shows it."""
    order, verdict = story.order, story.verdict
    return StoryRow(
        alert_row(story.alert), story.title, list(story.lines),
        facts_of(story.alert).interval_per_hour, [one for one, _ in story.path],
        [CauseRow(one.name, one.evidence, one.confidence) for one in story.causes],
        [
            CheckRow(one.id, one.text, one.done.by if one.done else None, one.done.at if one.done else None)
            for one in story.checks
        ],
        None if order is None else OrderRow(
            str(order.state), order.what, order.due, order.ordered_at, order.ordered_by, order.taken_by,
            order.done_at, order.outcome,
        ),
        str(verdict.verdict) if verdict else None, verdict.reason if verdict else None,
        story.alert.assigned_to, story.snoozed_until, [_step(one) for one in story.history],
        [one.number for one in story.episodes],
    )  # fmt: skip


def _step(one: AlertChange) -> StepRow:
    return StepRow(one.at, one.who, str(one.change), one.why, dict(one.details))
