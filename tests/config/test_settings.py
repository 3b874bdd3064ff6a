"""Settings: file, environment over it, secrets from files, and every mistake at once, secrets unseen."""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

import config
from config.settings import Settings, load_settings
from config.settings_schema import BrokerSettings, SeriesSettings
from domain.errors import ConfigError
from tests.config.builders import settings_of, settings_problems, told

SAMPLE = Path(next(iter(config.__path__))) / "wastenot.toml"
SECRET = "hunter2-very-secret"


def lines(text: str, environ: dict[str, str] | None = None) -> list[str]:
    return told(settings_problems(text, environ))


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


BAD = f"""
plan = "x"
[broker]
host = "mqtt://user:{SECRET}@host"
port = 99999
pasword = "{SECRET}"
password = 12345678
keepalive = "0s"
protocol = "4"
tls = "perhaps"
client_id = ""
cert_file = "/nowhere/cert"
[ingest]
max_payload_bytes = "many"
batch_size = 0
max_age = "ten days"
spool_max_bytes = 1000
[series]
store = "influxdb"
url = "http://user:{SECRET}@influx:8086"
token = "{SECRET}"
token_file = "/nowhere/token"
timeout = nan
[ledger]
url = "mysql://{SECRET}@h/d"
[analysis]
baseline_at = "25:00"
lateness = "-1s"
[[alerts.channel]]
name = "a"
kind = "mail"
url = "{SECRET}"
[[alerts.channel]]
name = "b"
kind = "apprise"
url = "{SECRET}"
[[alerts.channel]]
name = "a"
kind = "mqtt"
topic = "x/#"
url = "json://{SECRET}"
[http]
port = -1
[log]
level = "loud"
[alert]
x = "{SECRET}"
"""
BAD_ENVIRONMENT = {
    "WASTENOT_HTTP__HOST": "a@b",
    "WASTENOT_BROKER__SECRET": SECRET,
    "WASTENOT_BROKER_PORT": "1883",
    "WASTENOT_SERIE__URL": "x",
    "WASTENOT_PLNAT": "x",
    "WASTENOT_ALERTS__BASE_URL": "localhost",
    "WASTENOT_SERIES__READ_TOKEN_FILE": SECRET,
    "WASTENOT_LOG": "{not json",
    "WASTENOT_DATA": "somebody else's",
    "WASTENOT_INGEST_PORT": "tcp://10.0.0.1:80",
}
EXPECTED = [
    'plan = ***: unknown key; did you mean "plant"',
    'broker.host = "mqtt://***@host": write the host alone',
    "broker.port = 99999: must be at most 65535",
    'broker.pasword = ***: unknown key; did you mean "password"',
    "broker.password = ***: must be text in quotes",
    'broker.keepalive = "0s": must be at least 1',
    'broker.protocol = "4": unknown value; allowed: 3.1.1, 5',
    'broker.tls = "perhaps": must be true or false',
    'broker.client_id = "": must not be empty',
    'ingest.max_payload_bytes = "many": must be a number of bytes, or a size such as "64MiB"',
    "ingest.batch_size = 0: must be at least 1",
    'ingest.max_age = "ten days": not a duration',
    "ingest.spool_segment_bytes: is larger than the whole spool",
    'series.url = "http://***@influx:8086": a URL holds no user and password',
    'series.token_file = "/nowhere/token": token is given as well: keep one of the two',
    "series.timeout = nan: must be a finite number",
    'series.database: is missing: store = "influxdb" needs it',
    "ledger.url = ***: must be a SQLAlchemy URL of sqlite or postgresql",
    'analysis.baseline_at = "25:00": no such time of day',
    'analysis.lateness = "-1s": not a duration',
    'alerts.channel[1] (a).kind = "mail": unknown value; allowed: console, mqtt, apprise',
    "alerts.channel[2] (b).url = ***: must be an apprise URL",
    'alerts.channel[3] (a).name = "a": is the name of another channel',
    "alerts.channel[3] (a).url = ***: only kind",
    'alerts.channel[3] (a).topic = "x/#": a topic to publish to has no',
    "http.port = -1: must be at least 0",
    'log.level = "loud": unknown value; allowed: debug, info, warning, error',
    'alert: unknown key; did you mean "alerts"',
    'WASTENOT_HTTP__HOST = "a@b": write the host alone',
    "WASTENOT_BROKER__SECRET = ***: unknown key",
    "WASTENOT_BROKER_PORT: unknown key; write WASTENOT_BROKER__PORT, with two underscores",
    'WASTENOT_SERIE__URL: unknown section; did you mean "series"',
    'WASTENOT_PLNAT: unknown key; did you mean "plant"',
    'WASTENOT_ALERTS__BASE_URL = "localhost": must be a URL',
    "WASTENOT_SERIES__READ_TOKEN_FILE = ***: the secret cannot be read: No such file or directory",
    "WASTENOT_LOG: must be written as JSON",
]


