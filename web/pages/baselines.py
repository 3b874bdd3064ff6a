"""Baselines: what each process is expected to use, how well that is known, and who decided so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from domain.baseline import Baseline, BaselineStatus
from domain.errors import RefusedError
from domain.user import Action
from web.baseline_card import (
    CRITERIA,
    FINDINGS,
    LONGEST_REASON,
    MODELS,
    NO_REASON,
    OUTCOMES,
    REASONS,
    STATUSES,
    TERMS,
    UNITS,
    UNKNOWN_VERSION,
    Cards,
    Choice,
    StreamCard,
    steps_of,
)
from web.criterion_words import criterion_words
from web.errors import Refusal
from web.export import Column, Table, export_pages
from web.finding_words import finding_words
from web.language import N_
from web.page import Page
from web.sentence import Reader
from web.span import Span
from web.span_asked import span_of
from web.span_choices import Choices
from web.table_about import about_of
from web.trends_nav import span_facts
from web.visit import Visit

PATH = "/trends/baselines"
#: what a decision is called in a form
VERDICTS = {"approve": BaselineStatus.APPROVED, "reject": BaselineStatus.REJECTED}
COLUMNS = (
    N_("Process"), N_("Resource"), N_("Version"), N_("Status"), N_("Model"), N_("Variables"),
    N_("First day"), N_("Last day"),
)  # fmt: skip
FIGURES = (N_("out of sample"), N_("in sample"))


def baseline_pages(cards: Cards, choices: Choices) -> tuple[Page, ...]:
    """Return the rows."""
    pages = _Baselines(cards, choices)
    return (
        Page(PATH, pages.show, Action.SEE),
        Page(PATH, pages.decide, Action.APPROVE_BASELINE, "POST", most_bytes=16 * 2**10),
        *export_pages(PATH, pages.table),
    )


class _Baselines:
    """The handlers."""

    def __init__(self, cards: Cards, choices: Choices) -> None:
        self._cards, self._choices = cards, choices

    def show(self, visit: Visit) -> Response:
        """One card where a stream is asked for, else the list of all."""
        span = span_of(visit, self._choices, whole_plant=True)
        if span.process and span.resource:
            return self._card(visit, span, self._version(visit))
        rows = sorted(self._asked(span), key=_urgency)
        return visit.page(
            "baselines.html", **self._facts(span), rows=rows, MODELS=MODELS, STATUSES=STATUSES,
            OUTCOMES=OUTCOMES,
        )  # fmt: skip

    def decide(self, visit: Visit) -> Response:
        """Approve or reject; what is missing is said on the page, with what was typed."""
        span = span_of(visit, self._choices, whole_plant=True)
        verdict, number = visit.typed("verdict"), visit.typed("version", 10)
        if verdict not in VERDICTS or not number.isdecimal() or not (span.process and span.resource):
            raise Refusal(422)
        version, why = int(number), visit.typed("why", LONGEST_REASON)
        if not why:
            return self._card(visit, span, version, visit.say(NO_REASON), 422)
        choice = Choice(
            span.process, span.resource, version, VERDICTS[verdict], visit.user.name, why,
            visit.typed("force") == "yes", visit.typed("seen", 10_000),
        )  # fmt: skip
        try:
            self._cards.decide(choice)
        except RefusedError as closed:
            return self._card(visit, span, version, visit.say(str(closed)), 409)
        return visit.go(f"{PATH}?{span.query(version=number)}")

    def table(self, visit: Visit) -> Table:
        """Return every version of what is asked for."""
        span = span_of(visit, self._choices, whole_plant=True)
        rows = [_cells(visit, card, one, span) for card in self._asked(span) for one in card.versions]
        columns = [Column(visit.say(name)) for name in COLUMNS]
        for name in FIGURES:
            titles = (f"{title}, {visit.say(name)}" for title in ("CV(RMSE)", "NMBE"))
            columns += [*(Column(title, "%") for title in titles), Column(f"R2, {visit.say(name)}")]
        columns += [Column(visit.say(N_("Coverage")), "%"), Column(visit.say(N_("Acceptance profile")))]
        columns += [Column(visit.say(name)) for name in (N_("Outcome"), N_("Made at"), N_("Made by"))]
        columns += [Column(visit.say(N_("Decided at"))), Column(visit.say(N_("Decided by")))]
        columns.append(Column(visit.say(N_("Reason"))))
        return Table("baselines", columns, rows, about_of(visit, span, self._choices), span.zone)

    def _asked(self, span: Span) -> list[StreamCard]:
        return [
            card
            for card in self._cards.all()
            if span.process in {"", card.process} and span.resource in {"", card.resource}
        ]

    def _version(self, visit: Visit) -> int | None:
        asked = visit.request.query_params.get("version", "")
        if not asked:
            return None
        if not (asked.isdecimal() and len(asked) < 10):
            raise Refusal(404, visit.say(UNKNOWN_VERSION))
        return int(asked)

    def _card(
        self, visit: Visit, span: Span, version: int | None, trouble: str = "", status: int = 200
    ) -> Response:
        card = self._cards.one(span.process, span.resource)
        if card is None:
            raise Refusal(404)
        shown = card.shown if version is None else card.version(version)
        if version is not None and shown is None:
            raise Refusal(404, visit.say(UNKNOWN_VERSION))
        return visit.page(
            "baseline.html", status=status, **self._facts(span), card=card, shown=shown, trouble=trouble,
            steps=steps_of(shown) if shown else [], terms=terms_of(shown) if shown else [],
            ranges=ranges_of(shown) if shown else {}, MODELS=MODELS, REASONS=REASONS, TERMS=TERMS,
            STATUSES=STATUSES, OUTCOMES=OUTCOMES, FINDINGS=FINDINGS, CRITERIA=CRITERIA, UNITS=UNITS,
            longest=LONGEST_REASON, **_words(visit, card, shown, span),
            may_decide=visit.may(Action.APPROVE_BASELINE),
        )  # fmt: skip

    def _facts(self, span: Span) -> dict[str, Any]:
        return span_facts(span, self._choices)


def _urgency(card: StreamCard) -> tuple[int, str, str]:
    """Return what sorts first: what waits for a person, then what is not judged."""
    rank = 0 if card.proposed else 1 if card.in_force is None else 2
    return rank, card.process_name, card.resource


def _words(visit: Visit, card: StreamCard, shown: Baseline | None, span: Span) -> dict[str, Any]:
    """Return what says findings, criteria and reasons of proposals in the reader's language."""
    reader = _reader(visit, card, shown, span)
    return {
        "finding_words": lambda one: finding_words(one, reader),
        "criterion_words": lambda why: criterion_words(why, visit.say, visit.figures),
        "asked_for": lambda reason: _asked_for(card, reason, reader),
    }


