"""`wastenot up | collect | analyse`: one process until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.logs import configure_logs
from app.partitions import partition_named
from app.process import Process
from app.wiring import Role, load_configuration


def run_roles(
    settings_file: Path | None, plant_file: Path | None, roles: set[Role], partition: str | None = None
) -> None:
    """Run until SIGTERM or Ctrl-C; raise ConfigError or WorldError when it cannot go on.

    Args:
        partition: what to collect; "" = the settings must have no partitions; None = all there is.
    """
    settings, plant = load_configuration(settings_file, plant_file, draft=Role.SERVE in roles)
    if partition is not None and (part := partition_named(settings, partition)) is not None:
        http = settings.http.model_copy(update={"port": part.http_port})
        settings = settings.model_copy(update={"http": http})
    if plant_file is not None:  # the set-up page writes into it
        settings = settings.model_copy(update={"plant": plant_file})
    configure_logs(settings.log.format, settings.log.level)
    with stop_signals() as stop, Process(settings, plant, roles, partition=partition) as process:
        process.run_until(stop)


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set; a second one ends the process at once."""
    stop = threading.Event()

    def on_signal(number: int, _frame: object) -> None:
        if stop.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
