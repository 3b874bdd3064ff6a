"""Who is told: by role and by shift, with nobody left out because nobody fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.machine import RANK
from alerts.outbox import ChannelRule
from alerts.shifts import Shifts
from alerts.stages.hold import Hold
from domain.alert import Alert
from domain.baseline import Severity
from domain.silence import Matcher

OPERATOR, MAINTENANCE = "operator", "maintenance"
ENERGY_MANAGER, ADMIN = "energy_manager", "admin"
ROLES = (OPERATOR, MAINTENANCE, ENERGY_MANAGER, ADMIN)


@dataclass(frozen=True, slots=True)
class Route:
    """Which roles are told of alerts that all the matchers match; of several routes the first counts."""

    matchers: tuple[Matcher, ...]
    roles: frozenset[str]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an alert with these labels goes this way."""
        return all(matcher.matches(labels) for matcher in self.matchers)


METER_FAULTS = "stuck_meter|frozen_at_limit|implausible"
#: where the settings say nothing: meters and the installation are maintenance's, waste is the operator's
DEFAULT_ROUTES = (
    Route((Matcher("kind", "=~", "silent_meter|infrastructure"),), frozenset({MAINTENANCE, ADMIN})),
    Route(
        (Matcher("hotspot_kind", "=~", "stuck_meter|frozen_at_limit|implausible"),), frozenset({MAINTENANCE})
    ),
    Route((), frozenset({OPERATOR})),
)


def roles_for(labels: Mapping[str, str], routes: Sequence[Route]) -> frozenset[str]:
    """Return the roles of the first route that matches; nobody's alert is everybody's."""
    return next((route.roles for route in routes if route.matches(labels)), frozenset(ROLES))


def receivers(
    severity: Severity, roles: frozenset[str], channels: Sequence[ChannelRule]
) -> list[ChannelRule]:
    """Return the channels of these roles, and those without a role, that want this severity.

    When no channel at all is left, those of the other roles are told: better the wrong person than none.
    """
    heard = [one for one in channels if RANK[severity] >= RANK[one.min_severity]]
    fitting = [one for one in heard if not one.roles or one.roles & roles]
    return fitting or heard


def by_shift(
    found: Sequence[ChannelRule], severity: Severity, shifts: Shifts, now: datetime
) -> dict[str, Hold | None]:
    """Return each channel that is told, and what keeps it back.

    Who is on shift is told now. Who is not, hears of it at the hand-over; unless nobody else is on shift:
    then a critical alert goes to all of them now, any other one when their shift begins.
    """
    duty = {turn.name for turn in shifts.on_duty(now)}
    present = [one for one in found if not one.shifts or one.shifts & duty]
    if present or severity is Severity.CRITICAL:
        return {one.name: None for one in present or found}
    return {one.name: off_shift(one, shifts, now) for one in found}


def off_shift(channel: ChannelRule, shifts: Shifts, now: datetime) -> Hold | None:
    """Return until when somebody is off shift; None for who is on shift, or has none."""
    if not channel.shifts or channel.shifts & {turn.name for turn in shifts.on_duty(now)}:
        return None
    start = shifts.next_start(channel.shifts, now)
    return None if start is None else Hold("off shift", start)


def heard_by(alert: Alert, channels: Sequence[ChannelRule]) -> list[ChannelRule]:
    """Return the channels that were told of this episode: who heard the beginning hears the end."""
    known = alert.told.get("channels", ())
    return [channel for channel in channels if channel.name in known]