def _reader(visit: Visit, card: StreamCard, shown: Baseline | None, span: Span) -> Reader:
    return Reader(visit.say, visit.figures, span.zone, card.unit, shown.interval_s if shown else 0)


def _asked_for(card: StreamCard, reason: str, reader: Reader) -> Markup | None:
    """Return why a version was proposed, where a finding on this or an earlier version asked for it."""
    every = (one for version in card.versions for one in version.findings)
    return next((finding_words(one, reader) for one in every if one.message == reason), None)


def terms_of(baseline: Baseline) -> list[tuple[str, int, float, float]]:
    """Return a model's terms: name, how many coefficients, the least and the greatest; few are told apart.

    Coefficients are in the resource's unit per interval, per degree or unit made.
    """
    found = []
    terms = baseline.coefficients.get("terms", {})
    for name, values in {"profile": baseline.coefficients.get("hours", []), **terms}.items():
        numbers = [float(one) for one in values if isinstance(one, int | float)]
        if numbers:
            found.append((name, len(numbers), min(numbers), max(numbers)))
    return found


def ranges_of(baseline: Baseline) -> Mapping[str, Mapping[str, float]]:
    """Return between which values each variable lay when the model was learned."""
    ranges = baseline.coefficients.get("ranges", {})
    return ranges if isinstance(ranges, dict) else {}


def _cells(visit: Visit, card: StreamCard, one: Baseline, span: Span) -> Sequence[Any]:
    validated, inside = one.cross_validated, one.statistics
    accepted, decision = card.accepted(one), one.decision
    figures = [
        value
        for fit in (validated, inside)
        for value in ((None,) * 3 if fit is None else (fit.cvrmse_pct, fit.nmbe_pct, fit.r2))
    ]
    model = visit.say(MODELS[one.model]) if one.model in MODELS else one.model
    return [
        card.process_name, visit.say(card.resource_name), one.version, visit.say(STATUSES[one.status]), model,
        ", ".join(one.variables), one.period_start, one.period_end, *figures, 100.0 * inside.coverage,
        str(card.profile), None if accepted is None else visit.say(OUTCOMES[accepted.outcome]),
        one.created_at, one.author, None if decision is None else decision.at,
        None if decision is None else decision.who,
        _reason(visit, card, one, span) if decision is None else decision.why,
    ]  # fmt: skip


def _reason(visit: Visit, card: StreamCard, one: Baseline, span: Span) -> str:
    """Return why a version was made, in the reader's language where it was not a person who said so."""
    if one.reason in REASONS:
        return visit.say(REASONS[one.reason])
    words = _asked_for(card, one.reason, _reader(visit, card, one, span))
    return one.reason if words is None else words.striptags()
