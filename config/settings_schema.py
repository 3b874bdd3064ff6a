"""The settings: one class per section, one line per key, defaults that run on one machine without a file.

In the file a duration is text with a unit under a plain name (`lateness = "2min"`); here it is seconds
under the same name with `_s`. A secret has a twin key with `_file`, which names a file that holds it.
config/wastenot.toml explains every key.
"""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ByteSize, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.settings_values import (
    Cadence,
    Clock,
    Host,
    Hours,
    Keep,
    Language,
    Matchers,
    Name,
    Seconds,
    Secret,
    Section,
    Size,
    WebUrl,
    parse_network,
    parse_protocol,
    parse_short_name,
    parse_websocket,
)
from config.topics import parse_filter, parse_topic_name
from domain.silence import Matcher

BrokerMode = Literal["auto", "mosquitto", "amqtt", "external"]
MIB = 2**20
GIB = 2**30


def _broker_mode(read: dict[str, Any]) -> BrokerMode:
    return "external" if read.get("host") else "auto"


class BrokerSettings(Section):
    """[broker]."""

    host: Host = ""
    mode: BrokerMode = Field(default_factory=_broker_mode)
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str = ""
    password: Secret = None
    password_file: str = ""
    tls: bool = False
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    client_id: Name = "wastenot-collector"
    protocol: Annotated[Literal["3.1.1", "5"], BeforeValidator(parse_protocol)] = "3.1.1"
    websocket: Annotated[str, AfterValidator(parse_websocket)] = ""
    keepalive_s: Annotated[Seconds, Field(alias="keepalive", ge=1, le=65535)] = 30.0


class FurtherBroker(BrokerSettings):
    """[[brokers]]: one more broker, which [[meter]], [[variable]] and [[source]] rows name."""

    required: ClassVar[dict[str, str]] = {
        "name": 'write the name that rows of the plant file give it: broker = "..."',
        "host": "write the broker's name or address",
    }
    name: Annotated[str, AfterValidator(parse_short_name)] = ""
    mode: Literal["external"] = "external"


class PartitionSettings(Section):
    """[[partition]]: what one of several collectors collects."""

    required: ClassVar[dict[str, str]] = {
        "name": "write the name that `wastenot collect --partition` is given",
        "topics": 'write topic filters, such as ["plant/dye_line_1/#"]',
    }
    name: Annotated[str, AfterValidator(parse_short_name)] = ""
    topics: tuple[Annotated[str, AfterValidator(parse_filter)], ...] = ()
    http_port: Annotated[int, Field(ge=0, le=65535)] = 0


class IngestSettings(Section):
    """[ingest]."""

    max_payload_bytes: Size = ByteSize(64 * 2**10)
    max_age_s: Annotated[Cadence, Field(alias="max_age")] = 400 * 86400.0
    max_skew_s: Annotated[Cadence, Field(alias="max_skew")] = 300.0
    spool_max_bytes: Size = ByteSize(10 * GIB)
    spool_segment_bytes: Size = ByteSize(64 * MIB)
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 5000
    sparkplug_rebirth: bool = False
    rejects_kept: Annotated[int, Field(ge=0, le=1_000_000)] = 1000
    reader: Literal["batched", "plain"] = "batched"


class SeriesSettings(Section):
    """[series]."""

    store: Literal["sqlite", "influxdb"] = "sqlite"
    dialect: Literal["v1", "v2", "v3"] = "v2"
    url: WebUrl = ""
    database: str = ""
    org: str = ""
    username: str = ""
    password: Secret = None
    password_file: str = ""
    token: Secret = None
    token_file: str = ""
    write_token: Secret = None
    write_token_file: str = ""
    read_token: Secret = None
    read_token_file: str = ""
    admin_username: str = ""
    admin_password: Secret = None
    admin_password_file: str = ""
    admin_token: Secret = None
    admin_token_file: str = ""
    timeout_s: Annotated[Cadence, Field(alias="timeout")] = 10.0
    keep_raw_s: Annotated[Keep, Field(alias="keep_raw")] = 90 * 86400.0
    keep_consumption_s: Annotated[Keep, Field(alias="keep_consumption")] = None


