"""Settings and plant file -> the parts of a process. The only place that chooses an implementation.

What only some processes need is imported where it is opened: without ledger and alerts a collector is
a third smaller.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from app.cross_checks import broker_problems, channel_problems
from app.partitions import partition_problems
from config.plant_file import load_plant
from config.settings import Settings, load_settings
from config.settings_schema import BrokerSettings
from domain.errors import ConfigError, Problem
from domain.plant import Plant
from ingest.address import BrokerAddress, Tls
from ingest.parse import Limits

if TYPE_CHECKING:
    from store.influx import InfluxSeries
    from store.influx_append import InfluxReadings
    from store.influx_setup import InfluxSetup
    from store.ledger import SqlLedger
    from store.sqlite import SqliteSeries


class Role(StrEnum):
    """What one process does; `up` does all of it."""

    COLLECT = "collect"
    ANALYSE = "analyse"
    SERVE = "serve"


def load_configuration(
    settings_file: Path | None, plant_file: Path | None, today: date | None = None, *, draft: bool = False
) -> tuple[Settings, Plant]:
    """Return the settings and the plant.

    Args:
        settings_file: wastenot.toml when not given, if there is one.
        plant_file: the settings' own when not given.
        today: see load_plant.
        draft: a plant without meters will do: the set-up page is there to find them.

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
        plant = load_plant(plant_file or settings.plant, today, draft=draft)
    except ConfigError as wrong:
        problems += wrong.problems
    if problems or plant is None:
        raise ConfigError(problems)
    if problems := [
        *broker_problems(settings, plant),
        *partition_problems(settings, plant),
        *channel_problems(settings, plant),
    ]:
        raise ConfigError(problems)
    return settings, plant


def open_store(settings: Settings) -> SqliteSeries | InfluxSeries:
    """Return the series store of the settings; nothing is connected to yet."""
    series = settings.series
    match series.store:
        case "sqlite":
            from store.sqlite import SqliteSeries

            settings.data_dir.mkdir(parents=True, exist_ok=True)
            return SqliteSeries(settings.sqlite_file)
        case "influxdb":
            from store.influx import InfluxSeries

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
                keep_raw_s=series.keep_raw_s,
            )


def open_sink(settings: Settings) -> SqliteSeries | InfluxReadings:
    """Return the writing end of the series store, for a process that only collects."""
    series = settings.series
    if series.store == "sqlite":
        from store.sqlite import SqliteSeries

        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return SqliteSeries(settings.sqlite_file)
    from store.influx_append import InfluxReadings
    from store.influx_http import Address, is_local

    address = Address(
        series.url,
        series.dialect,
        series.database,
        series.org,
        series.username,
        _shown(series.password),
        series.timeout_s,
        not is_local(series.url),
    )
    return InfluxReadings(address, _shown(series.write_token or series.token))


def open_influx_setup(settings: Settings) -> InfluxSetup:
    """Return what makes databases and buckets, with the administrator's credentials where they are given."""
    from store.influx_http import Address
    from store.influx_setup import InfluxSetup

    series = settings.series
    address = Address(
        series.url,
        series.dialect,
        series.database,
        series.org,
        series.admin_username or series.username,
        _shown(series.admin_password if series.admin_username else series.password),
        series.timeout_s,
    )
    return InfluxSetup(address, _shown(series.admin_token or series.write_token or series.token))


def open_ledger(settings: Settings) -> SqlLedger:
    """Return the ledger of the settings; `migrate` it before use."""
    from store.ledger import SqlLedger

    if settings.ledger.url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqlLedger(settings.ledger_url.get_secret_value(), _shown(settings.ledger.password))


def broker_address(
    settings: Settings, client_id: str, port: int | None = None, broker: BrokerSettings | None = None
) -> BrokerAddress:
    """Return how to reach a broker.

    Args:
        client_id: who we are there; "" = a guest without a session.
        port: of an embedded broker; None = the settings' own.
        broker: one of the further ones; None = the first.
    """
    broker = broker or settings.broker
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
        websocket=broker.websocket,
        keepalive_s=round(broker.keepalive_s),
    )


def message_limits(settings: Settings) -> Limits:
    """Return what a message may be."""
    ingest = settings.ingest
    return Limits(int(ingest.max_payload_bytes), ingest.max_age_s, ingest.max_skew_s)


def _shown(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
