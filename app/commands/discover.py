"""`wastenot discover`: listens to the broker for a while and proposes plant file rows for what it hears."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress

from app.commands.run import stop_signals
from app.discovering import EVERYTHING, Listened, fragment_trouble, listen
from app.logs import configure_logs
from config.plant_file import load_plant
from config.settings import Settings, load_settings
from config.settings_schema import FurtherBroker
from config.topics import parse_filter
from domain.errors import ConfigError, Problem
from domain.plant import Plant
from ingest.discovery.fragment import fragment
from ingest.discovery.propose import propose
from ingest.discovery.rows import Proposal
from ingest.discovery.sample import Heard


def run_discover(
    settings_file: Path | None,
    plant_file: Path | None,
    *,
    seconds: float,
    filters: Sequence[str],
    broker: str,
    out: Path | None,
    as_json: bool,
) -> int:
    """Listen and propose; return 0, or 1 when nothing was heard; wrong use raises ConfigError (exit 2)."""
    settings = load_settings(settings_file)
    filters = filters or [EVERYTHING]
    further = next((one for one in settings.brokers if broker and one.name == broker), None)
    if problems := [*_wrong_filters(filters), *_wrong_out(out), *_wrong_broker(settings, broker)]:
        raise ConfigError(problems)
    configure_logs(settings.log.format, "error")
    file, plant = _present_plant(settings, plant_file)
    listened = _listen(settings, plant, filters, seconds, further)
    if listened.lost:
        typer.echo(f"the connection was lost in between: {listened.lost}", err=True)
    if not listened.heard.messages:
        typer.echo(
            f"wastenot: nothing was heard on {', '.join(listened.filters)} of {listened.broker}", err=True
        )
        return 1
    zone = plant.timezone if plant is not None else _local_zone()
    proposal = propose(listened.heard, plant, zone, broker=broker)
    text = fragment(proposal, _heading(listened, proposal, seconds))
    _print(proposal, text, out, as_json=as_json)
    trouble = fragment_trouble(text, file)
    for problem in trouble:
        typer.echo(f"the proposal does not load as it stands: {problem}", err=True)
    return 1 if trouble else 0


def _wrong_filters(filters: Sequence[str]) -> list[Problem]:
    problems = []
    for written in filters:
        try:
            parse_filter(written)
        except ValueError as wrong:
            problems.append(Problem("command line", "", "--filter", written, str(wrong)))
    return problems


def _wrong_out(out: Path | None) -> list[Problem]:
    if out is None:
        return []
    if out.exists():
        return [Problem("command line", "", "--out", str(out), "is there already: name a new file")]
    if not out.absolute().parent.is_dir():
        return [Problem("command line", "", "--out", str(out), "its folder is not there")]
    return []


def _wrong_broker(settings: Settings, broker: str) -> list[Problem]:
    known = [one.name for one in settings.brokers]
    if not broker or broker in known:
        return []
    allowed = ", ".join(known) or "none, there is only [broker]"
    message = f"no [[brokers]] table of the settings has this name; allowed: {allowed}"
    return [Problem("command line", "", "--broker", broker, message)]


def _present_plant(settings: Settings, plant_file: Path | None) -> tuple[Path | None, Plant | None]:
    """Return the plant file that is being written, if there is one, and what it says.

    One that was named has to be right; without one, or with a broken one, everything heard is new.
    """
    if plant_file is not None:
        return plant_file, load_plant(plant_file, draft=True)
    if not settings.plant.exists():
        return None, None
    try:
        return settings.plant, load_plant(settings.plant, draft=True)
    except ConfigError as wrong:
        told = f"{settings.plant} has {len(wrong.problems)} problem(s), `wastenot check` lists them"
        typer.echo(f"{told}; listening as if there were none", err=True)
        return None, None


def _local_zone() -> ZoneInfo:
    """Return this machine's time zone as well as it can be told by name."""
    name = getattr(datetime.now().astimezone().tzinfo, "key", None)
    link = Path("/etc/localtime")
    if name is None and link.is_symlink():
        name = str(link.resolve()).partition("zoneinfo/")[2]
    try:
        return ZoneInfo(name or "Etc/UTC")
    except (KeyError, ValueError):
        return ZoneInfo("Etc/UTC")


def _listen(
    settings: Settings,
    plant: Plant | None,
    filters: Sequence[str],
    seconds: float,
    further: FurtherBroker | None,
) -> Listened:
    """Listen, with a progress bar on a terminal; Ctrl-C ends it early."""
    heard, console = Heard(), Console(stderr=True)

    def opened(listened: Listened) -> None:
        told = f"listening to {', '.join(listened.filters)} of {listened.broker} for {seconds:g} s"
        denied = f"; the broker denies {', '.join(listened.denied)}" if listened.denied else ""
        words = f"{told}; Ctrl-C ends it early{denied}"
        console.print(words, markup=False, highlight=False, soft_wrap=True)  # above the bar

    with stop_signals() as stop, Progress(console=console, disable=not console.is_terminal) as progress:
        shown = progress.add_task("listening", total=seconds)
        watched = _watched(progress, shown, heard, stop.is_set)
        return listen(
            settings, plant, filters, seconds, broker=further, stopped=watched, opened=opened, heard=heard
        )


def _watched(progress: Progress, task: Any, heard: Heard, stopped: Callable[[], bool]) -> Callable[[], bool]:
    """Return the question whether to stop, which moves the bar each time it is asked."""
    start = time.monotonic()

    def asked() -> bool:
        told = f"{len(heard.topics)} topics, {heard.messages} messages"
        progress.update(task, completed=time.monotonic() - start, description=told)
        return stopped()

    return asked


def _heading(listened: Listened, proposal: Proposal, seconds: float) -> str:
    told = f"{proposal.topics} topics, {proposal.messages} messages in {seconds:g} s or less"
    return f"{told} on {', '.join(listened.filters)} of {listened.broker}"


def _print(proposal: Proposal, text: str, out: Path | None, *, as_json: bool) -> None:
    if out is not None:
        out.write_text(text, encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(_document(proposal, text), indent=1))
    elif out is None:
        typer.echo(text, nl=False)
    else:
        ready = sum(not row.blocked and row.table in {"meter", "variable", "source"} for row in proposal.rows)
        typer.echo(f"{out}: {ready} row{'s' * (ready != 1)} proposed; look at every `check` in it")


def _document(proposal: Proposal, text: str) -> dict[str, Any]:
    return {
        "topics": proposal.topics,
        "messages": proposal.messages,
        "rows": [asdict(row) for row in proposal.rows],
        "left_out": [one._asdict() for one in proposal.left_out],
        "already_read": proposal.already_read,
        "dropped": proposal.dropped,
        "toml": text,
    }
