"""Databases, buckets and retention for a plant, made by somebody who may; every step can be repeated.

| dialect | readings | judged intervals and consumption per meter |
|---|---|---|
| v1 | database, its default retention policy | the same database, retention policy `kept` |
| v2 | bucket | bucket `<bucket>_kept` |
| v3 | database | database `<database>_kept` |

Readings stay where they always were, so an older installation goes on working before and after.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import StoreError
from store.influx_http import KEPT, Address, ask_json, connect, pieces, told
from store.influx_lines import CONSUMPTION, INTERVAL
from store.influx_points import READING
from store.influx_query import identifier
from store.influx_read import InfluxReader

OURS = frozenset({READING, INTERVAL, CONSUMPTION})
_REFUSED = re.compile(r"\b(401|403)\b|not authorized|unauthorized", re.IGNORECASE)
_UNITS_S = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True)
class Step:
    """One change that is needed: what it is in words, and what makes it."""

    words: str
    apply: Callable[[], object]


class InfluxSetup:
    """Finds out what is missing. `places` come first, `retention` when consumption has been kept there.

    Args:
        address: as of the store, with the administrator's user and password (v1).
        token: the administrator's (v2, v3).
    """

    def __init__(self, address: Address, token: str) -> None:
        kinds: dict[str, type[_V1 | _V2 | _V3]] = {"v1": _V1, "v2": _V2, "v3": _V3}
        self._server = kinds[address.dialect](address, token)

    def places(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> list[Step]:
        """Return the steps that make the missing places.

        Raises:
            StoreError: not retryable when the credentials may not; the words say which are needed.
        """
        return list(self._server.places(keep_raw_s, keep_consumption_s))

    def retention(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> list[Step]:
        """Return the steps that set how long they keep.

        Raises:
            StoreError: likewise; or not retryable, somebody else's measurements are in our database and
                would be deleted, too.
        """
        return list(self._server.retention(keep_raw_s, keep_consumption_s))

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()


class _V1:
    def __init__(self, address: Address, token: str) -> None:
        self._at, self._reader = address, InfluxReader(address, token)
        self._name = identifier(address.database)

    def places(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
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
        policies = self._policies()
        default = next((name for name, (_, is_default) in policies.items() if is_default), "autogen")
        for name, wanted_s in ((default, keep_raw_s), (KEPT, keep_consumption_s)):
            found_s = policies.get(name, (wanted_s, False))[0]
            if found_s != wanted_s:
                _check_alone(self._reader, self._at.database)
                yield self._step(
                    f"retention policy {name}: keep {shown(wanted_s)} instead of {shown(found_s)}",
                    f"ALTER RETENTION POLICY {identifier(name)} ON {self._name} DURATION {_influx(wanted_s)}",
                )

    def _policies(self) -> dict[str, tuple[float | None, bool]]:
        """Return name -> (kept for [s], whether it is the default); nothing when there is no database."""
        names = [
            row[0] for series in _command(self._reader, "SHOW DATABASES") for row in series.get("values", [])
        ]
        if self._at.database not in names:
            return {}
        found = {}
        for series in _command(self._reader, f"SHOW RETENTION POLICIES ON {self._name}"):
            for values in series.get("values", []):
                row = dict(zip(series["columns"], values, strict=True))
                found[row["name"]] = (parse_influx(row["duration"]), bool(row["default"]))
        return found

    def _step(self, words: str, statement: str) -> Step:
        return Step(words, lambda: _command(self._reader, statement))

    def close(self) -> None:
        self._reader.close()


class _V2:
    def __init__(self, address: Address, token: str) -> None:
        self._at, self._token = address, token
        self._client = connect(address, token, {})

    def places(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        for name, keep_s in self._wanted(keep_raw_s, keep_consumption_s):
            if self._bucket(name) is None:
                yield Step(f"make bucket {name}, kept {shown(keep_s)}", self._maker(name, keep_s))

    def retention(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        for name, keep_s in self._wanted(keep_raw_s, keep_consumption_s):
            bucket = self._bucket(name)
            found_s = keep_s if bucket is None else _kept_s(bucket)
            if found_s != keep_s:
                self._check_alone(name)
                words = f"bucket {name}: keep {shown(keep_s)} instead of {shown(found_s)}"
                yield Step(words, self._changer(bucket, keep_s))

    def _wanted(
        self, keep_raw_s: float | None, keep_consumption_s: float | None
    ) -> list[tuple[str, float | None]]:
        return [(self._at.database, keep_raw_s), (self._at.beside().database, keep_consumption_s)]

    def _bucket(self, name: str) -> Any:
        with _admin_told(self._at):
            found = self._client.buckets_api().find_buckets(name=name, org=self._at.org).buckets or []
        return next((bucket for bucket in found if bucket.name == name), None)

    def _maker(self, name: str, keep_s: float | None) -> Callable[[], object]:
        def make() -> None:
            with _admin_told(self._at):
                self._client.buckets_api().create_bucket(
                    bucket_name=name, retention_rules=_rules(keep_s), org=self._at.org
                )

        return make

    def _changer(self, bucket: Any, keep_s: float | None) -> Callable[[], object]:
        def change() -> None:
            bucket.retention_rules = _rules(keep_s)
            with _admin_told(self._at):
                self._client.buckets_api().update_bucket(bucket)

        return change

    def _check_alone(self, bucket: str) -> None:
        reader = InfluxReader(replace(self._at, database=bucket), self._token)
        try:
            _check_alone(reader, bucket)
        finally:
            reader.close()

    def close(self) -> None:
        self._client.close()


class _V3:
    """3 Core sets retention when a database is made and never again."""

    def __init__(self, address: Address, token: str) -> None:
        self._at, self._client = address, connect(address, token, {})

    def places(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        there = self._databases()
        for name, keep_s in (
            (self._at.database, keep_raw_s),
            (self._at.beside().database, keep_consumption_s),
        ):
            if name not in there:
                yield Step(f"make database {name}, kept {shown(keep_s)}", self._maker(name, keep_s))

    def retention(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        del keep_raw_s, keep_consumption_s
        return iter(())

    def _databases(self) -> set[str]:
        with _admin_told(self._at):
            answer = self._client.api_client.call_api(
                "/api/v3/configure/database", "GET", query_params=[("format", "json")],
                header_params={"Accept": "application/json"}, _preload_content=False,
                _return_http_data_only=True,
            )  # fmt: skip
            rows = json.loads(b"".join(pieces(answer)))
        return {row["iox::database"] for row in rows}

    def _maker(self, name: str, keep_s: float | None) -> Callable[[], object]:
        body = {"db": name} | ({} if keep_s is None else {"retention_period": f"{round(keep_s / 3600)}h"})

        def make() -> None:
            with _admin_told(self._at):
                path = "/api/v3/configure/database"
                b"".join(pieces(ask_json(self._client, path, body, accept="application/json")))

        return make

    def close(self) -> None:
        self._client.close()


def shown(seconds: float | None) -> str:
    """Return a retention in words.

    >>> shown(7_776_000.0), shown(90_000), shown(None)
    ('90 d', '25 h', 'for ever')
    """
    if seconds is None:
        return "for ever"
    return f"{seconds / 86_400:.0f} d" if seconds % 86_400 == 0 else f"{seconds / 3_600:g} h"


def parse_influx(duration: str) -> float | None:
    """Return the seconds of a duration as InfluxDB writes it; None for one without end.

    >>> parse_influx("2160h0m0s"), parse_influx("0s")
    (7776000.0, None)
    """
    parts = re.findall(r"(\d+)([wdhms])", duration)
    return float(sum(int(count) * _UNITS_S[unit] for count, unit in parts)) or None


def _influx(seconds: float | None) -> str:
    return "INF" if seconds is None else f"{round(seconds)}s"


def _rules(seconds: float | None) -> list[Any]:
    from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules

    rules: Any = BucketRetentionRules
    return [rules(type="expire", every_seconds=round(seconds or 0))]


def _kept_s(bucket: Any) -> float | None:
    every = [rule.every_seconds for rule in bucket.retention_rules or []]
    return float(every[0]) if every and every[0] else None


def _check_alone(reader: InfluxReader, database: str) -> None:
    """Raise StoreError when a shorter retention would delete what is not ours."""
    if others := sorted(_first_column(_command(reader, "SHOW MEASUREMENTS")) - OURS):
        raise StoreError(
            f"{database} also holds {', '.join(others[:5])}, which a retention would delete: give Wastenot "
            'a database of its own, or write keep_raw = "forever"',
            retryable=False,
        )


def _first_column(found: list[dict[str, Any]]) -> set[str]:
    return {row[0] for series in found for row in series.get("values", [])}


def _command(reader: InfluxReader, statement: str) -> list[dict[str, Any]]:
    with _as_admin():
        return reader.command(statement)


@contextmanager
def _as_admin() -> Iterator[None]:
    """Say, where credentials are refused, which are needed."""
    try:
        yield
    except StoreError as error:
        if _REFUSED.search(str(error)):
            raise StoreError(
                f"{error}; making databases takes series.admin_token (v2, v3), or series.admin_username "
                "and admin_password (v1)",
                retryable=False,
            ) from error
        raise


@contextmanager
def _admin_told(address: Address) -> Iterator[None]:
    with _as_admin(), told(address.url):
        yield
