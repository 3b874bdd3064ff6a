"""Every mistake of the settings is told at once, with where it stands, and no secret with it."""

from __future__ import annotations

from pathlib import Path

import pytest

import config
from domain.errors import ConfigError
from tests.config.builders import settings_of, settings_problems, told

SAMPLE = Path(next(iter(config.__path__))) / "wastenot.toml"
SECRET = "hunter2-very-secret"


def lines(text: str, environ: dict[str, str] | None = None) -> list[str]:
    return told(settings_problems(text, environ))


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
