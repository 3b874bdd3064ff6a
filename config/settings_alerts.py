"""The settings of alerts: when one is told, to whom, and what other systems say about it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from config.settings_channels import ChannelSettings
from config.settings_values import (
    Cadence,
    Level,
    Matchers,
    Role,
    Seconds,
    Secret,
    Section,
    WebUrl,
    parse_short_name,
)
from domain.silence import Matcher


class RouteSettings(Section):
    """[[alerts.route]]: which roles are told of which alerts."""

    required: ClassVar[dict[str, str]] = {"roles": 'write roles, such as ["maintenance"]'}
    match: Matchers = ()
    roles: tuple[Role, ...] = ()


class EscalationSettings(Section):
    """[[alerts.escalation]]: who else is told when nobody has acknowledged."""

    required: ClassVar[dict[str, str]] = {
        "after": 'write a duration, such as "30min"',
        "roles": 'write roles, such as ["maintenance"]',
    }
    after_s: Annotated[Cadence, Field(alias="after")] = 1800.0
    roles: tuple[Role, ...] = ()
    min_severity: Level = "warning"


class HookSettings(Section):
    """[[alerts.hook]]."""

    required: ClassVar[dict[str, str]] = {
        "name": "write the name that stands in its address, /hooks/NAME",
        "secret": "write what the other system signs with, or sends as its token (secret or secret_file)",
    }
    name: Annotated[str, AfterValidator(parse_short_name)] = ""
    secret: Secret = None
    secret_file: str = ""
    key: str = "title"
    status: str = "status"
    who: str = ""
    words: dict[str, Literal["acknowledge", "comment", "resolve"]] = Field(default_factory=dict)


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
METER_FAULTS = "stuck_meter|frozen_at_limit|implausible"
ROUTES = (
    RouteSettings(
        match=(Matcher("kind", "=~", "silent_meter|infrastructure"),), roles=("maintenance", "admin")
    ),
    RouteSettings(
        match=(Matcher("hotspot_kind", "=~", METER_FAULTS),),
        roles=("maintenance",),
    ),
    RouteSettings(roles=("operator",)),
)
#: only where channels have these roles
ESCALATIONS = (
    EscalationSettings(after_s=1800.0, roles=("maintenance",), min_severity="critical"),
    EscalationSettings(after_s=4 * 3600.0, roles=("energy_manager",), min_severity="critical"),
)


class AlertsSettings(Section):
    """[alerts]."""

    pending_hotspot_s: Annotated[Seconds, Field(alias="pending_hotspot")] = 3600.0
    pending_less_s: Annotated[Seconds, Field(alias="pending_less")] = 2 * 86400.0
    pending_silent_s: Annotated[Seconds, Field(alias="pending_silent")] = 0.0
    pending_infrastructure_s: Annotated[Seconds, Field(alias="pending_infrastructure")] = 60.0
    keep_s: Annotated[Seconds, Field(alias="keep")] = 300.0
    repeat_s: Annotated[Cadence, Field(alias="repeat")] = 8 * 3600.0
    worse_factor: Annotated[float, Field(gt=1, le=100)] = 2.0
    group_wait_s: Annotated[Seconds, Field(alias="group_wait")] = 30.0
    nuisance_after: Annotated[int, Field(ge=1, le=100)] = 3
    nuisance_within_s: Annotated[Cadence, Field(alias="nuisance_within")] = 8 * 3600.0
    plant_wide_at_least: Annotated[int, Field(ge=2, le=1000)] = 3
    plant_wide_share: Annotated[float, Field(gt=0, le=1)] = 0.25
    plant_wide_within_s: Annotated[Cadence, Field(alias="plant_wide_within")] = 3 * 3600.0
    plant_wide_wait_s: Annotated[Seconds, Field(alias="plant_wide_wait")] = 6 * 3600.0
    plant_wide_after_s: Annotated[Seconds, Field(alias="plant_wide_after")] = 86400.0
    weekly_on: Weekday = "mon"
    escalations: Annotated[tuple[EscalationSettings, ...], Field(alias="escalation")] = ESCALATIONS
    routes: Annotated[tuple[RouteSettings, ...], Field(alias="route")] = ROUTES
    base_url: WebUrl = "http://localhost:8080"
    link_secret: Secret = None
    link_secret_file: str = ""
    channels: Annotated[tuple[ChannelSettings, ...], Field(alias="channel")] = (ChannelSettings(),)
    hooks: Annotated[tuple[HookSettings, ...], Field(alias="hook")] = ()
