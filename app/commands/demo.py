"""`wastenot demo`: a simulated plant with a leak on the real way: broker, spool, store, analysis, alerts."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

from rich.console import Console

from app.accounts import Accounts
from app.analyst import Analyst
from app.clock import WallClock
from app.commands.demo_view import ConsoleStream, draw, watch
from app.commands.run import stop_signals
from app.logs import configure_logs
from app.passwords import Passwords
from app.process import Process
from app.wiring import Role, broker_address, open_ledger, open_store
from config.plant_file import load_plant
from config.settings import Settings
from domain.errors import BrokerError, WorldError
from domain.plant import Plant
from domain.ports import Ledger
from domain.user import Role as PlantRole
from domain.user import User
from ingest.broker import free_port
from ingest.history import reading_batches
from ingest.publisher import MqttPublisher
from ingest.simulator.clock import SimulatedClock
from ingest.simulator.faults import Fault
from ingest.simulator.run import publish
from ingest.simulator.scenario import demo_faults
from ingest.simulator.simulated_plant import SimulatedPlant

#: what the baselines learn from
HISTORY = timedelta(days=35)
#: real time from the simulator to the store, on a busy machine
TRANSIT_S = 10.0
#: of the accounts that a demonstration has; its pages answer this machine only
DEMO_PASSWORD = "simulated plant"  # noqa: S105 -- told to everybody, opens invented data


@dataclass(frozen=True, slots=True)
class Demo:
    """One demonstration: the plant, its simulated life, and when that begins."""

    settings: Settings
    plant: Plant
    simulated: SimulatedPlant
    start: datetime
    speed: float
    console: Console


def run_demo(
    plant_file: Path | None,
    *,
    speed: float,
    seed: int,
    port: int,
    minutes: float | None,
    language: str,
    picture: Path | None = None,
    leak_hours: float | None = None,
    begins: datetime | None = None,
    folder: Path | None = None,
) -> None:
    """Run until Ctrl-C, or for `minutes`; everything lives in a folder that is removed at the end.

    Args:
        leak_hours: after how many simulated hours the leak is mended; None = never.
        begins: at which hour it begins, in the plant's time; None = the present one.
        picture: where to draw, at the end, what a terminal would show then (SVG).
        folder: an empty one to keep everything in; None = one that is removed.
    """
    configure_logs(level="warning")
    written = (plant_file or files("config") / "dye_works.toml").read_text(encoding="utf-8")
    plant = _example() if plant_file is None else load_plant(plant_file)
    start = datetime.now(UTC) if begins is None else begins.replace(tzinfo=plant.timezone).astimezone(UTC)
    start = start.replace(minute=0, second=0, microsecond=0)
    simulated = SimulatedPlant(plant, seed, _faults(plant, start, leak_hours), epoch=start - HISTORY)
    with _place(folder) as place, stop_signals() as stop:
        settings = _settings(place, port, language)
        place.mkdir(parents=True, exist_ok=True)
        settings.plant.write_text(written, encoding="utf-8")  # the set-up page writes into it
        demo = Demo(settings, plant, simulated, start, speed, Console())
        _welcome(demo)
        _import_history(demo)
        _learn(demo)
        if not stop.is_set():
            _go_live(demo, minutes, stop, picture)
        demo.console.print("Stopped.")


def _faults(plant: Plant, start: datetime, leak_hours: float | None) -> list[Fault]:
    """Return what goes wrong, the leak first."""
    leak, *others = demo_faults(plant, start)
    if leak_hours is not None:
        leak = replace(leak, end=leak.start + timedelta(hours=leak_hours))
    return [leak, *others]


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        if folder.exists() and any(folder.iterdir()):
            raise WorldError(
                f"{folder} is not empty: a demonstration begins in a new folder", retryable=False
            )
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="wastenot-demo-") as made:
        yield Path(made)


def _example() -> Plant:
    """Return the dye works that ships with the product."""
    with as_file(files("config") / "dye_works.toml") as path:
        return load_plant(path)


def _settings(folder: Path, port: int, language: str) -> Settings:
    """Return the embedded defaults, quickened to the simulated clock."""
    port = port or free_port()
    return Settings.model_validate(
        {
            "data_dir": folder,
            "plant": folder / "plant.toml",
            "broker": {"mode": "auto", "port": free_port()},
            "analysis": {"every": 1.0},
            "alerts": {
                "base_url": f"http://127.0.0.1:{port}",
                "channel": [{"name": "console", "kind": "console", "language": language}],
            },
            "http": {"port": port},
        }
    )


def _welcome(demo: Demo) -> None:
    leak = demo.simulated.faults[0]
    after_s = (leak.start - demo.start).total_seconds() / demo.speed
    demo.console.print(
        f"[bold]{demo.plant.name}[/bold], simulated: {len(demo.plant.meters)} meters, "
        f"one hour in {3600 / demo.speed:.0f} s. "
        f"{leak.meter} starts to leak after {after_s:.0f} s. Ctrl-C ends it.",
        highlight=False,
    )


def _import_history(demo: Demo) -> None:
    """Put the weeks before the start into the store, as `wastenot import` would."""
    began = time.monotonic()
    frame = demo.simulated.readings(demo.start - HISTORY, demo.start)
    received_us = int(demo.start.timestamp() * 1e6)
    store = open_store(demo.settings)
    for batch in reading_batches(frame, received_us):
        store.append(batch)
    store.close()
    seconds = time.monotonic() - began
    demo.console.print(
        f"{HISTORY.days} days of history, {frame.height:,} readings, made and stored in {seconds:.0f} s; "
        "learning what is normal ..."
    )


def _learn(demo: Demo) -> None:
    """Make the first baselines from the history, before the clock starts."""
    store, ledger = open_store(demo.settings), open_ledger(demo.settings)
    ledger.migrate()
    clock = SimulatedClock(demo.start, speed=1e-9)
    analyst = Analyst(demo.plant, store, ledger, clock, demo.settings.analysis.lateness_s)
    analyst.run_once(analyst.last_seen())
    analyst.keep()
    known = sum(bool(one.baseline_version) for one in analyst.progress.streams.values())
    demo.console.print(f"{known} of {len(analyst.progress.streams)} baselines learned\n")
    _welcome_users(ledger)
    ledger.close()
    store.close()


def _welcome_users(ledger: Ledger) -> None:
    """Make somebody of each role, so that one can see what each of them sees."""
    accounts = Accounts(ledger, WallClock(), Passwords())
    for role in PlantRole:
        accounts.add(str(role), DEMO_PASSWORD, {role}, by="demo")


def _go_live(demo: Demo, minutes: float | None, stop: threading.Event, picture: Path | None) -> None:
    """Publish and analyse in simulated time until stopped."""
    clock = SimulatedClock(demo.start, demo.speed)
    roles = {Role.COLLECT, Role.ANALYSE, Role.SERVE}
    with ExitStack() as stack:
        transit_s = TRANSIT_S * demo.speed
        stream = ConsoleStream(demo.console)
        process = Process(
            demo.settings, demo.plant, roles, clock, stream, transit_s, demo_user=_demo_user(demo.start)
        )
        stack.enter_context(process)
        publisher = MqttPublisher(broker_address(demo.settings, "", process.broker_port))
        stack.callback(publisher.close)
        stopped = threading.Event()
        arguments = (demo.simulated, publisher, clock, stopped, demo.start)
        thread = threading.Thread(target=_publish, args=arguments, name="simulator", daemon=True)
        thread.start()
        stack.callback(thread.join, 3.0)
        stack.callback(stopped.set)
        if process.http is not None:
            demo.console.print(
                f"pages: {process.http.url}/   (you are everybody; or log in as "
                f"{', '.join(PlantRole)} with the password {DEMO_PASSWORD})"
            )
            demo.console.print(f"health: {process.http.url}/health   metrics: {process.http.url}/metrics\n")
        watch(process, demo.console, stop, None if minutes is None else time.monotonic() + 60.0 * minutes)
        if picture is not None:
            draw(process, stream.latest, picture)


def _demo_user(start: datetime) -> User:
    """Return who everybody at this machine is: all roles, on simulated data."""
    return User("demo", "Demo", "", frozenset(PlantRole), "", (), True, start)


def _publish(
    simulated: SimulatedPlant,
    publisher: MqttPublisher,
    clock: SimulatedClock,
    stop: threading.Event,
    start: datetime,
) -> None:
    def send(topic: str, payload: bytes) -> None:
        try:
            publisher.publish(topic, payload, retain=False)
        except BrokerError:
            if not stop.is_set():
                raise

    publish(simulated, send, clock, stop, start=start)
