"""Settings: file, environment over it, secrets from files and never in a text."""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from config.settings import Settings, load_settings
from config.settings_schema import BrokerSettings, SeriesSettings
from domain.errors import ConfigError
from tests.config.builders import settings_of

SECRET = "hunter2-very-secret"


def test_nothing_has_to_be_set() -> None:
    settings = settings_of("")
    assert settings == Settings()
    assert (settings.broker.mode, settings.series.store, settings.plant) == (
        "auto",
        "sqlite",
        Path("plant.toml"),
    )
    assert [channel.name for channel in settings.alerts.channels] == ["console"]
    assert settings.ledger_url.get_secret_value() == "sqlite:///var/wastenot.sqlite"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().broker.port = 1


def test_building_settings_in_python_ignores_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WASTENOT_BROKER__PORT", "9")
    settings = Settings(broker=BrokerSettings(host="h", keepalive_s=5.0))
    assert (settings.broker.port, settings.broker.mode, settings.broker.keepalive_s) == (
        1883,
        "external",
        5.0,
    )


def test_the_files_durations_become_seconds() -> None:
    settings = settings_of(
        '[analysis]\nevery = "30s"\nlateness = "5min"\nbaseline_at = "03:15"\n'
        '[ingest]\nmax_age = "7d"\nspool_max_bytes = "2GiB"\n'
        '[alerts]\nrepeat = "1h"\npending_silent = "90s"\n'
    )
    assert (settings.analysis.every_s, settings.analysis.lateness_s) == (30.0, 300.0)
    assert settings.analysis.baseline_at == time(3, 15)
    assert (settings.ingest.max_age_s, settings.ingest.spool_max_bytes) == (604800.0, 2 * 2**30)
    assert (settings.alerts.repeat_s, settings.alerts.pending_silent_s) == (3600.0, 90.0)


def test_a_broker_of_its_own_is_external() -> None:
    assert settings_of('[broker]\nhost = "mqtt"\n').broker.mode == "external"
    assert settings_of('[broker]\nhost = "mqtt"\nmode = "mosquitto"\n').broker.mode == "mosquitto"


def test_the_environment_wins_over_the_file_key_by_key() -> None:
    text = 'plant = "a.toml"\n[broker]\nhost = "one"\nport = 1\n[http]\nport = 2\n'
    settings = settings_of(
        text,
        {
            "WASTENOT_PLANT": "b.toml",
            "WASTENOT_BROKER__HOST": "two",
            "wastenot_http__port": "3",
            "WASTENOT_ANALYSIS__LATENESS": "1min",
            "WASTENOT_LOG__LEVEL": "",
            "PATH": "/bin",
        },
    )
    assert (settings.plant, settings.broker.host, settings.broker.port) == (Path("b.toml"), "two", 1)
    assert (settings.http.port, settings.analysis.lateness_s, settings.log.level) == (3, 60.0, "info")


def test_lists_and_sections_come_from_the_environment_as_json() -> None:
    settings = settings_of(
        "",
        {
            "WASTENOT_ALERTS__CHANNEL": '[{"name": "a", "kind": "mqtt"}, {"name": "b", "kind": "console"}]',
            "WASTENOT_LOG": '{"format": "json"}',
        },
    )
    assert [channel.kind for channel in settings.alerts.channels] == ["mqtt", "console"]
    assert settings.log.format == "json"


def test_the_process_environment_and_the_file_in_the_working_directory_are_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.upper().startswith("WASTENOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    assert load_settings() == Settings()
    (tmp_path / "wastenot.toml").write_text("[http]\nport = 81\n")
    monkeypatch.setenv("WASTENOT_BROKER__PORT", "82")
    settings = load_settings()
    assert (settings.http.port, settings.broker.port) == (81, 82)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the settings file cannot be read: No such file"):
        load_settings(tmp_path / "none.toml", {})


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"  {SECRET}\n")
    return path


@pytest.mark.parametrize(
    "path",
    [
        "broker.password",
        "series.password",
        "series.token",
        "series.write_token",
        "series.read_token",
        "ledger.password",
    ],
)
@pytest.mark.parametrize("by", ["file", "environment"])
def test_every_secret_can_stand_in_a_file(secret_file: Path, path: str, by: str) -> None:
    section, key = path.split(".")
    beside = {"broker": 'username = "u"\n', "ledger": 'url = "postgresql://u@h/d"\n'}.get(section, "")
    named = f'{key}_file = "{secret_file}"\n' if by == "file" else ""
    environ = {} if by == "file" else {f"WASTENOT_{section}__{key}_FILE".upper(): str(secret_file)}
    settings = settings_of(f"[{section}]\n{beside}{named}", environ)
    read = getattr(getattr(settings, section), key)
    assert isinstance(read, SecretStr)
    assert read.get_secret_value() == SECRET


def test_the_url_of_the_ledger_and_of_a_channel_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("postgresql+psycopg://u:p@db/x\n")
    (tmp_path / "ntfy").write_text("ntfys://me:p@host/topic\n")
    settings = settings_of(
        f'[ledger]\nurl_file = "{tmp_path}/ledger"\n'
        f'[[alerts.channel]]\nname = "phone"\nkind = "apprise"\nurl_file = "{tmp_path}/ntfy"\n'
    )
    assert settings.ledger_url.get_secret_value() == "postgresql+psycopg://u:p@db/x"
    url = settings.alerts.channels[0].url
    assert url is not None
    assert url.get_secret_value() == "ntfys://me:p@host/topic"


def test_a_secret_of_the_environment_replaces_the_files_way_of_giving_it() -> None:
    text = '[broker]\nusername = "u"\npassword_file = "/nowhere"\n'
    password = settings_of(text, {"WASTENOT_BROKER__PASSWORD": SECRET}).broker.password
    assert password is not None
    assert password.get_secret_value() == SECRET


def test_an_empty_secret_is_none() -> None:
    assert settings_of('[series]\ntoken = ""\ntoken_file = ""\n').series.token is None


def test_secrets_are_not_in_the_text_of_settings() -> None:
    settings = settings_of(
        f'[broker]\nusername = "u"\npassword = "{SECRET}"\n[ledger]\nurl = "postgresql://u:{SECRET}@h/d"\n'
        f'[series]\ntoken = "{SECRET}"\n[[alerts.channel]]\nname = "x"\nkind = "apprise"\nurl = "json://{SECRET}"\n'
    )
    assert SECRET not in f"{settings!r} {settings} {settings.ledger_url!r} {settings.model_dump()!r}"


def test_series_settings_can_be_built_for_a_test() -> None:
    series = SeriesSettings(
        store="influxdb", url="http://h:1/", database="d", timeout_s=2.5, token=SecretStr("t")
    )
    assert (series.url, series.timeout_s) == ("http://h:1", 2.5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "http://localhost:8080"),
        ("[http]\nport = 9000\n", "http://localhost:9000"),
        ("[http]\nport = 0\n", "http://localhost:8080"),
        ('[http]\nport = 9000\n[alerts]\nbase_url = "https://cp.plant.lan"\n', "https://cp.plant.lan"),
    ],
)
def test_links_lead_to_where_the_pages_are(text: str, found: str) -> None:
    assert settings_of(text).pages_url == found
