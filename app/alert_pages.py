"""Alerts as pages show them: in the words that messages have, with what people did about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from alerts.causes import cause_name, evidence_sentence
from alerts.chart import Curve, CurveOf, chart_of, chart_window
from alerts.checks import first_checks
from alerts.clean import inert_facts
from alerts.figures import Letterhead
from alerts.glance import about, glance, sheet_of
from alerts.words import words
from alerts.working import order_of
from domain.alert import Alert, AlertKind
from domain.alert_facts import facts_of, number_of
from domain.errors import WorldError
from domain.feedback import Verdict, latest_words
from domain.hotspot import Cause
from domain.plant import Plant
from domain.ports import Clock, Ledger, LedgerTx
from domain.work import ticks
from web.alert_story import AlertStory, Check, CurvePoint, Episode, ProbableCause
from web.pages.now import AlertLine

HeadOf = Callable[[str], Letterhead]  # language -> for whom it is written
#: what has been judged to be no waste is set aside until it is over
_ASIDE = {Verdict.FALSE_ALARM, Verdict.NORMAL_CHANGE, Verdict.METER_FAULT}
#: a cause that explains less of the excess than this is not named
LEAST_EXPLAINED = 0.2


class AlertReader:
    """Reads alerts for pages."""

    def __init__(
        self, ledger: Ledger, clock: Clock, head_of: HeadOf, plant: Plant, curve_of: CurveOf
    ) -> None:
        self._ledger, self._clock, self._head_of = ledger, clock, head_of
        self._plant, self._curve_of = plant, curve_of

    def read(self, fingerprint: str, language: str, episode: int | None = None) -> AlertStory | None:
        """Return an episode of an alert, the latest where none is named; None where there is none."""
        with self._ledger.begin() as tx:
            episodes = sorted(tx.alert_episodes(fingerprint=fingerprint), key=lambda one: one.episode)
            found = [one for one in episodes if episode is None or one.episode == episode]
            if not found:
                return None
            story = self._story(tx, found[-1], episodes, self._head_of(language))
        return self._drawn(story, self._head_of(language))  # asks the ledger, too

    def _story(self, tx: LedgerTx, alert: Alert, episodes: Sequence[Alert], head: Letterhead) -> AlertStory:
        now, translate = self._clock.now(), words(head.language).gettext
        changes = tx.changes(fingerprint=alert.fingerprint)
        done = ticks(changes, alert.episode)
        checks = first_checks(alert.kind, alert.facts)
        verdict = latest_words(tx.feedback()).get((alert.fingerprint, alert.episode))
        shown = sheet_of(alert, head, now)
        return AlertStory(
            alert=alert,
            title=shown.title,
            lines=shown.lines,
            path=self._path(facts_of(alert).process),
            causes=probable_causes(alert, head),
            checks=tuple(Check(check, translate(check), done.get(check)) for check in checks),
            chart=None,
            history=tuple(one for one in reversed(changes) if one.episode == alert.episode),
            episodes=tuple(Episode(one.episode, one.since, one.resolved_at) for one in episodes),
            is_latest=alert.episode == episodes[-1].episode,
            order=order_of(tx, alert),
            verdict=verdict,
            users=tuple(user.name for user in tx.users() if user.active),
            snoozed_until=snoozed_until(alert, now),
        )

    def _path(self, process: str) -> tuple[tuple[str, str], ...]:
        """Return id and name of what feeds a process, of itself, and of what it feeds."""
        every = self._plant.processes
        if process not in every:
            return ()
        before = [one.id for one in every.values() if process in one.feeds and one.id != process]
        after = [one for one in every[process].feeds if one in every and one != process]
        return tuple((one, every[one].name) for one in (*before, process, *after))

    def _drawn(self, story: AlertStory, head: Letterhead) -> AlertStory:
        """Return it with a hotspot's chart; a store that is away costs the chart, not the page."""
        alert, facts = story.alert, story.alert.facts
        if alert.kind is not AlertKind.HOTSPOT or not facts.get("resource"):
            return story
        item = {**about(alert, self._clock.now()).body, "facts": inert_facts(facts)}
        try:
            start, end = chart_window(item)
            curve = self._curve_of(str(facts["process"]), str(facts["resource"]), start, end)
        except WorldError:
            return story
        if curve is None or (chart := chart_of(item, curve, head)) is None:
            return story
        return replace(story, chart=chart, points=_points(curve), unit=curve.unit)

    def open(self, language: str) -> Sequence[AlertLine]:
        """Return the open alerts that were told, the dearest per hour first."""
        with self._ledger.begin() as tx:
            alerts = [alert for alert in tx.alerts(open_only=True) if alert.fired_at is not None]
            said = latest_words(tx.feedback())
        verdicts = {key: one.verdict for key, one in said.items() if one.verdict in _ASIDE}
        lines = [
            self._line(alert, language, verdicts.get((alert.fingerprint, alert.episode))) for alert in alerts
        ]
        return sorted(lines, key=lambda line: (-(line.cost_per_hour or 0.0), line.since, line.fingerprint))

    def _line(self, alert: Alert, language: str, verdict: Verdict | None) -> AlertLine:
        facts, now = facts_of(alert), self._clock.now()
        return AlertLine(
            alert.fingerprint, glance(alert, self._head_of(language), now).title, str(alert.severity),
            alert.since, facts.cost_per_hour, alert.acknowledged_by,
            alert.assigned_to, snoozed_until(alert, now), str(alert.state),
            "" if verdict is None else str(verdict),
            facts.process_name, facts.process,
        )  # fmt: skip


def _points(curve: Curve) -> tuple[CurvePoint, ...]:
    unknown = [None] * len(curve.starts)
    columns = (curve.actual, curve.expected, curve.low or unknown, curve.high or unknown)
    return tuple(CurvePoint(*one) for one in zip(curve.starts, *columns, strict=True))


def snoozed_until(alert: Alert, now: datetime) -> datetime | None:
    """Return until when an alert is snoozed; None when it is not."""
    return alert.snoozed_until if alert.snoozed_until is not None and alert.snoozed_until > now else None


def probable_causes(alert: Alert, head: Letterhead) -> tuple[ProbableCause, ...]:
    """Return the causes that explain an excess, the one that explains most of it first."""
    facts = inert_facts(alert.facts)
    if alert.kind is not AlertKind.HOTSPOT or "cause" not in facts:
        return ()
    first = ProbableCause(
        cause_name(facts, head.language), evidence_sentence(facts, head), facts_of(alert).confidence
    )  # fmt: skip
    others: Mapping[str, Any] = (facts.get("evidence") or {}).get("unexplained") or {}
    explained = {
        name: 1.0 - left
        for name in others
        if name in set(Cause) and (left := number_of(others, name)) is not None
    }
    ranked = sorted(explained, key=lambda name: -explained[name])
    more = [name for name in ranked if name != facts["cause"] and explained[name] >= LEAST_EXPLAINED]
    return (
        first,
        *(
            ProbableCause(
                cause_name({**facts, "cause": name}, head.language),
                evidence_sentence({**facts, "cause": name}, head), None,
            )
            for name in more
        ),
    )  # fmt: skip
