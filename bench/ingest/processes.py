"""Programs of a run: started, killed and started again; what they and all their children cost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_MIB = 1024  # KiB
_PROC = Path("/proc")


class HarnessError(Exception):
    """A run cannot go on; the message says why."""


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_s(root: int) -> float:
    """Return the CPU time of a process, its children, and those of them that have ended [s]."""
    return sum(_cpu_s(pid) for pid in tree(root))


def rss_mib(root: int) -> float:
    """Return the resident memory of a process and its children [MiB]."""
    return sum(map(_rss_mib, tree(root)))


def busy_s() -> float:
    """Return the CPU time the whole machine has spent on anything since it started [s]."""
    user, nice, system, _idle, _wait, irq, softirq, steal = map(
        int, (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) * _TICK_S


def tree(root: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            stat = _stat(int(entry.name))
            if stat:
                children[int(stat[1])].append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children[pid]
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on; none when it is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text[text.rindex(")") + 2 :].split()


def _cpu_s(pid: int) -> float:
    stat = _stat(pid)
    return sum(map(int, stat[11:15])) * _TICK_S if stat else 0.0


def _rss_mib(pid: int) -> float:
    with suppress(OSError):
        for line in (_PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / _MIB
    return 0.0


class Program:
    """A program in a session of its own, its output in a file; may be started again after its end."""

    def __init__(
        self, argv: Sequence[str], folder: Path, log: str, env: Mapping[str, str] | None = None
    ) -> None:
        self._argv, self._folder, self._log, self._env = list(argv), folder, folder / log, env
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_cpu_s = 0.0  # of its earlier lives

    @property
    def pid(self) -> int:
        """Return the process's number; 0 while it does not run."""
        return self._process.pid if self._process is not None else 0

    @property
    def exit_code(self) -> int | None:
        """Return how it ended by itself; None while it runs, or after `end`."""
        return None if self._process is None else self._process.poll()

    def start(self) -> None:
        """Start it; raise HarnessError if the program cannot be run."""
        try:
            with self._log.open("ab") as out:
                self._process = subprocess.Popen(
                    self._argv, cwd=self._folder, env=self._env, stdin=subprocess.DEVNULL, stdout=out,
                    stderr=out, start_new_session=True,
                )  # fmt: skip
        except OSError as error:
            raise HarnessError(f"{self._argv[0]}: {error.strerror}") from error

    def cpu_s(self) -> float:
        """Return the CPU time of all its lives so far [s]."""
        return self._ended_cpu_s + (cpu_s(self.pid) if self.pid else 0.0)

    def rss_mib(self) -> float:
        """Return its resident memory now [MiB]; 0 while it does not run."""
        return rss_mib(self.pid) if self.pid else 0.0

    def end(self, how: signal.Signals = signal.SIGTERM, patience_s: float = 15.0) -> None:
        """Send it and its children a signal, and insist after a while."""
        process = self._process
        if process is None:
            return
        self._ended_cpu_s += cpu_s(process.pid)
        children = tree(process.pid)
        _signal(children, how)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            _signal(children, signal.SIGKILL)
            process.wait(patience_s)
        self._process = None

    def last_words(self, characters: int = 300) -> str:
        """Return the end of its output in one line."""
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return " ".join(text.split())[-characters:]


def _signal(pids: Sequence[int], how: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, how)


def wait_for(what: str, ready: Callable[[], bool], program: Program, patience_s: float = 30.0) -> None:
    """Return when a program is ready; raise HarnessError with its last words when it is not."""
    until = time.monotonic() + patience_s
    while not ready():
        if program.exit_code is not None:
            raise HarnessError(f"{what} ended with {program.exit_code}: {program.last_words()}")
        if time.monotonic() > until:
            raise HarnessError(f"{what} is not ready after {patience_s:g} s: {program.last_words()}")
        time.sleep(0.05)


def wait_until_quiet(share: float, patience_s: float, look_s: float = 2.0) -> bool:
    """Return whether the machine came to use less than this share of its cores within the patience."""
    until = time.monotonic() + patience_s
    while time.monotonic() + look_s <= until:
        before = busy_s()
        time.sleep(look_s)
        if (busy_s() - before) / look_s / (os.cpu_count() or 1) < share:
            return True
    return False
