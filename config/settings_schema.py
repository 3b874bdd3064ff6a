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

from config.settings_alerts import AlertsSettings
from config.settings_values import (
    Cadence,
    Clock,
    Host,
    Keep,
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
from config.topics import parse_filter

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

    @property
    def pages_url(self) -> str:
        """Return where people find the pages: what the settings say, else this machine and `http.port`."""
        if "base_url" in self.alerts.model_fields_set or not self.http.port:
            return self.alerts.base_url
        return f"http://localhost:{self.http.port}"
