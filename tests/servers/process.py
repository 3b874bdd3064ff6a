"""Start and stop one real server process for a test."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

START_S = 20.0


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Return whether something accepts TCP connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def need(program: str) -> str:
    """Return the program's path, or skip the test with the reason."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        pytest.skip(f"{program} is not installed (Debian package; `make test` as root installs it)")
    return path


@dataclass
class ServerProcess:
    """One running server, restartable on the same port and folder."""

    argv: list[str]
    port: int
    folder: Path
    ready: Callable[[], bool] | None = None
    env: Mapping[str, str] | None = None
    user: str | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int:
        """Return the pid of the running process."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start, and return when it accepts connections; fail with its output if it does not."""
        log = self.folder / "server.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.argv, stdout=out, stderr=out, cwd=self.folder, env=self.env, user=self.user
            )
        ready = self.ready or (lambda: accepts(self.port))
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            if ready():
                return
            time.sleep(0.02)
        self.kill()
        pytest.fail(f"{self.argv[0]} did not start:\n{log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Ask it to end (SIGTERM), then insist."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait(10)
        self.process = None
