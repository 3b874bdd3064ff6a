"""`wastenot doctor`: a diagnosis that can be sent to somebody: no secret, no payload, no address with one."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from app.baselines import standings
from app.collecting import spool_folder
from app.commands.check import reach
from app.data_health import kept_rejects
from app.discovering import EVERYTHING, listen, unread_topics
from app.wiring import load_configuration, open_ledger, open_store
from config.settings import Settings
from config.settings_schema import FurtherBroker
from domain.errors import WorldError
from domain.plant import Plant
from domain.reading import Reject, RejectReason

LIBRARIES = ("paho-mqtt", "influxdb-client", "sqlalchemy", "polars", "river", "apprise")
ANSWER_S = 3.0
SHOWN_TOPICS = 20
UNKNOWN = {RejectReason.UNKNOWN_TOPIC, RejectReason.UNKNOWN_METER}


def run_doctor(
    settings_file: Path | None, plant_file: Path | None, *, listen_s: float = 0.0, as_json: bool
) -> int:
    """Print the diagnosis; return 0, or 1 when a server does not work.

    Args:
        settings_file: as for every command.
        plant_file: as for every command.
        listen_s: how long to listen on the broker for topics that nobody reads; 0 = not at all [s].
        as_json: one document instead of text.
    """
    settings, plant = load_configuration(settings_file, plant_file)
    diagnosis = diagnose(settings, plant, listen_s)
    if as_json:
        typer.echo(json.dumps(diagnosis, indent=1))
    else:
        _show(diagnosis)
    return 1 if any(server["trouble"] for server in diagnosis["servers"]) else 0


def diagnose(settings: Settings, plant: Plant, listen_s: float = 0.0) -> dict[str, Any]:
    """Return the diagnosis as JSON values; what cannot be found out says why."""
    process, kept = _running(settings), kept_rejects(settings)
    return {
        "version": version("wastenot"),
        "python": sys.version.split()[0],
        "libraries": {name: version(name) for name in LIBRARIES},
        "settings": json.loads(settings.model_dump_json(exclude_defaults=True)),
        "plant": plant.name,
        "servers": [{"name": one.name, "trouble": one.trouble} for one in reach(settings, plant)],
        "process": process,
        "last_readings": _last_readings(settings, plant),
        "spool": _spool(settings),
        "rejects": _rejects(kept),
        "unknown_topics": _unknown_topics(process, kept),
        "unread_topics": _unread_topics(settings, plant, listen_s),
        "state": _state(settings, plant),
    }


def _running(settings: Settings) -> dict[str, Any]:
    """Return the health that the running process on the settings' HTTP port tells."""
    url = f"http://{settings.http.host}:{settings.http.port}/health"
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_S) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as failing:
        return dict(json.load(failing))
    except (OSError, ValueError) as silent:
        return {"status": "not running here", "detail": str(silent)}


def _last_readings(settings: Settings, plant: Plant) -> dict[str, Any]:
    """Return the newest reading's time and age of each meter and variable; null = none yet."""
    ids = [*plant.meters, *plant.variables]
    now = datetime.now(UTC)
    store = open_store(settings)
    try:
        frame = store.last(ids)
    except WorldError as away:
        return {"trouble": str(away)}
    finally:
        store.close()
    last = dict(zip(frame["meter"], frame["time"], strict=True))
    return {name: _age(last.get(name), now) for name in ids}


def _age(at: datetime | None, now: datetime) -> dict[str, Any] | None:
    return None if at is None else {"at": at.isoformat(), "age_s": round((now - at).total_seconds(), 1)}


