"""`wastenot doctor`: a diagnosis that can be sent to somebody: no secret, no payload, no address with one."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from app.collecting import rejects_folder, spool_folder
from app.commands.check import reach
from app.wiring import load_configuration, open_ledger, open_store
from config.settings import Settings
from domain.errors import WorldError
from domain.plant import Plant
from ingest.rejects import RejectLog

LIBRARIES = ("paho-mqtt", "influxdb-client", "sqlalchemy", "polars", "river", "apprise")
ANSWER_S = 3.0


def run_doctor(settings_file: Path | None, plant_file: Path | None, *, as_json: bool) -> int:
    """Print the diagnosis; return 0, or 1 when a server does not work."""
    settings, plant = load_configuration(settings_file, plant_file)
    diagnosis = diagnose(settings, plant)
    if as_json:
        typer.echo(json.dumps(diagnosis, indent=1))
    else:
        _show(diagnosis)
    return 1 if any(server["trouble"] for server in diagnosis["servers"]) else 0


def diagnose(settings: Settings, plant: Plant) -> dict[str, Any]:
    """Return the diagnosis as JSON values; what cannot be found out says why."""
    return {
        "version": version("wastenot"),
        "python": sys.version.split()[0],
        "libraries": {name: version(name) for name in LIBRARIES},
        "settings": json.loads(settings.model_dump_json(exclude_defaults=True)),
        "plant": plant.name,
        "servers": [{"name": one.name, "trouble": one.trouble} for one in reach(settings, plant)],
        "process": _running(settings),
        "last_readings": _last_readings(settings, plant),
        "spool": _spool(settings),
        "rejects": _rejects(settings),
        "state": _state(settings),
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


def _rejects(settings: Settings) -> dict[str, Any]:
    """Return the kept rejects by reason, and where the latest came from; payloads stay where they are."""
    folder = rejects_folder(settings)
    if not folder.is_dir():
        return {"kept_by_reason": {}, "latest": []}
    kept = RejectLog(folder, max_kept=settings.ingest.rejects_kept).recent(settings.ingest.rejects_kept)
    by_reason: dict[str, int] = {}
    for reject in kept:
        by_reason[str(reject.reason)] = by_reason.get(str(reject.reason), 0) + 1
    latest = [{"reason": str(one.reason), "topic": one.topic, "detail": one.detail} for one in kept[:5]]
    return {"kept_by_reason": by_reason, "latest": latest}


def _state(settings: Settings) -> dict[str, Any]:
    """Return what the ledger holds, in numbers."""
    ledger = open_ledger(settings)
    try:
        with ledger.begin() as tx:
            return {
                "baselines": len(tx.baselines()),
                "hotspots_open": len(tx.hotspots(open_only=True)),
                "alerts_open": len(tx.alerts(open_only=True)),
                "messages_unsent": len(tx.outbox_unsent()),
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