class LedgerSettings(Section):
    """[ledger]."""

    url: Secret = None
    url_file: str = ""
    password: Secret = None
    password_file: str = ""


class AnalysisSettings(Section):
    """[analysis]."""

    every_s: Annotated[Cadence, Field(alias="every")] = 10.0
    lateness_s: Annotated[Seconds, Field(alias="lateness")] = 120.0
    baseline_at: Clock = time(2, 30)
    digest_at: Clock = time(7, 0)


Role = Literal["operator", "maintenance", "energy_manager", "admin"]
Level = Literal["info", "warning", "critical"]


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


class ReceiverKeys(Section):
    """The keys of [[alerts.channel]] that say who reads it, and when."""

    min_severity: Level = "info"
    language: Language = None
    person: str = ""
    roles: tuple[Role, ...] = ()
    shifts: tuple[str, ...] = ()
    quiet: Hours = None
    burst: Annotated[int, Field(ge=1, le=1000)] = 6
    per_hour: Annotated[float, Field(gt=0, le=3600)] = 6.0
    group_above: Annotated[int, Field(ge=1, le=1000)] = 5
    digest: bool = True
    weekly: bool = False
    handover: bool = False


class ChannelSettings(ReceiverKeys):
    """[[alerts.channel]]."""

    required: ClassVar[dict[str, str]] = {
        "name": "write a name of your own for the channel",
        "kind": "write console, mqtt, apprise, webhook, pagerduty or work_order",
    }
    name: Name = "console"
    kind: Literal["console", "mqtt", "apprise", "webhook", "pagerduty", "work_order"] = "console"
    url: Secret = None
    url_file: str = ""
    secret: Secret = None
    secret_file: str = ""
    shape: Literal["wastenot", "alertmanager"] = "wastenot"
    headers: dict[str, str] = Field(default_factory=dict)
    discovery: str = ""
    commands: bool = False
    who: Literal["topic", "payload"] = "topic"
    system: Literal["generic", "odoo", "atlas"] = "generic"
    template_file: str = ""
    end_template_file: str = ""
    at_end: Literal["comment", "close", "nothing"] = "comment"
    assets: dict[str, str] = Field(default_factory=dict)
    topic: Annotated[str, AfterValidator(parse_topic_name)] = "wastenot"


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


class HttpSettings(Section):
    """[http]."""

    host: Host = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    trusted_proxies: tuple[Annotated[str, AfterValidator(parse_network)], ...] = ()


class WebSettings(Section):
    """[web]."""

    idle_s: Annotated[Cadence, Field(alias="idle", ge=60)] = 12 * 3600.0
    session_s: Annotated[Cadence, Field(alias="session", ge=60)] = 7 * 86400.0
    peers: tuple[WebUrl, ...] = ()


class LogSettings(Section):
    """[log]."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(BaseSettings):
    """How this installation runs. Built by config.settings.load_settings, or in Python with what differs."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="WASTENOT_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        case_sensitive=False,
    )

    plant: Path = Path("plant.toml")
    data_dir: Path = Path("var")
    broker: BrokerSettings = BrokerSettings()
    brokers: tuple[FurtherBroker, ...] = ()
    partitions: Annotated[tuple[PartitionSettings, ...], Field(alias="partition")] = ()
    ingest: IngestSettings = IngestSettings()
    series: SeriesSettings = SeriesSettings()
    ledger: LedgerSettings = LedgerSettings()
    analysis: AnalysisSettings = AnalysisSettings()
    alerts: AlertsSettings = AlertsSettings()
    http: HttpSettings = HttpSettings()
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return only what the constructor is given: load_settings reads file and environment itself."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def sqlite_file(self) -> Path:
        """Return the file that holds series and ledger when neither has a server of its own."""
        return self.data_dir / "wastenot.sqlite"

    @property
    def ledger_url(self) -> SecretStr:
        """Return the ledger's SQLAlchemy URL, without the password that `ledger.password` may hold."""
        return self.ledger.url or SecretStr(f"sqlite:///{self.sqlite_file}")
