"""What a run was made on: the machine, and the versions of everything that took part."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bench.ingest.collectors import CACHE, Collector, npm_version, package_version
from bench.ingest.processes import HarnessError
from bench.ingest.servers import find_program

_VERSION = re.compile(r"\d+\.\d+[\w.~+-]*")
#: program -> what makes it say its version
_PROGRAMS = {
    "mosquitto": ["-h"],
    "influxd": ["version"],
    "node": ["--version"],
    "telegraf": ["--version"],
    "fluent-bit": ["--version"],
}


def machine() -> str:
    """Return processor, cores, memory and system in one line."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, {system}, Linux {platform.release()}"
    )


def _processor() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def versions(collectors: Sequence[Collector]) -> dict[str, str]:
    """Return the version of everything that these collectors are made of, by name."""
    found = {"Python": platform.python_version(), "wastenot": _wastenot()}
    programs = {"mosquitto", "influxd", *(one.program for one in collectors if one.program)}
    found |= {name: _program_version(name) for name in sorted(programs)}
    found |= {name: package_version(name) for one in collectors for name in one.packages}
    found |= {name: npm_version(name) for one in collectors for name in one.npm}
    return {name: version for name, version in found.items() if version}


def _wastenot() -> str:
    """Return our version, with the commit where there is one."""
    try:
        version = importlib.metadata.version("wastenot")
    except importlib.metadata.PackageNotFoundError:
        version = "?"
    commit = _said(["git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD"]).strip()
    return f"{version} ({commit})" if commit else version


def _program_version(name: str) -> str:
    try:
        found = _VERSION.search(_said([find_program(name, CACHE), *_PROGRAMS.get(name, ["--version"])]))
    except HarnessError:
        return ""
    return found.group() if found else "?"


def _said(argv: Sequence[str]) -> str:
    """Return what a command prints; "" when it cannot be run."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
