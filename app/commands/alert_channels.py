"""`wastenot alerts test | outbox | resend`: whether channels work, and what became of messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from alerts.deliver import outcome
from alerts.trial import trial_message
from app.channels import open_channel
from app.curves import curves_of
from app.wiring import broker_address, load_configuration, open_ledger, open_store
from config.settings import Settings
from config.settings_channels import ChannelSettings
from domain.alert import OutboxMessage
from domain.errors import NotifyError, Problem, WorldError
from domain.plant import Plant
from ingest.publisher import MqttPublisher


def run_test(settings_file: Path | None, plant_file: Path | None, name: str, *, as_json: bool) -> int:
    """Send a message marked as a test through one channel; return 0 if it was taken, 1 if it was not."""
    from app.amendments import refuse

    settings, plant = load_configuration(settings_file, plant_file)
    found = [channel for channel in settings.alerts.channels if channel.name == name]
    if not found:
        known = ", ".join(channel.name for channel in settings.alerts.channels)
        refuse([Problem("command line", "CHANNEL", "", repr(name), f"no such channel; there are: {known}")])
    said, taken = _tried(found[0], settings, plant)
    row = {"channel": name, "taken": taken, "answer": said}
    if as_json:
        typer.echo(json.dumps(row, indent=1))
    else:
        typer.echo(f"{name}: {'taken' if taken else 'NOT taken'}{': ' if said else ''}{said}")
    return 0 if taken else 1


def _tried(channel: ChannelSettings, settings: Settings, plant: Plant) -> tuple[str, bool]:
    publisher = MqttPublisher(broker_address(settings, ""))
    store = open_store(settings)
    try:
        notifier = open_channel(channel, settings, plant, publisher, curve_of=curves_of(store, plant))
        receipt = notifier.send(trial_message(channel.name, plant.name, plant.currency, datetime.now(UTC)))
    except NotifyError as refused:
        return str(refused), False
    except WorldError as away:
        return str(away), False
    finally:
        publisher.close()
        store.close()
    return ("" if receipt is None else receipt.answer), True


def run_outbox(
    settings_file: Path | None, plant_file: Path | None, channel: str, limit: int, *, as_json: bool
) -> int:
    """List the latest messages and what became of each; return 0."""
    with _ledger(settings_file, plant_file) as (ledger, _plant), ledger.begin() as tx:
        messages = tx.outbox_log(channel=channel or None, limit=limit)
    if as_json:
        typer.echo(json.dumps([_row(message) for message in messages], indent=1))
        return 0
    table = Table("at", "channel", "event", "alert", "state", "tries", "answer", "number")
    for message in messages:
        row = _row(message)
        state = str(row["state"])
        answer = message.last_error or message.answer
        table.add_row(
            row["at"], message.channel, message.event, message.fingerprint, state, str(message.attempts),
            answer, message.reference,
        )  # fmt: skip
    Console().print(table)
    return 0


def run_resend(settings_file: Path | None, plant_file: Path | None, channel: str, *, as_json: bool) -> int:
    """Put the messages that a channel was given up on back into its order; return 0."""
    now = datetime.now(UTC)
    with _ledger(settings_file, plant_file) as (ledger, _plant), ledger.begin() as tx:
        dead = [one for one in tx.outbox_unsent() if one.channel == channel and one.dead_at is not None]
        for message in dead:
            tx.save_outbox(replace(message, dead_at=None, due_at=now))
        if dead:
            details = {"messages": len(dead)}
            tx.audit(at=now, who="command line", what="outbox.resent", about=channel, why="", details=details)
    row = {"channel": channel, "messages": len(dead)}
    typer.echo(json.dumps(row) if as_json else f"{channel}: {len(dead)} messages will be sent again")
    return 0


def _row(message: OutboxMessage) -> dict[str, Any]:
    return {
        "at": message.created_at.isoformat(timespec="seconds"),
        "channel": message.channel,
        "event": message.event,
        "fingerprint": message.fingerprint,
        "dedup_key": message.dedup_key,
        "state": outcome(message),
        "attempts": message.attempts,
        "due_at": message.due_at.isoformat(timespec="seconds"),
        "sent_at": None if message.sent_at is None else message.sent_at.isoformat(timespec="seconds"),
        "failing_since": None if message.failing_since is None else message.failing_since.isoformat(),
        "answer": message.last_error or message.answer,
        "reference": message.reference,
    }


@contextmanager
def _ledger(settings_file: Path | None, plant_file: Path | None) -> Iterator[tuple[Any, Plant]]:
    settings, plant = load_configuration(settings_file, plant_file)
    ledger = open_ledger(settings)
    try:
        ledger.migrate()
        yield ledger, plant
    finally:
        ledger.close()
