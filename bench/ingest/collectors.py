"""The collectors of collectors.toml: whether they can run here, and one of them running."""

from __future__ import annotations

import json
import os
import shlex
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from bench.ingest.processes import HarnessError, Program
from bench.ingest.servers import DATABASE, Broker, Influx, find_program

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
TABLES = HERE / "collectors.toml"
CACHE = Path(os.environ.get("WASTENOT_BENCH_CACHE") or Path.home() / ".cache" / "wastenot-bench")
PEER_PYTHON = CACHE / "python" / "bin" / "python"
NODE_MODULES = CACHE / "node" / "node_modules"
REFERENCE = "raw"  # what the others are measured against


@dataclass(frozen=True, slots=True)
class Collector:
    """One table of collectors.toml, which says what the fields mean."""

    name: str
    about: str
    command: str
    files: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    program: str = ""
    broker: str = ""
    messages: int = 200_000
    max_rate: float = float("inf")
    settle_s: float = 1.5

    def missing(self) -> str:
        """Return why it cannot run on this machine; "" when it can."""
        absent = [package for package in self.packages if not package_version(package)]
        absent += [package for package in self.npm if not npm_version(package)]
        if absent:
            return f"{', '.join(absent)}: not installed; `python -m bench.ingest prepare` does it"
        try:
            if self.program:
                find_program(self.program, CACHE)
        except HarnessError as error:
            return str(error)
        return ""

    def start(self, folder: Path, broker: Broker, influx: Influx, free_port: int) -> Program:
        """Return it running in a folder that is kept when it is killed; raise HarnessError if it cannot."""
        values = self._values(folder, broker, influx, free_port)
        for template, name in self.files.items():
            (folder / name).write_text(fill((PEERS / template).read_text(), values))
        named = {f"BENCH_{key.upper()}": value for key, value in values.items()}
        own = {key: fill(value, values) for key, value in self.env.items()}
        argv = shlex.split(fill(self.command, values))
        program = Program(argv, folder, "collector.log", without_settings(os.environ) | named | own)
        program.start()
        return program

    def _values(self, folder: Path, broker: Broker, influx: Influx, free_port: int) -> dict[str, str]:
        return {
            "mqtt_host": "127.0.0.1",
            "mqtt_port": str(broker.port),
            "influx_url": influx.url,
            "influx_port": str(influx.port),
            "db": DATABASE,
            "topic": "plant/#",
            "client_id": "bench-collector",
            "free_port": str(free_port),
            "dir": str(folder),
            "peers": str(PEERS),
            "root": str(HERE.parents[1]),
            "python": str(PEER_PYTHON),
            "own_python": sys.executable,
            "node_modules": str(NODE_MODULES),
            "program": find_program(self.program, CACHE) if self.program else "",
        }


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a template with its placeholders replaced; other braces stay.

    >>> fill("{db} plant/{meter}", {"db": "bench"})
    'bench plant/{meter}'
    """
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the settings of whoever runs the harness."""
    return {key: value for key, value in environ.items() if not key.startswith("WASTENOT_")}


def load_collectors(path: Path = TABLES) -> dict[str, Collector]:
    """Return the collectors by name.

    Raises:
        HarnessError: a table has a key that nobody knows, or lacks one.
    """
    known = {one.name for one in fields(Collector)} - {"name"}
    found = {}
    for name, table in tomllib.loads(path.read_text()).items():
        wrong = [key for key in table if key not in known] + [
            key for key in ("about", "command") if key not in table
        ]
        if wrong:
            raise HarnessError(f"{path.name}: [{name}]: unknown or missing: {', '.join(wrong)}")
        lists = {key: tuple(table[key]) for key in ("packages", "npm") if key in table}
        found[name] = Collector(name, **{**table, **lists})
    return found


def package_version(package: str) -> str:
    """Return the version of a Python package in the peers' venv; "" if it is not there."""
    name = package.replace("-", "_")
    for place in PEER_PYTHON.parents[1].glob(f"lib/python*/site-packages/{name}-*.dist-info"):
        return place.name.removesuffix(".dist-info").removeprefix(f"{name}-")
    return ""


def npm_version(package: str) -> str:
    """Return the version of an npm package in the cache; "" if it is not there."""
    file = NODE_MODULES / package / "package.json"
    return str(json.loads(file.read_text())["version"]) if file.exists() else ""
