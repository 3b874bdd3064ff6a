"""Settings and plant file -> the parts of a process. The only place that chooses an implementation."""

from __future__ import annotations

import sys
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from pydantic import SecretStr

from alerts.channels.apprise import AppriseChannel
from alerts.channels.console import ConsoleChannel
from alerts.channels.mqtt import MqttChannel
from alerts.figures import Letterhead
from alerts.machine import Rules
from alerts.outbox import ChannelRule
from app.alerting import Patience, Receivers
from config.plant_file import load_plant
from config.settings import Settings, load_settings
from config.settings_schema import ChannelSettings
from domain.alert import AlertKind
from domain.baseline import Severity
from domain.errors import ConfigError, NotifyError, Problem
from domain.plant import Plant
from domain.ports import Notifier, Publisher, SeriesStore
from ingest.address import BrokerAddress, Tls
from ingest.parse import Limits
from store.influx import InfluxSeries
from store.ledger import SqlLedger
from store.sqlite import SqliteSeries


class Role(StrEnum):
    """What one process does; `up` does all of it."""

    COLLECT = "collect"
    ANALYSE = "analyse"


def load_configuration(
    settings_file: Path | None, plant_file: Path | None, today: date | None = None
) -> tuple[Settings, Plant]:
    """Return the settings and the plant.

    Raises:
        ConfigError: with the problems of both files at once.
    """
    problems: list[Problem] = []
    settings, plant = Settings(), None
    try:
        settings = load_settings(settings_file)
    except ConfigError as wrong:
        problems += wrong.problems
    try:
        plant = load_plant(plant_file or settings.plant, today)
    except ConfigError as wrong:
        problems += wrong.problems
    if problems or plant is None:
        raise ConfigError(problems)
    return settings, plant


def open_store(settings: Settings) -> SeriesStore:
    """Return the series store of the settings; nothing is connected to yet."""
    series = settings.series
    match series.store:
        case "sqlite":
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            return SqliteSeries(settings.sqlite_file)
        case "influxdb":
            return InfluxSeries(
                series.url,
                series.dialect,
                series.database,
                org=series.org,
                username=series.username,
                password=_shown(series.password),
                write_token=_shown(series.write_token or series.token),
                read_token=_shown(series.read_token or series.token),
                timeout_s=series.timeout_s,
            )


def open_ledger(settings: Settings) -> SqlLedger:
    """Return the ledger of the settings; `migrate` it before use."""
    if settings.ledger.url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqlLedger(settings.ledger_url.get_secret_value(), _shown(settings.ledger.password))


def broker_address(settings: Settings, client_id: str, port: int | None = None) -> BrokerAddress:
    """Return how to reach the broker; `port` is that of an embedded one."""
    broker = settings.broker
    tls = None
    if broker.tls:
        tls = Tls(
            *(Path(file) if file else None for file in (broker.ca_file, broker.cert_file, broker.key_file))
        )
    return BrokerAddress(
        host=broker.host or "127.0.0.1",
        port=port or broker.port,
        client_id=client_id,
        username=broker.username,
        password=_shown(broker.password),
        protocol=broker.protocol,
        tls=tls,
        keepalive_s=round(broker.keepalive_s),
    )


def message_limits(settings: Settings) -> Limits:
    """Return what a message may be."""
    ingest = settings.ingest
    return Limits(int(ingest.max_payload_bytes), ingest.max_age_s, ingest.max_skew_s)


def alert_patience(settings: Settings, transit_s: float) -> Patience:
    """Return how patient alerts are; `transit_s` is 0 on the wall clock."""
    alerts = settings.alerts
    hold_s = {
        AlertKind.HOTSPOT: alerts.pending_hotspot_s,
        AlertKind.SILENT_METER: alerts.pending_silent_s,
        AlertKind.INFRASTRUCTURE: alerts.pending_infrastructure_s,
    }
    return Patience(Rules(repeat_s=alerts.repeat_s), hold_s, transit_s)


def open_receivers(
    settings: Settings, plant: Plant, publisher: Publisher, stream: TextIO = sys.stdout
) -> Receivers:
    """Return the channels of the settings.

    Raises:
        ConfigError: with every channel that cannot work.
    """
    problems: list[Problem] = []
    notifiers: dict[str, Notifier] = {}
    for channel in settings.alerts.channels:
        try:
            notifiers[channel.name] = _open_channel(channel, settings, plant, publisher, stream)
        except NotifyError as wrong:
            problems.append(Problem("settings", f"alerts.channel ({channel.name})", "url", "***", str(wrong)))
    if problems:
        raise ConfigError(problems)
    rules = tuple(
        ChannelRule(channel.name, Severity(channel.min_severity)) for channel in settings.alerts.channels
    )
    return Receivers(rules, notifiers, letterhead(settings, plant, plant.language))


def letterhead(settings: Settings, plant: Plant, language: str) -> Letterhead:
    """Return for whom a message is written."""
    return Letterhead(
        plant=plant.name,
        timezone=plant.timezone,
        currency=plant.currency,
        language=language,
        base_url=settings.alerts.base_url,
    )


def _open_channel(
    channel: ChannelSettings, settings: Settings, plant: Plant, publisher: Publisher, stream: TextIO
) -> Notifier:
    head = letterhead(settings, plant, channel.language or plant.language)
    match channel.kind:
        case "console":
            return ConsoleChannel(channel.name, stream, head)
        case "mqtt":
            return MqttChannel(channel.name, publisher, channel.topic, head)
        case "apprise":
            return AppriseChannel(channel.name, _shown(channel.url), head)


def _shown(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
