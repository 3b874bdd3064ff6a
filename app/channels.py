"""Settings -> channels to people and machines. The only place that chooses one; a new kind is a case here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TextIO

import structlog
from pydantic import SecretStr

from alerts.channels.home_assistant import Stream
from alerts.chart import CurveOf
from alerts.commands import COMMON_WORDS, HookMap, carry_out, check_right, named_by, read_command
from alerts.figures import Letterhead
from alerts.links import LASTS, make_token
from app.alert_routes import Desk, Hook
from app.alert_settings import channel_rule
from app.alerting import Receivers
from config.settings import Settings
from config.settings_channels import ChannelSettings
from domain.alert import Alert
from domain.errors import ConfigError, NotifyError, Problem, RefusedError
from domain.plant import Plant
from domain.ports import Clock, Ledger, Notifier, Publisher
from ingest.address import BrokerAddress, Will
from ingest.subscriber import Subscriber

log = structlog.get_logger()


def open_receivers(
    settings: Settings,
    plant: Plant,
    publisher: Publisher,
    stream: TextIO = sys.stdout,
    curve_of: CurveOf | None = None,
    open_alerts: Callable[[], Sequence[Alert]] = tuple,
) -> Receivers:
    """Return the channels of the settings.

    Args:
        stream: where the console channel writes.
        curve_of: what charts are drawn from; None = messages have none.
        open_alerts: the open alerts as they stand now.

    Raises:
        ConfigError: with every channel that cannot work.
    """
    problems: list[Problem] = []
    notifiers: dict[str, Notifier] = {}
    for channel in settings.alerts.channels:
        try:
            notifiers[channel.name] = open_channel(
                channel, settings, plant, publisher, stream, curve_of, open_alerts
            )
        except NotifyError as wrong:
            problems.append(Problem("settings", f"alerts.channel ({channel.name})", "url", "***", str(wrong)))
    if problems:
        raise ConfigError(problems)
    rules = tuple(map(channel_rule, settings.alerts.channels))
    return Receivers(rules, notifiers, letterhead(settings, plant, plant.language))


def reader(channel: ChannelSettings) -> str:
    """Return for whose eyes a channel's messages are written: the first of its roles, or an operator's."""
    return next((str(role) for role in channel.roles if role != "admin"), "operator")


def letterhead(settings: Settings, plant: Plant, language: str, role: str = "operator") -> Letterhead:
    """Return for whom a message is written."""
    return Letterhead(
        plant=plant.name,
        timezone=plant.timezone,
        currency=plant.currency,
        language=language,
        base_url=settings.pages_url,
        role=role,
    )


def open_channel(
    channel: ChannelSettings,
    settings: Settings,
    plant: Plant,
    publisher: Publisher,
    stream: TextIO = sys.stdout,
    curve_of: CurveOf | None = None,
    open_alerts: Callable[[], Sequence[Alert]] = tuple,
) -> Notifier:
    """Return one channel; nothing is sent or connected to yet.

    Raises:
        NotifyError: it cannot work as it is set up.
    """
    head = letterhead(settings, plant, channel.language or plant.language, reader(channel))
    head = replace(head, acknowledge_at=acknowledging(settings, channel))
    match channel.kind:
        case "console":
            from alerts.channels.console import ConsoleChannel

            return ConsoleChannel(channel.name, stream, head)
        case "mqtt":
            from alerts.channels.mqtt import MqttChannel

            return MqttChannel(
                channel.name,
                publisher,
                channel.topic,
                head,
                streams_of(plant),
                open_alerts,
                channel.discovery,
            )
        case "apprise":
            from alerts.channels.apprise import AppriseChannel

            return AppriseChannel(channel.name, _shown(channel.url), head, curve_of)
        case "webhook":
            from alerts.channels.web_call import Target
            from alerts.channels.webhook import WebhookChannel

            secret = _shown(channel.secret)
            target = Target(_shown(channel.url), channel.headers, frozenset({secret} - {""}))
            return WebhookChannel(channel.name, target, head, secret=secret, shape=channel.shape)
        case "pagerduty":
            from alerts.channels.pagerduty import EVENTS_API, PagerDutyChannel

            url = _shown(channel.url) or EVENTS_API
            return PagerDutyChannel(channel.name, _shown(channel.secret), head, url)
        case "work_order":
            return work_order_channel(channel, head)


def acknowledging(settings: Settings, channel: ChannelSettings) -> Callable[[str, int, datetime], str] | None:
    """Return what gives the address that acknowledges in a person's name; None without a secret."""
    secret, pages = _shown(settings.alerts.link_secret), settings.pages_url
    if not secret or not pages or channel.kind not in {"apprise", "webhook"}:
        return None
    who = channel.person or channel.name

    def address(fingerprint: str, episode: int, now: datetime) -> str:
        return f"{pages}/act/{make_token(secret, fingerprint, episode, 'acknowledge', who, now + LASTS)}"

    return address


