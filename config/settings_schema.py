"""The settings: one class per section, one line per key, defaults that run on one machine without a file.

In the file a duration is text with a unit under a plain name (`lateness = "2min"`); here it is seconds
under the same name with `_s`. A secret has a twin key with `_file`, which names a file that holds it.
config/wastenot.toml explains every key.
"""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ByteSize, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.dates import parse_clock
from config.durations import LONGEST_S, parse_duration
from config.salvage import Row
from config.topics import parse_topic_name

BrokerMode = Literal["auto", "mosquitto", "amqtt", "external"]
MIB = 2**20
GIB = 2**30


def _parse_seconds(written: object) -> object:
    """Return seconds: of a text with a unit, or of a bare number."""
    if isinstance(written, str):
        try:
            return float(written)
        except ValueError:
            return parse_duration(written)
    return written


def _parse_secret(written: object) -> object:
    return None if written == "" else written


def _parse_protocol(written: object) -> object:
    return str(written) if type(written) is int else written


def _parse_host(written: str) -> str:
    if "/" in written or "@" in written or written.strip() != written:
        raise ValueError(
            'write the host alone, such as "mqtt.plant.lan"; port, user and tls have keys of their own'
        )
    return written


def _parse_web_url(written: str) -> str:
    if not written:
        return written
    scheme, separator, rest = written.partition("://")
    if scheme not in {"http", "https"} or not separator or not rest.strip("/"):
        raise ValueError('must be a URL such as "http://influxdb:8086"')
    if "@" in rest.split("/")[0]:
        raise ValueError("a URL holds no user and password: they have keys of their own")
    return written.rstrip("/")


def _parse_language(written: object) -> object:
    return None if written == "" else written


def _at_least_one(size: ByteSize) -> ByteSize:
    if not 1 <= size <= 2**50:
        raise ValueError("must be at least 1 byte and at most 1 PiB")
    return size


Seconds = Annotated[float, Field(ge=0, le=LONGEST_S), BeforeValidator(_parse_seconds)]
Cadence = Annotated[float, Field(gt=0, le=LONGEST_S), BeforeValidator(_parse_seconds)]
Secret = Annotated[SecretStr | None, BeforeValidator(_parse_secret)]
Size = Annotated[ByteSize, AfterValidator(_at_least_one)]
Clock = Annotated[time, BeforeValidator(parse_clock)]
Host = Annotated[str, AfterValidator(_parse_host)]
WebUrl = Annotated[str, AfterValidator(_parse_web_url)]
Name = Annotated[str, Field(min_length=1, max_length=128)]
Language = Annotated[Literal["vi", "en"] | None, BeforeValidator(_parse_language)]


class Section(Row):
    """A section: values may come as text from the environment, so numbers are read from text too."""

    model_config = ConfigDict(strict=False, validate_by_name=True, validate_by_alias=True)


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
    protocol: Annotated[Literal["3.1.1", "5"], BeforeValidator(_parse_protocol)] = "3.1.1"
    keepalive_s: Annotated[Seconds, Field(alias="keepalive", ge=1, le=65535)] = 30.0


class IngestSettings(Section):
    """[ingest]."""

    max_payload_bytes: Size = ByteSize(64 * 2**10)
    max_age_s: Annotated[Cadence, Field(alias="max_age")] = 400 * 86400.0
    max_skew_s: Annotated[Cadence, Field(alias="max_skew")] = 300.0
    spool_max_bytes: Size = ByteSize(10 * GIB)
    spool_segment_bytes: Size = ByteSize(64 * MIB)
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 5000
    rejects_kept: Annotated[int, Field(ge=0, le=1_000_000)] = 1000


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
    timeout_s: Annotated[Cadence, Field(alias="timeout")] = 10.0


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


class ChannelSettings(Section):
    """[[alerts.channel]]."""

    required: ClassVar[dict[str, str]] = {
        "name": "write a name of your own for the channel",
        "kind": "write console, mqtt or apprise",
    }
    name: Name = "console"
    kind: Literal["console", "mqtt", "apprise"] = "console"
    url: Secret = None
    url_file: str = ""
    topic: Annotated[str, AfterValidator(parse_topic_name)] = "wastenot"
    min_severity: Literal["info", "warning", "critical"] = "info"
    language: Language = None


class AlertsSettings(Section):
    """[alerts]."""

    pending_hotspot_s: Annotated[Seconds, Field(alias="pending_hotspot")] = 0.0
    pending_silent_s: Annotated[Seconds, Field(alias="pending_silent")] = 0.0
    pending_infrastructure_s: Annotated[Seconds, Field(alias="pending_infrastructure")] = 60.0
    repeat_s: Annotated[Cadence, Field(alias="repeat")] = 8 * 3600.0
    base_url: WebUrl = "http://localhost:8080"
    channels: Annotated[tuple[ChannelSettings, ...], Field(alias="channel")] = (ChannelSettings(),)


class HttpSettings(Section):
    """[http]."""

    host: Host = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080


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
    ingest: IngestSettings = IngestSettings()
    series: SeriesSettings = SeriesSettings()
    ledger: LedgerSettings = LedgerSettings()
    analysis: AnalysisSettings = AnalysisSettings()
    alerts: AlertsSettings = AlertsSettings()
    http: HttpSettings = HttpSettings()
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
