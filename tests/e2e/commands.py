"""Start `wastenot` commands as processes of their own, and look at them from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

WASTENOT = [sys.executable, "-m", "app.cli"]


def run(
    *arguments: str | Path, timeout_s: float = 120.0, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Return a finished command with its output."""
    argv = [*WASTENOT, *map(str, arguments)]
    return subprocess.run(
        argv, capture_output=True, text=True, timeout=timeout_s, check=False, env=clean_env(), cwd=cwd
    )


def clean_env() -> dict[str, str]:
    """Return the environment without settings of whoever runs the tests."""
    return {key: value for key, value in os.environ.items() if not key.startswith("WASTENOT_")} | {
        "COLUMNS": "160"
    }


class Command:
    """One running command with its output in a file; restartable."""

    def __init__(self, folder: Path, name: str, *arguments: str | Path) -> None:
        self.argv = [*WASTENOT, *map(str, arguments)]
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self.argv, stdout=out, stderr=out, env=clean_env())

    def end(self, signal_number: int, timeout_s: float = 15.0) -> int:
        """Send a signal, and return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal_number)
        return self.process.wait(timeout_s)

    def discard(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""


@contextmanager
def running(command: Command) -> Iterator[Command]:
    """Start a command, and be sure that it ends with the block."""
    command.start()
    try:
        yield command
    finally:
        command.discard()


def wait_for(what: str, condition: Callable[[], Any], timeout_s: float = 30.0, every_s: float = 0.1) -> Any:
    """Return the condition's first true value; fail with its name when it does not come."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(every_s)
    pytest.fail(f"waited {timeout_s:g} s in vain for: {what}")


def health(port: int) -> dict[str, Any] | None:
    """Return what /health says, whatever its status; None when nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refused:
        return dict(json.load(refused))
    except OSError:
        return None
