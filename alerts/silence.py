"""Silent meters: who has not been heard for twice its period, and when that is one trouble and not many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from alerts.conditions import OF_THE_PLANT, PLANT_SILENT, infrastructure_condition, place_facts
from domain.alert import Alert, AlertKind, Condition
from domain.baseline import Severity
from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.presence import MeterStatus, Presence

_SILENT = "silent/"
_SILENT_PERIODS = 2.0
_SILENT_MIN_S = 30.0
_CLOCKS = timedelta(seconds=60)  # how far the clock of a meter may be ahead of ours


_NOBODY: Mapping[str, MeterStatus] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Listening:
    """Since when meters could be heard without a break, and whose silence is already known."""

    since: datetime
    silent: frozenset[str] = frozenset()


def listening(alerts: Iterable[Alert], started_at: datetime, now: datetime) -> Listening:
    """Return since when meters could be heard, from the latest episode of every alert.

    While an infrastructure alert holds nothing can be heard; after it, every meter gets its full time
    again. A meter whose silence is being told needs no new time: it stays silent until it is heard.
    The silence of the whole plant is itself judged by what was heard, so it counts only once it is over.
    """
    since, silent = started_at, set()
    for alert in alerts:
        if alert.kind is AlertKind.INFRASTRUCTURE and alert.key not in OF_THE_PLANT:
            since = max(since, _deaf_until(alert, now) or since)
        elif alert.kind is AlertKind.SILENT_METER and alert.is_active:
            silent.add(alert.key.removeprefix(_SILENT))
    return Listening(since, frozenset(silent))


def _deaf_until(alert: Alert, now: datetime) -> datetime | None:
    if alert.is_open and alert.gone_at is None:
        return None if alert.key == PLANT_SILENT else now
    return alert.gone_at or alert.resolved_at


def gone(statuses: Iterable[MeterStatus], last_seen: Mapping[str, datetime | None]) -> dict[str, MeterStatus]:
    """Return the meters that are offline by what they, or who speaks for them, have told.

    One whose readings go on in spite of that is not: what would have told it has been lost.
    """
    return {
        status.meter: status
        for status in statuses
        if status.status is Presence.OFFLINE
        and ((last := last_seen.get(status.meter)) is None or last <= status.since + _CLOCKS)
    }


def silent_conditions(
    last_seen: Mapping[str, datetime | None],
    plant: Plant,
    now: datetime,
    heard: Listening,
    offline: Mapping[str, MeterStatus] = _NOBODY,
) -> list[Condition]:
    """Return one condition per silent meter or variable, and one for the plant when most are silent at once.

    Something with a cadence (`every`) is silent after two periods, at least 30 s, counted from its last
    reading or from the moment since which it could be heard. Most: all of at least two, or at least
    three and more than half of those that can be judged; a slow meter that is not due yet is not judged.
    One that is offline is silent at once, with or without a cadence; it says nothing about the others,
    since whoever told it was heard.

    Args:
        last_seen: meter or variable id -> instant of its last reading; None or absent = never.
        heard: what `listening` returns.
        offline: what `gone` returns.
    Source: rule of thumb "alert once within 2x its own period" of the domain notes.
    """
    conditions = [
        _offline_condition(status, last_seen.get(key), plant)
        for key, status in offline.items()
        if key in plant.meters or key in plant.variables
    ]
    cadences = {key: every_s for key, every_s in _cadences(plant).items() if key not in offline}
    silent = [key for key, every_s in cadences.items() if _is_silent(key, every_s, last_seen, now, heard)]
    conditions += [_silent_condition(key, cadences[key], last_seen.get(key), plant, heard) for key in silent]
    judged = len(silent) + len(_alive(silent, cadences, last_seen))
    if len(silent) == judged >= 2 or (len(silent) >= 3 and 2 * len(silent) > judged):
        conditions.append(_plant_silent(silent, judged, last_seen, now, heard))
    return conditions


def _cadences(plant: Plant) -> dict[str, float]:
    instruments: list[Meter | Variable] = [*plant.meters.values(), *plant.variables.values()]
    return {item.id: item.every_s for item in instruments if item.every_s is not None}


def _limit_s(every_s: float) -> float:
    return max(_SILENT_PERIODS * every_s, _SILENT_MIN_S)


def _is_silent(
    key: str, every_s: float, last_seen: Mapping[str, datetime | None], now: datetime, heard: Listening
) -> bool:
    last = last_seen.get(key)
    if key in heard.silent:
        return last is None or (now - last).total_seconds() >= _limit_s(every_s)
    counted_from = heard.since if last is None else max(last, heard.since)
    return (now - counted_from).total_seconds() >= _limit_s(every_s)


def _alive(
    silent: Sequence[str], cadences: Mapping[str, float], last_seen: Mapping[str, datetime | None]
) -> list[str]:
    """Return who was heard after the silent ones fell silent: proof that hearing is possible."""
    heard = {key: last for key in cadences if (last := last_seen.get(key)) is not None}
    fell_silent = max((heard[key] for key in silent if key in heard), default=None)
    quiet = set(silent)
    return [
        key for key, last in heard.items() if key not in quiet and (fell_silent is None or last > fell_silent)
    ]


def _silent_condition(
    key: str, every_s: float, last: datetime | None, plant: Plant, heard: Listening
) -> Condition:
    return _condition(key, last or heard.since, last, plant, {"every_s": every_s})


def _offline_condition(status: MeterStatus, last: datetime | None, plant: Plant) -> Condition:
    return _condition(status.meter, status.since, last, plant, {"told": status.why})


def _condition(
    key: str, since: datetime, last: datetime | None, plant: Plant, facts: Mapping[str, object]
) -> Condition:
    meter = plant.meters.get(key)
    place = place_facts(plant, meter.process, meter.resource) if meter else {}
    seen = None if last is None else last.isoformat()
    return Condition(
        kind=AlertKind.SILENT_METER,
        key=_SILENT + key,
        severity=Severity.WARNING,
        since=since,
        hold_s=0.0,
        facts={**place, "meter": key, "last_seen": seen, **facts},
    )


def _plant_silent(
    silent: Sequence[str],
    judged: int,
    last_seen: Mapping[str, datetime | None],
    now: datetime,
    heard: Listening,
) -> Condition:
    newest = max((last for key in silent if (last := last_seen.get(key))), default=heard.since)
    facts = {"problem": PLANT_SILENT, "text": "", "silent": len(silent), "judged": judged}
    return infrastructure_condition(PLANT_SILENT, min(newest, now), facts)
