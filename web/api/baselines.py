"""Baselines, and deciding about them, for programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from domain.baseline import Baseline, BaselineStatus
from domain.user import Action
from web.api.endpoint import Call, Endpoint
from web.api.parameters import Parameter
from web.baseline_card import LONGEST_REASON, UNKNOWN_VERSION, Cards, Choice, StreamCard
from web.errors import Refusal

FILTER = (
    Parameter("process", str, "Only of this process.", default=""),
    Parameter("resource", str, "Only of this resource.", default=""),
    Parameter("status", str, "Only of this status.", default="", one_of=("", *BaselineStatus)),
)
ONE = (
    Parameter("process", str, "Id of a process.", in_path=True),
    Parameter("resource", str, "Id of a resource.", in_path=True),
    Parameter("version", int, "Number of a version.", least=1, most=999_999, in_path=True),
)


class BaselineRow(msgspec.Struct, frozen=True):
    """A version; percentages are of the mean use, null = not known or not defined."""

    process: str
    resource: str
    version: int
    status: str
    model: str
    variables: list[str]
    period_start: datetime
    period_end: datetime
    cvrmse_pct: float | None  # out of sample
    nmbe_pct: float | None
    r2: float | None
    cvrmse_pct_in_sample: float | None
    nmbe_pct_in_sample: float | None
    r2_in_sample: float | None
    coverage: float
    profile: str
    outcome: str | None
    needs_force: bool
    created_at: datetime
    author: str
    reason: str
    decided_at: datetime | None
    decided_by: str | None
    decided_why: str | None
    forced: bool | None


class WholeBaseline(msgspec.Struct, frozen=True):
    """A version with its coefficients, findings and criteria; `seen` goes back with a decision."""

    baseline: BaselineRow
    interval_s: int
    coefficients: dict[str, Any]
    findings: list[dict[str, Any]]
    acceptance: dict[str, list[dict[str, Any]]]
    seen: str


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision."""

    why: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_REASON, pattern=r"\S")]
    force: bool = False
    seen: str = ""  # of the version that was looked at; 409 when somebody else has decided since


def baseline_endpoints(cards: Cards) -> tuple[Endpoint, ...]:
    """Return the rows."""

    def show(call: Call) -> list[BaselineRow]:
        asked = call.parameters
        return [
            baseline_row(card, one)
            for card in cards.all()
            if asked["process"] in {"", card.process} and asked["resource"] in {"", card.resource}
            for one in card.versions
            if asked["status"] in {"", one.status}
        ]

    def found(call: Call) -> tuple[StreamCard, Baseline]:
        card = cards.one(call.parameters["process"], call.parameters["resource"])
        one = None if card is None else card.version(call.parameters["version"])
        if card is None or one is None:
            raise Refusal(404, call.visit.say(UNKNOWN_VERSION))
        return card, one

    def whole(call: Call) -> WholeBaseline:
        card, one = found(call)
        findings: list[dict[str, Any]] = msgspec.to_builtins(one.findings)
        accepted = {str(by.profile): msgspec.to_builtins(by.criteria) for by in one.acceptance}
        return WholeBaseline(
            baseline_row(card, one), one.interval_s, dict(one.coefficients), findings, accepted, card.seen()
        )

    def decide(call: Call, status: BaselineStatus) -> BaselineRow:
        card, one = found(call)
        body: Verdict = call.body
        choice = Choice(
            card.process, card.resource, one.version, status, call.visit.user.name, body.why.strip(),
            body.force, body.seen,
        )  # fmt: skip
        return baseline_row(card, cards.decide(choice))

    path, right = "/baselines/{process}/{resource}/{version}", Action.APPROVE_BASELINE
    return (
        Endpoint(
            "/baselines", show, Action.SEE, "Every version of every baseline.", list[BaselineRow],
            parameters=FILTER, item=BaselineRow,
        ),
        Endpoint(path, whole, Action.SEE, "One version with all there is.", WholeBaseline, parameters=ONE),
        Endpoint(
            f"{path}/approve", lambda call: decide(call, BaselineStatus.APPROVED), right,
            "Put a version in force.", BaselineRow, method="POST", parameters=ONE, takes=Verdict,
        ),
        Endpoint(
            f"{path}/reject", lambda call: decide(call, BaselineStatus.REJECTED), right,
            "Reject a proposal.", BaselineRow, method="POST", parameters=ONE, takes=Verdict,
        ),
    )  # fmt: skip


def baseline_row(card: StreamCard, one: Baseline) -> BaselineRow:
    """Return a version as the API shows it."""
    inside, outside, decision = one.statistics, one.cross_validated, one.decision
    accepted = card.accepted(one)
    validated = (None,) * 3 if outside is None else (outside.cvrmse_pct, outside.nmbe_pct, outside.r2)
    return BaselineRow(
        one.process, one.resource, one.version, str(one.status), one.model, list(one.variables),
        one.period_start, one.period_end, *validated, inside.cvrmse_pct, inside.nmbe_pct, inside.r2,
        inside.coverage, str(card.profile), None if accepted is None else str(accepted.outcome),
        card.needs_force(one), one.created_at, one.author, one.reason,
        None if decision is None else decision.at, None if decision is None else decision.who,
        None if decision is None else decision.why, None if decision is None else decision.forced,
    )  # fmt: skip
