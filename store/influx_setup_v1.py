"""What InfluxDB 1 needs: a database and, in it, a second retention policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from store.influx_admin import check_alone, command
from store.influx_http import KEPT, Address
from store.influx_query import identifier
from store.influx_read import InfluxReader
from store.influx_step import Step, shown

_UNITS_S = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


class SetupV1:
    """One database with two retention policies."""

    def __init__(self, address: Address, token: str) -> None:
        self._at, self._reader = address, InfluxReader(address, token)
        self._name = identifier(address.database)

    def places(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        """Yield the steps that make the database and its policy, where missing."""
        policies = self._policies()
        if not policies:
            yield self._step(
                f"make database {self._at.database}, readings kept {shown(keep_raw_s)}",
                f"CREATE DATABASE {self._name} WITH DURATION {_influx(keep_raw_s)} REPLICATION 1 "
                'NAME "autogen"',
            )
        if KEPT not in policies:
            yield self._step(
                f"make retention policy {KEPT}, consumption kept {shown(keep_consumption_s)}",
                f'CREATE RETENTION POLICY "{KEPT}" ON {self._name} '
                f"DURATION {_influx(keep_consumption_s)} REPLICATION 1",
            )

    def retention(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        """Yield the steps that change how long the retention policies keep."""
        policies = self._policies()
        default = next((name for name, (_, is_default) in policies.items() if is_default), "autogen")
        for name, wanted_s in ((default, keep_raw_s), (KEPT, keep_consumption_s)):
            found_s = policies.get(name, (wanted_s, False))[0]
            if found_s != wanted_s:
                check_alone(self._reader, self._at.database)
                yield self._step(
                    f"retention policy {name}: keep {shown(wanted_s)} instead of {shown(found_s)}",
                    f"ALTER RETENTION POLICY {identifier(name)} ON {self._name} DURATION {_influx(wanted_s)}",
                )

    def _policies(self) -> dict[str, tuple[float | None, bool]]:
        """Return name -> (kept for [s], whether it is the default); nothing when there is no database."""
        names = [
            row[0] for series in command(self._reader, "SHOW DATABASES") for row in series.get("values", [])
        ]
        if self._at.database not in names:
            return {}
        found = {}
        for series in command(self._reader, f"SHOW RETENTION POLICIES ON {self._name}"):
            for values in series.get("values", []):
                row = dict(zip(series["columns"], values, strict=True))
                found[row["name"]] = (parse_influx(row["duration"]), bool(row["default"]))
        return found

    def _step(self, words: str, statement: str) -> Step:
        return Step(words, lambda: command(self._reader, statement))

    def close(self) -> None:
        """Let go of the connections."""
        self._reader.close()


def parse_influx(duration: str) -> float | None:
    """Return the seconds of a duration as InfluxDB writes it; None for one without end.

    >>> parse_influx("2160h0m0s"), parse_influx("0s")
    (7776000.0, None)
    """
    parts = re.findall(r"(\d+)([wdhms])", duration)
    return float(sum(int(count) * _UNITS_S[unit] for count, unit in parts)) or None


def _influx(seconds: float | None) -> str:
    return "INF" if seconds is None else f"{round(seconds)}s"