def streams_of(plant: Plant) -> tuple[Stream, ...]:
    """Return every process and resource of a plant that has a meter, with their names."""
    return tuple(
        Stream(
            process,
            plant.processes[process].name,
            resource,
            plant.resources[resource].name,
            plant.resources[resource].unit,
        )
        for process, resource in plant.streams()
    )


def mqtt_will(settings: Settings) -> Will | None:
    """Return what the broker says when we are gone, at <topic>/status of the first MQTT channel."""
    topics = [channel.topic for channel in settings.alerts.channels if channel.kind == "mqtt"]
    return Will(f"{topics[0].rstrip('/')}/status", b"offline", b"online") if topics else None


def announcers(notifiers: Iterable[Notifier]) -> tuple[Callable[[], None], ...]:
    """Return what keeps the retained states of the channels that have some true."""
    from alerts.channels.mqtt import MqttChannel

    return tuple(one.announce for one in notifiers if isinstance(one, MqttChannel))


def open_commands(
    settings: Settings, address: BrokerAddress, ledger: Ledger, clock: Clock
) -> tuple[Subscriber, ...]:
    """Return what hears the command topics of the MQTT channels that have one; nothing is started yet."""

    def take(topic: str, payload: bytes, *, is_named: bool) -> None:
        try:
            command = read_command(payload)
            command = named_by(command, topic.rpartition("/")[2]) if is_named else command
            with ledger.begin() as tx:
                check_right(tx, command)
                carry_out(tx, command, clock.now(), "mqtt")
        except RefusedError as refused:
            log.warning("app.command_refused", topic=topic, why=str(refused))
            return
        log.info("app.command_taken", action=command.action, fingerprint=command.fingerprint, who=command.who)

    listening = [one for one in settings.alerts.channels if one.kind == "mqtt" and one.commands]
    return tuple(
        Subscriber(
            replace(address, client_id=f"{settings.broker.client_id}-commands-{at}"),
            f"{one.topic.rstrip('/')}/command{'/+' if one.who == 'topic' else ''}",
            partial(take, is_named=one.who == "topic"),
        )
        for at, one in enumerate(listening, 1)
    )


def open_desk(
    settings: Settings, plant: Plant, ledger: Ledger, clock: Clock, curve_of: CurveOf | None = None
) -> Desk:
    """Return what links and hooks need."""
    hooks = {
        hook.name: Hook(
            _shown(hook.secret),
            HookMap(hook.key, hook.status, {**COMMON_WORDS, **_lower(hook.words)}, hook.who),
        )
        for hook in settings.alerts.hooks
    }
    head = letterhead(settings, plant, plant.language)
    return Desk(ledger, clock, head, _shown(settings.alerts.link_secret), hooks, curve_of)


def _lower(words: Mapping[str, str]) -> dict[str, str]:
    return {status.lower(): action for status, action in words.items()}


def work_order_channel(channel: ChannelSettings, head: Letterhead) -> Notifier:
    """Return a channel that makes work orders; raise NotifyError where its template cannot be read."""
    from alerts.channels.work_order import OrderBook, WorkOrderChannel

    book = OrderBook(
        _text_of("template_file", channel.template_file),
        _text_of("end_template_file", channel.end_template_file),
        channel.assets,
        channel.at_end,
    )
    return WorkOrderChannel(
        channel.name,
        _shown(channel.url),
        _shown(channel.secret),
        head,
        system=channel.system,
        book=book,
        headers=channel.headers,
    )


def _text_of(key: str, path: str) -> str | None:
    """Return a template file's text; None where there is no file."""
    if not path:
        return None
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError) as wrong:
        raise NotifyError(f"{key} cannot be read: {wrong}", retryable=False) from None


def _shown(secret: SecretStr | None) -> str:
    return "" if secret is None else secret.get_secret_value()
