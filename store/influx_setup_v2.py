"""What InfluxDB 2 needs: two buckets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from store.influx_admin import admin_told, check_alone
from store.influx_http import Address, connect
from store.influx_read import InfluxReader
from store.influx_step import Step, shown


class SetupV2:
    """Two buckets of one organization."""

    def __init__(self, address: Address, token: str) -> None:
        self._at, self._token = address, token
        self._client = connect(address, token, {})

    def places(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        """Yield the steps that make the buckets, where missing."""
        for name, keep_s in self._wanted(keep_raw_s, keep_consumption_s):
            if self._bucket(name) is None:
                yield Step(f"make bucket {name}, kept {shown(keep_s)}", self._maker(name, keep_s))

    def retention(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        """Yield the steps that change how long the buckets keep."""
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
        with admin_told(self._at):
            found = self._client.buckets_api().find_buckets(name=name, org=self._at.org).buckets or []
        return next((bucket for bucket in found if bucket.name == name), None)

    def _maker(self, name: str, keep_s: float | None) -> Callable[[], object]:
        def make() -> None:
            with admin_told(self._at):
                self._client.buckets_api().create_bucket(
                    bucket_name=name, retention_rules=_rules(keep_s), org=self._at.org
                )

        return make

    def _changer(self, bucket: Any, keep_s: float | None) -> Callable[[], object]:
        def change() -> None:
            bucket.retention_rules = _rules(keep_s)
            with admin_told(self._at):
                self._client.buckets_api().update_bucket(bucket)

        return change

    def _check_alone(self, bucket: str) -> None:
        reader = InfluxReader(replace(self._at, database=bucket), self._token)
        try:
            check_alone(reader, bucket)
        finally:
            reader.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


def _rules(seconds: float | None) -> list[Any]:
    from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules

    rules: Any = BucketRetentionRules
    return [rules(type="expire", every_seconds=round(seconds or 0))]


def _kept_s(bucket: Any) -> float | None:
    every = [rule.every_seconds for rule in bucket.retention_rules or []]
    return float(every[0]) if every and every[0] else None
