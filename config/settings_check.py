"""Cross-checks of the settings: keys that need, or exclude, each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from config.problems import Fault, Loc
from config.settings_channels import ChannelSettings
from config.settings_schema import BrokerSettings, Settings

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
    if broker.websocket and broker.mode != "external":
        yield Fault(("broker", "websocket"), "is for a broker of your own: write its host")


def _each_broker(settings: Settings) -> Iterator[Fault]:
    """Yield what is wrong with any one broker's keys."""
    for loc, broker in _brokers(settings):
        if broker.password is not None and not broker.username:
            yield Fault((*loc, "username"), "a password without a user name: write both, or neither")
        yield from _tls(broker, loc)


def _brokers(settings: Settings) -> Iterator[tuple[Loc, BrokerSettings]]:
    yield ("broker",), settings.broker
    for position, broker in enumerate(settings.brokers):
        yield ("brokers", position), broker


def _tls(broker: BrokerSettings, loc: Loc) -> Iterator[Fault]:
    files = {"ca_file": broker.ca_file, "cert_file": broker.cert_file, "key_file": broker.key_file}
    for key, path in files.items():
        if path and not broker.tls:
            yield Fault((*loc, key), "has no effect without tls = true")
        elif path and not Path(path).is_file():
            yield Fault((*loc, key), "there is no such file")
    for key, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if files[key] and not files[other]:
            yield Fault((*loc, other), f"is missing: {key} is given, and a certificate needs its key")


def _names(settings: Settings) -> Iterator[Fault]:
    """Yield names that are there twice, and brokers that are the same one."""
    for table, rows in (("brokers", settings.brokers), ("partition", settings.partitions)):
        names = [row.name for row in rows]
        for position, name in enumerate(names):
            if name in names[:position]:
                yield Fault((table, position, "name"), f"is the name of another [[{table}]]")
    seen = {(settings.broker.host, settings.broker.port, settings.broker.client_id)}
    for position, broker in enumerate(settings.brokers):
        if (broker.host, broker.port, broker.client_id) in seen:
            message = "is a session of another broker table: two with one name throw each other out"
            yield Fault(("brokers", position, "client_id"), message)
        seen.add((broker.host, broker.port, broker.client_id))


def _ingest(settings: Settings) -> Iterator[Fault]:
    if settings.ingest.spool_segment_bytes > settings.ingest.spool_max_bytes:
        yield Fault(("ingest", "spool_segment_bytes"), "is larger than the whole spool (spool_max_bytes)")


#: the nightly job looks this far back for late readings [s]
SHORTEST_RAW_S = 15 * 86400.0


def _retention(settings: Settings) -> Iterator[Fault]:
    raw, consumption = settings.series.keep_raw_s, settings.series.keep_consumption_s
    if raw is not None and raw < SHORTEST_RAW_S:
        yield Fault(("series", "keep_raw"), 'must be at least "15d": late readings are waited for 14 days')
    if consumption is not None and (raw is None or consumption < raw):
        yield Fault(("series", "keep_consumption"), "must not be shorter than keep_raw")


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
        yield from (Fault((*loc, key), message) for key, message in _channel_keys(channel))


def _escalation(settings: Settings) -> Iterator[Fault]:
    """Yield steps of the escalation that come before the one before them."""
    steps = settings.alerts.escalations
    for position in range(1, len(steps)):
        if steps[position].after_s <= steps[position - 1].after_s:
            yield Fault(
                ("alerts", "escalation", position, "after"), "must be longer than that of the step before"
            )
    for position, step in enumerate(steps):
        if not step.roles:
            yield Fault(("alerts", "escalation", position, "roles"), "must name at least one role")
    for position, route in enumerate(settings.alerts.routes):
        if not route.roles:
            yield Fault(("alerts", "route", position, "roles"), "must name at least one role")


SHORTEST_LINK_SECRET = 16
_WITH_URL = {"apprise", "webhook", "pagerduty", "work_order"}
_WITH_SECRET = {"webhook", "pagerduty", "work_order"}
_WITH_HEADERS = {"webhook", "work_order"}


def _channel_url(channel: ChannelSettings) -> Iterator[str]:
    if channel.kind not in _WITH_URL:
        if channel.url is not None:
            yield f"only kind = {one_of(_WITH_URL)} has a URL"
    elif channel.url is None:
        if channel.kind == "apprise":
            yield 'is missing: kind = "apprise" needs it (url or url_file), such as "ntfys://ntfy.plant.lan/waste"'
        elif channel.kind in _WITH_HEADERS:
            yield f'is missing: kind = "{channel.kind}" needs it (url or url_file), such as "https://hooks.plant.lan/waste"'
    elif channel.kind == "apprise" and "://" not in channel.url.get_secret_value():
        yield 'must be an apprise URL, such as "ntfys://ntfy.plant.lan/waste"'


def _channel_keys(channel: ChannelSettings) -> Iterator[tuple[str, str]]:
    """Yield (key, message) for keys that are missing, or that mean nothing to this kind of channel."""
    if channel.kind == "pagerduty" and channel.secret is None:
        yield "secret", 'is missing: kind = "pagerduty" needs the routing key (secret or secret_file)'
    if channel.secret is not None and channel.kind not in _WITH_SECRET:
        yield "secret", f"only kind = {one_of(_WITH_SECRET)} has a secret"
    if channel.headers and channel.kind not in _WITH_HEADERS:
        yield "headers", f"only kind = {one_of(_WITH_HEADERS)} has headers"
    if channel.kind != "mqtt":
        for key in ("discovery", "commands"):
            if getattr(channel, key):
                yield key, f'only kind = "mqtt" has {key}'
    if channel.kind != "work_order":
        for key in ("template_file", "end_template_file", "assets"):
            if getattr(channel, key):
                yield key, f'only kind = "work_order" has {key}'


def one_of(kinds: set[str]) -> str:
    """Return names as a message lists them.

    >>> one_of({"webhook", "apprise"})
    '"apprise" or "webhook"'
    """
    return " or ".join(f'"{kind}"' for kind in sorted(kinds))


def _sessions(settings: Settings) -> Iterator[Fault]:
    if settings.web.idle_s > settings.web.session_s:
        yield Fault(("web", "idle"), "is longer than a whole session (session)")


def _hooks(settings: Settings) -> Iterator[Fault]:
    names = [hook.name for hook in settings.alerts.hooks]
    for position, hook in enumerate(settings.alerts.hooks):
        loc = ("alerts", "hook", position)
        if hook.name in names[:position]:
            yield Fault((*loc, "name"), "is the name of another hook")
        if hook.secret is None:
            yield Fault(
                (*loc, "secret"), "is missing (secret or secret_file): without it anybody could resolve"
            )
    secret = settings.alerts.link_secret
    if secret is not None and len(secret.get_secret_value()) < SHORTEST_LINK_SECRET:
        yield Fault(
            ("alerts", "link_secret"), f"has fewer than {SHORTEST_LINK_SECRET} letters: it can be guessed"
        )


_CHECKS: tuple[Callable[[Settings], Iterator[Fault]], ...] = (
    _broker,
    _each_broker,
    _names,
    _ingest,
    _retention,
    _series,
    _ledger,
    _channels,
    _hooks,
    _sessions,
    _escalation,
)
