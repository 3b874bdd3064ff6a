"""Cross-checks of the settings: keys that need, or exclude, each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from config.problems import Fault
from config.settings_schema import ChannelSettings, Settings

LEDGERS = ("sqlite", "postgresql")


def check_settings(settings: Settings) -> Iterator[Fault]:
    """Yield every fault between keys."""
    for check in _CHECKS:
        yield from check(settings)


def _broker(settings: Settings) -> Iterator[Fault]:
    broker = settings.broker
    if broker.mode == "external" and not broker.host:
        yield Fault(("broker", "host"), 'mode = "external" needs the broker\'s host')
    if broker.mode == "amqtt" and broker.protocol == "5":
        yield Fault(
            ("broker", "protocol"), 'amqtt speaks MQTT 3.1.1 only: write "3.1.1", or choose another mode'
        )
    if broker.password is not None and not broker.username:
        yield Fault(("broker", "username"), "a password without a user name: write both, or neither")


def _broker_tls(settings: Settings) -> Iterator[Fault]:
    broker = settings.broker
    files = {"ca_file": broker.ca_file, "cert_file": broker.cert_file, "key_file": broker.key_file}
    for key, path in files.items():
        if path and not broker.tls:
            yield Fault(("broker", key), "has no effect without tls = true")
        elif path and not Path(path).is_file():
            yield Fault(("broker", key), "there is no such file")
    for key, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if files[key] and not files[other]:
            yield Fault(("broker", other), f"is missing: {key} is given, and a certificate needs its key")


def _ingest(settings: Settings) -> Iterator[Fault]:
    if settings.ingest.spool_segment_bytes > settings.ingest.spool_max_bytes:
        yield Fault(("ingest", "spool_segment_bytes"), "is larger than the whole spool (spool_max_bytes)")


def _series(settings: Settings) -> Iterator[Fault]:
    series = settings.series
    if series.store == "sqlite":
        if series.url:
            yield Fault(("series", "url"), 'has no effect while store = "sqlite": write store = "influxdb"')
        return
    for key, value in (("url", series.url), ("database", series.database)):
        if not value:
            yield Fault(("series", key), 'is missing: store = "influxdb" needs it')
    if series.dialect == "v2" and series.token is None:
        for key, token in (("write_token", series.write_token), ("read_token", series.read_token)):
            if token is None:
                yield Fault(
                    ("series", key), 'is missing: dialect = "v2" needs token, or write_token and read_token'
                )
    if series.dialect == "v1" and bool(series.username) != (series.password is not None):
        key = "password" if series.username else "username"
        yield Fault(("series", key), "is missing: user name and password come together")


def _ledger(settings: Settings) -> Iterator[Fault]:
    if settings.ledger.url is None:
        if settings.ledger.password is not None:
            yield Fault(("ledger", "url"), "is missing: a password is given, and SQLite has none")
        return
    scheme, separator, _ = settings.ledger.url.get_secret_value().partition("://")
    if not separator or scheme.split("+")[0] not in LEDGERS:
        example = "postgresql+psycopg://wastenot@db/wastenot"
        yield Fault(
            ("ledger", "url"), f'must be a SQLAlchemy URL of {" or ".join(LEDGERS)}, such as "{example}"'
        )


def _channels(settings: Settings) -> Iterator[Fault]:
    seen: set[str] = set()
    for position, channel in enumerate(settings.alerts.channels):
        loc = ("alerts", "channel", position)
        if channel.name in seen:
            yield Fault((*loc, "name"), "is the name of another channel")
        seen.add(channel.name)
        yield from (Fault((*loc, "url"), message) for message in _channel_url(channel))


def _channel_url(channel: ChannelSettings) -> Iterator[str]:
    if channel.kind != "apprise":
        if channel.url is not None:
            yield 'only kind = "apprise" has a URL'
    elif channel.url is None:
        yield 'is missing: kind = "apprise" needs it (url or url_file), such as "ntfys://ntfy.plant.lan/waste"'
    elif "://" not in channel.url.get_secret_value():
        yield 'must be an apprise URL, such as "ntfys://ntfy.plant.lan/waste"'


_CHECKS: tuple[Callable[[Settings], Iterator[Fault]], ...] = (
    _broker,
    _broker_tls,
    _ingest,
    _series,
    _ledger,
    _channels,
)
