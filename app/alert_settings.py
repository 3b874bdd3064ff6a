"""Settings -> what the alerts go by. Imported where alerts are sent: a collector does without."""

from __future__ import annotations

from datetime import timedelta

from alerts.machine import Escalation, Rules
from alerts.outbox import ChannelRule
from alerts.policy import Stages
from alerts.stages.limited import Limit
from alerts.stages.plant_wide import PlantWide
from alerts.stages.repeated import Nuisance
from alerts.stages.routed import Route
from app.alerting import Patience
from config.settings import Settings
from config.settings_channels import ChannelSettings
from domain.alert import AlertKind
from domain.baseline import Severity


def alert_patience(settings: Settings, transit_s: float) -> Patience:
    """Return how patient alerts are; `transit_s` is 0 on the wall clock."""
    alerts = settings.alerts
    hold_s = {
        AlertKind.HOTSPOT: alerts.pending_hotspot_s,
        AlertKind.SILENT_METER: alerts.pending_silent_s,
        AlertKind.INFRASTRUCTURE: alerts.pending_infrastructure_s,
    }
    rules = Rules(
        keep_s=alerts.keep_s,
        repeat_s=alerts.repeat_s,
        worse_factor=alerts.worse_factor,
        group_wait_s=alerts.group_wait_s,
        escalation=tuple(
            Escalation(step.after_s, frozenset(step.roles), Severity(step.min_severity))
            for step in alerts.escalations
        ),
    )
    return Patience(rules, hold_s, transit_s, alert_stages(settings), alerts.pending_less_s)


def alert_stages(settings: Settings) -> Stages:
    """Return what the stages between an alert and a message go by."""
    alerts = settings.alerts
    return Stages(
        tuple(Route(route.match, frozenset(route.roles)) for route in alerts.routes),
        Nuisance(alerts.nuisance_after, timedelta(seconds=alerts.nuisance_within_s), alerts.worse_factor),
        PlantWide(
            alerts.plant_wide_at_least,
            alerts.plant_wide_share,
            timedelta(seconds=alerts.plant_wide_within_s),
            timedelta(seconds=alerts.plant_wide_wait_s),
            timedelta(seconds=alerts.plant_wide_after_s),
        ),
    )


def channel_rule(channel: ChannelSettings) -> ChannelRule:
    """Return what one channel is told, and when."""
    return ChannelRule(
        channel.name,
        Severity(channel.min_severity),
        channel.group_above,
        channel.digest,
        channel.weekly,
        channel.handover,
        channel.person,
        frozenset(channel.roles),
        frozenset(channel.shifts),
        channel.quiet,
        Limit(float(channel.burst), channel.per_hour),
    )
