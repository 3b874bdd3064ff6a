"""The broker and the database of one run: both empty, on loopback, ended with it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.ingest.load import PROBE_MS, START_MS
from bench.ingest.processes import HarnessError, Program, free_port, wait_for

DATABASE = "bench"
#: mosquitto's own limits are 1,000 messages queued and 20 in flight per client; what is above is dropped
PROFILES = {"tuned": "max_queued_messages 0\nmax_inflight_messages 1000\n", "stock": ""}
_SBIN = ("/usr/sbin", "/usr/local/sbin")  # where Debian puts mosquitto
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def find_program(name: str, *folders: Path) -> str:
    """Return a program's path, in the folders first; raise HarnessError when it is not on this machine."""
    places = [*map(str, folders), os.environ.get("PATH", ""), *_SBIN]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        raise HarnessError(f"{name} is not installed")
    return found


class Broker:
    """A running mosquitto."""

    def __init__(self, folder: Path, profile: str, more: str = "") -> None:
        """Start it.

        Args:
            profile: one of PROFILES.
            more: lines for its configuration, such as a bridge.

        Raises:
            HarnessError: it is not installed, or does not start.
        """
        self.port = free_port()
        file = folder / "mosquitto.conf"
        file.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
            f"log_type error\nlog_type warning\n{PROFILES[profile]}{more}\n"
        )
        self.program = Program([find_program("mosquitto"), "-c", str(file)], folder, "mosquitto.log")
        self.program.start()
        wait_for("mosquitto", self._answers, self.program)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Influx:
    """A running influxd 1.x with one database; may be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        """Start it; raise HarnessError when it is not installed, or does not start."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = folder / "influxd.conf"
        config.write_text(_influx_config(folder / "influx", self.port, free_port()))
        self.program = Program([find_program("influxd"), "-config", str(config)], folder, "influxd.log")
        self._offset = 0  # stored, less what this life of influxd has written
        self.away = True
        self.start()
        self._ask(f"CREATE DATABASE {DATABASE}", b"")

    def start(self) -> None:
        """Start it, and return when it answers."""
        self.program.start()
        wait_for("influxd", self._answers, self.program)
        self.away = False

    def stop(self) -> None:
        """Stop it in good order."""
        self.away = True
        self.program.end()

    def count(self) -> int:
        """Return how many messages can be queried, each once."""
        return int(sum(self._each("count", START_MS)))

    def total(self) -> float:
        """Return the sum of their values."""
        return sum(self._each("sum", START_MS))

    def has_probe(self) -> bool:
        """Return whether any point has come through."""
        return bool(self._each("count", PROBE_MS))

    def span_ms(self) -> tuple[int, int]:
        """Return the time of the earliest and of the latest point [ms]; there must be one."""
        times = [int(row[0]) for edge in ("first", "last") for row in self._rows(edge, START_MS - 86_400_000)]
        return min(times), max(times)

    def set_written(self, stored: int) -> None:
        """Say how many messages are stored at this moment, for `written` to count on from."""
        self._offset = stored - self._written()

    def written(self) -> int:
        """Return how many messages have been stored, those written twice counted twice: cheap to ask."""
        return self._offset + self._written()

    def _written(self) -> int:
        """Return the points taken since influxd started."""
        with urllib.request.urlopen(f"{self.url}/debug/vars", timeout=10) as answer:
            figures = json.load(answer)
        values = figures.get(f"httpd:127.0.0.1:{self.port}", {}).get("values", {})
        return int(values.get("pointsWrittenOK", 0))

    def _each(self, function: str, from_ms: int) -> list[float]:
        return [float(row[1]) for row in self._rows(function, from_ms) if row[1] is not None]

    def _rows(self, function: str, from_ms: int) -> list[list[Any]]:
        """Return [time, value] of each measurement for points since an instant."""
        since = (_EPOCH + timedelta(milliseconds=from_ms)).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = self._ask(f"SELECT {function}(\"value\") FROM /.*/ WHERE time >= '{since}'")
        return [series["values"][0] for series in answer.get("series", [])]

    def _ask(self, statement: str, form: bytes | None = None) -> dict[str, Any]:
        """Return the answer to a statement; `form` makes it one that changes something."""
        query = urllib.parse.urlencode({"db": DATABASE, "epoch": "ms", "q": statement})
        with urllib.request.urlopen(f"{self.url}/query?{query}", form, timeout=120) as answer:
            result: dict[str, Any] = json.load(answer)["results"][0]
        if "error" in result:
            raise HarnessError(f"influxd: {result['error']}")
        return result

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/ping", timeout=2) as answer:
                return bool(answer.status == 204)
        except OSError:
            return False


def _influx_config(data: Path, port: int, rpc_port: int) -> str:
    return f"""
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{data}/meta"
[data]
  dir = "{data}/data"
  wal-dir = "{data}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
"""