def _spool(settings: Settings) -> dict[str, Any]:
    """Return the spool's size from its files: a running collector has the spool itself."""
    folder = spool_folder(settings)
    sizes = [file.stat().st_size for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []
    return {"folder": str(folder), "files": len(sizes), "bytes": sum(sizes)}


def _rejects(kept: list[Reject]) -> dict[str, Any]:
    """Return the kept rejects by reason, and where the latest came from; payloads stay where they are."""
    by_reason = Counter(str(reject.reason) for reject in kept)
    latest = [{"reason": str(one.reason), "topic": one.topic, "detail": one.detail} for one in kept[:5]]
    return {"kept_by_reason": dict(by_reason), "latest": latest}


def _unknown_topics(process: dict[str, Any], kept: list[Reject]) -> dict[str, Any]:
    """Return the subscribed topics that no meter has, with their messages.

    As the running process counts them; where none runs here, as the kept rejects tell them.
    """
    parts = process.get("parts")
    named = parts.items() if isinstance(parts, dict) else ()
    brokers = [part for name, part in named if name.split(" ")[0] == "broker" and "unknown_topics" in part]
    if brokers:
        topics: Counter[str] = Counter()
        for broker in brokers:
            topics.update(broker["unknown_topics"])
        return {"from": "the running process", "topics": dict(topics)}
    counted = Counter(one.topic for one in kept if one.reason in UNKNOWN)
    return {"from": "the kept rejects", "topics": dict(counted)}


def _unread_topics(settings: Settings, plant: Plant, listen_s: float) -> list[dict[str, Any]] | None:
    """Return what is published at each broker that nobody subscribes to or reads; None without listening."""
    if listen_s <= 0:
        return None
    return [_unread_at(settings, plant, listen_s, broker) for broker in (None, *settings.brokers)]


def _unread_at(
    settings: Settings, plant: Plant, listen_s: float, broker: FurtherBroker | None
) -> dict[str, Any]:
    name = broker.name if broker is not None else ""
    try:
        listened = listen(settings, plant, [EVERYTHING], listen_s, broker=broker)
    except WorldError as away:
        return {"broker": name, "trouble": str(away)}
    topics = unread_topics(listened.heard, plant, name)
    return {"broker": name, "seconds": listen_s, "denied": list(listened.denied), "topics": topics}


def _state(settings: Settings, plant: Plant) -> dict[str, Any]:
    """Return what the ledger holds, in numbers, and what is not judged and why."""
    ledger = open_ledger(settings)
    try:
        with ledger.begin() as tx:
            return {
                "baselines": len(tx.baselines()),
                "hotspots_open": len(tx.hotspots(open_only=True)),
                "alerts_open": len(tx.alerts(open_only=True)),
                "messages_unsent": len(tx.outbox_unsent()),
                "not_judged": {
                    f"{one.process}/{one.resource}": one.not_judged
                    for one in standings(plant, tx)
                    if one.not_judged
                },
            }
    except WorldError as away:
        return {"trouble": str(away)}
    finally:
        ledger.close()


def _show(diagnosis: dict[str, Any]) -> None:
    """Print the diagnosis for a person."""
    console = Console()
    console.print(
        f"Wastenot {diagnosis['version']}, Python {diagnosis['python']}, plant {diagnosis['plant']}"
    )
    for server in diagnosis["servers"]:
        console.print(f"  {server['name']}: {server['trouble'] or 'works'}", markup=False)
    console.print(f"  process: {diagnosis['process']['status']}", markup=False)
    console.print(_readings_table(diagnosis["last_readings"]))
    for name in ("spool", "rejects", "state"):
        console.print(f"{name}: {json.dumps(diagnosis[name])}", markup=False)
    unknown = diagnosis["unknown_topics"]
    _show_topics(console, f"unknown topics ({unknown['from']})", unknown["topics"])
    for unread in diagnosis["unread_topics"] or ():
        title = f"unread topics{' of ' * bool(unread['broker'])}{unread['broker']}"
        if "trouble" in unread:
            console.print(f"{title}: {unread['trouble']}", markup=False)
            continue
        denied = f", without {', '.join(unread['denied'])}: denied" if unread["denied"] else ""
        _show_topics(console, f"{title} (in {unread['seconds']:g} s{denied})", unread["topics"])


def _show_topics(console: Console, title: str, topics: dict[str, int]) -> None:
    """Print topics that nobody reads, the busiest first, and what to do about them."""
    console.print(f"{title}: {len(topics) or 'none'}", markup=False, highlight=False)
    for topic, messages in sorted(topics.items(), key=lambda one: -one[1])[:SHOWN_TOPICS]:
        shown = topic if topic.isprintable() else ascii(topic)
        console.print(f"  {messages:>8} {shown}", markup=False, highlight=False, soft_wrap=True)
    if len(topics) > SHOWN_TOPICS:
        console.print(f"  and {len(topics) - SHOWN_TOPICS} more (--json lists all)", markup=False)
    if topics:
        console.print("  `wastenot discover` proposes plant file rows for them", markup=False)


def _readings_table(last: dict[str, Any]) -> Table:
    table = Table(title="Last reading of each meter and variable", title_justify="left")
    table.add_column("id")
    table.add_column("at (UTC)")
    table.add_column("age s", justify="right")
    for name, seen in last.items():
        if isinstance(seen, dict):
            table.add_row(name, seen["at"], f"{seen['age_s']:,.0f}")
        else:
            table.add_row(name, seen or "never", "")
    return table
