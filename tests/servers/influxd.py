"""A real influxd 1.x (Debian's 1.6.7) on loopback."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.servers.process import ServerProcess, free_port, need

ADMIN, ADMIN_PASSWORD = "admin", "a secret: with colon"


@dataclass
class Influxd:
    """One influxd; `server` starts, stops and kills it, on the same port and data."""

    server: ServerProcess
    auth: bool

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.server.port}"

    def query(self, statement: str, database: str = "") -> list[dict[str, Any]]:
        """Return the series that an InfluxQL statement gives, without any code of ours in between.

        Raises:
            RuntimeError: the server answers with an error.
        """
        form = urlencode({"q": statement, "db": database, "epoch": "u"}).encode()
        headers = {}
        if self.auth:
            pair = b64encode(f"{ADMIN}:{ADMIN_PASSWORD}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        with urlopen(Request(f"{self.url}/query", form, headers), timeout=20) as answer:
            result: dict[str, Any] = json.load(answer)["results"][0]
        if "error" in result:
            raise RuntimeError(result["error"])
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def count(self, database: str, measurement: str = "reading") -> int:
        """Return how many points the measurement holds."""
        found = self.query(f'SELECT count("value") FROM "{measurement}"', database)
        return int(found[0]["values"][0][1]) if found else 0

    def write(self, database: str, lines: str) -> None:
        """Write line protocol with times in microseconds, without any code of ours in between."""
        with urlopen(f"{self.url}/write?db={database}&precision=u", lines.encode(), timeout=20):
            pass


def start_influxd(folder: Path, *, auth: bool = False, http: str = "", coordinator: str = "") -> Influxd:
    """Return a running influxd with its data in `folder`; the caller stops `server`.

    Args:
        folder: an empty or earlier folder of this server.
        auth: whether it asks for a user; ADMIN is made.
        http, coordinator: more lines of these sections of its configuration.
    """
    program, port, rpc_port = need("influxd"), free_port(), free_port()
    config = folder / "influxd.conf"
    config.write_text(
        f"""
reporting-disabled = true
bind-address = "127.0.0.1:{rpc_port}"
[meta]
  dir = "{folder}/meta"
  logging-enabled = false
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[coordinator]
  {coordinator}
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  log-enabled = false
  auth-enabled = {str(auth).lower()}
  {http}
""",
        encoding="utf-8",
    )
    server = ServerProcess([program, "-config", str(config)], port, folder, ready=lambda: _answers(port))
    influxd = Influxd(server, auth)
    server.start()
    if auth:
        password = ADMIN_PASSWORD.replace("'", "\\'")
        influxd.query(f"CREATE USER \"{ADMIN}\" WITH PASSWORD '{password}' WITH ALL PRIVILEGES")
    return influxd


def _answers(port: int) -> bool:
    """Return whether HTTP works already: influxd listens a moment before it answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/ping", timeout=1) as answer:
            return bool(answer.status == 204)
    except (URLError, OSError):
        return False
