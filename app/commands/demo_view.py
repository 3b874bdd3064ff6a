"""What a terminal shows of a demonstration: a live table, or lines into a pipe, with the alerts above."""

from __future__ import annotations

import io
import re
import threading
import time
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.live import Live

from app.live import LiveRow, live_line, live_rows, live_table
from app.process import Process

LINE_EVERY_S = 5.0


def watch(process: Process, console: Console, stop: threading.Event, deadline: float | None) -> None:
    """Show what goes on: a table on a terminal, lines into a pipe."""

    def over() -> bool:
        return deadline is not None and time.monotonic() >= deadline

    if not console.is_terminal:
        while not stop.wait(LINE_EVERY_S) and not over():
            rows = _rows(process)
            console.print(
                live_line(process.plant, rows, process.clock.now()),
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
        return
    with Live(console=console, refresh_per_second=4) as live:
        while not stop.wait(1.0) and not over():
            table = live_table(process.plant, _rows(process), process.clock.now(), "Ctrl-C ends it")
            live.update(table)


def _rows(process: Process) -> list[LiveRow]:
    return live_rows(process.plant, process.store, process.ledger, process.clock.now())


def draw(process: Process, message: str, picture: Path) -> None:
    """Write what a terminal shows now as an SVG that fetches nothing."""
    canvas = Console(record=True, file=io.StringIO(), width=118)
    canvas.print(live_table(process.plant, _rows(process), process.clock.now(), "Ctrl-C ends it"))
    canvas.print(f"\n{message}", markup=False, highlight=False)
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    canvas.save_svg(str(picture), title="wastenot demo", code_format=template)


class ConsoleStream(io.StringIO):
    """A text stream that prints above the live table."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        self.latest = ""  # the last message

    def write(self, text: str) -> int:
        """Print at once."""
        self.latest = text
        self._console.print(text, end="", markup=False, highlight=False, soft_wrap=True)
        return len(text)
