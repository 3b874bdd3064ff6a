"""`wastenot collect` with a clock that fails when it is told to: MOOD_FILE SETTINGS PLANT.

Reading the time is the one thing of the outside that the collecting thread does for every group of
messages, so a clock brings our own mistakes into that thread without a change to the code under test.
"""

from __future__ import annotations

import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from app.commands.run import stop_signals
from app.logs import configure_logs
from app.process import Process
from app.wiring import Role, load_configuration


class MoodyClock:
    """The time of day, but in the collecting thread what the mood says: a mistake, or the thread's end."""

    def __init__(self, mood: Path) -> None:
        self._mood = mood

    def now(self) -> datetime:
        """Return the present instant, or fail."""
        if threading.current_thread().name == "wastenot-collect" and self._mood.exists():
            mood = self._mood.read_text()
            if mood == "mistake":
                self._mood.unlink()
                raise ZeroDivisionError("a mistake of ours")
            if mood == "end":
                raise SystemExit
        return datetime.now(UTC)


def main() -> None:
    """Collect until told to stop, or until collecting has ended for good."""
    mood, settings_file, plant_file = map(Path, sys.argv[1:])
    settings, plant = load_configuration(settings_file, plant_file)
    configure_logs("json")
    with stop_signals() as stop, Process(settings, plant, {Role.COLLECT}, MoodyClock(mood)) as process:
        process.run_until(stop)


if __name__ == "__main__":
    main()