def test_every_mistake_of_file_and_environment_is_told_and_nothing_else() -> None:
    found = lines(BAD, BAD_ENVIRONMENT)
    for start in EXPECTED:
        assert [line for line in found if line.startswith(start)], f"not told: {start}\n" + "\n".join(found)
    assert len(found) == len(EXPECTED), "\n".join(found)


def test_no_mistake_tells_a_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        settings_of(BAD, BAD_ENVIRONMENT)
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.problems}"
    assert caught.value.__context__ is None, "pydantic's own error holds every input"


def test_a_problem_names_its_source() -> None:
    problems = settings_problems("[http]\nport = -1\n", {"WASTENOT_BROKER__PORT": "x"})
    files = {problem.key: Path(problem.file).name for problem in problems}
    assert files == {"port": "wastenot.toml", "WASTENOT_BROKER__PORT": "environment"}


INFLUX = '[series]\nstore = "influxdb"\n'
SERVER = INFLUX + 'url = "http://i:8086"\ndatabase = "d"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[broker]\nmode = "external"', ["broker.host: mode = "]),
        ('[broker]\nmode = "amqtt"\nprotocol = 5', ["broker.protocol = 5: amqtt speaks MQTT 3.1.1"]),
        ('[broker]\npassword = "x"', ["broker.username: a password without a user name"]),
        ('[broker]\nca_file = "/nowhere"', ['broker.ca_file = "/nowhere": has no effect']),
        ('[broker]\ntls = true\nca_file = "/nowhere"', ['broker.ca_file = "/nowhere": there is no']),
        (f'[broker]\ntls = true\ncert_file = "{SAMPLE}"', ["broker.key_file: is missing: cert_file"]),
        (INFLUX + 'token = "t"', ["series.url: is missing", "series.database: is missing"]),
        (SERVER, ["series.write_token: is missing", "series.read_token: is missing"]),
        (SERVER + 'write_token = "t"', ["series.read_token: is missing"]),
        (SERVER + 'token = "t"', []),
        (SERVER + 'write_token = "t"\nread_token = "t"', []),
        (SERVER + 'dialect = "v1"', []),
        (SERVER + 'dialect = "v1"\nusername = "u"', ["series.password: is missing"]),
        (SERVER + 'dialect = "v1"\npassword = "p"', ["series.username: is missing"]),
        (SERVER + 'dialect = "v3"', []),
        (SERVER + 'dialect = "v4"', ['series.dialect = "v4": unknown value']),
        ('[series]\nurl = "http://i"', ['series.url = "http://i": has no effect while store = "sqlite"']),
        ('[series]\nurl = "influx:8086"', ['series.url = "influx:8086": must be a URL']),
        ('[ledger]\nurl = "x"', ["ledger.url = ***: must be a SQLAlchemy URL"]),
        ('[ledger]\npassword = "x"', ["ledger.url: is missing: a password is given"]),
        ('[ledger]\npassword_file = "/nowhere"', ["ledger.password_file = "]),
        ('[[alerts.channel]]\nname = "x"', ["alerts.channel[1] (x).kind: is missing"]),
        ('[[alerts.channel]]\nkind = "mqtt"', ["alerts.channel[1].name: is missing"]),
        ('[[alerts.channel]]\nname = "x"\nkind = "apprise"', ["alerts.channel[1] (x).url: is missing"]),
        ('[alerts.channel]\nname = "x"\nkind = "mqtt"', ["alerts.channel: write [[alerts.channel]]"]),
        ("[broker]\nport = 0", ["broker.port = 0: must be at least 1"]),
        ("broker = 3", ["broker = 3: must be a table"]),
        ('_env_file = "x"', ["_env_file = ***: unknown key"]),
        ("_settings_cls = 1\n__pydantic_self__ = 2", ["_settings_cls = ***", "__pydantic_self__ = ***"]),
    ],
)  # fmt: skip
def test_keys_that_need_or_exclude_each_other_are_told(text: str, expected: list[str]) -> None:
    found = lines(f"{text}\n")
    assert len(found) == len(expected), found
    for line, start in zip(found, expected, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff", "not text in UTF-8"),
        (b"x" * 70000, "larger than any secret"),
    ],
)
def test_a_secret_file_without_a_secret_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "token").write_bytes(content)
    (line,) = lines(f'[series]\ntoken_file = "{tmp_path}/token"\n')
    assert line.startswith(f'series.token_file = "{tmp_path}/token": ')
    assert message in line


def test_series_settings_can_be_built_for_a_test() -> None:
    series = SeriesSettings(
        store="influxdb", url="http://h:1/", database="d", timeout_s=2.5, token=SecretStr("t")
    )
    assert (series.url, series.timeout_s) == ("http://h:1", 2.5)
