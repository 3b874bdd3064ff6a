"""Reading from InfluxDB 1.x and 2.x: one InfluxQL query per request, its CSV straight into polars."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import polars as pl

from domain.errors import StoreError
from store.influx_http import Address, ask, connect, pieces, told
from store.influx_query import (
    SENTINEL,
    consumption_frame,
    consumption_query,
    intervals_frame,
    intervals_query,
    last_consumption_frame,
    last_consumption_query,
    last_query,
    parsed,
    probe_query,
    readings_frame,
    readings_query,
)

#: meters per query: a condition of 200 terms costs the server nothing to speak of, one of 10,000 does
GROUP = 200
_CHUNK_ROWS = "50000"  # rows the server packs at a time; its own 10,000 is a tenth slower


class InfluxReader:
    """Asks InfluxQL questions; safe for several threads."""

    def __init__(self, address: Address, token: str) -> None:
        self._address = address
        self._client = connect(address, token, {})

    def readings(self, meters: Sequence[str], start_us: int, end_us: int) -> pl.DataFrame:
        """Return readings in [start, end), not sorted; `meters` are distinct and can be kept."""
        return readings_frame(self._by_groups(readings_query, meters, start_us, end_us))

    def last(self, meters: Sequence[str], start_us: int, end_us: int) -> pl.DataFrame:
        """Return each meter's latest reading in [start, end), not sorted."""
        return readings_frame(self._by_groups(last_query, meters, start_us, end_us))

    def intervals(self, process: str, resource: str, start_us: int, end_us: int) -> pl.DataFrame:
        """Return the judged intervals with start in [start, end), sorted by start."""
        query = intervals_query(process, resource, start_us, end_us, self._address.policy)
        return intervals_frame(self._rows(query), process, resource)

    def consumption(self, meters: Sequence[str], start_us: int, end_us: int) -> pl.DataFrame:
        """Return kept consumption with start in [start, end), not sorted."""
        query = partial(consumption_query, policy=self._address.policy)
        return consumption_frame(self._by_groups(query, meters, start_us, end_us))

    def last_consumption(self, meters: Sequence[str], start_us: int, end_us: int) -> pl.DataFrame:
        """Return each meter's latest kept interval (meter, start), not sorted."""
        query = partial(last_consumption_query, policy=self._address.policy)
        return last_consumption_frame(self._by_groups(query, meters, start_us, end_us))

    def probe(self) -> None:
        """Return if the database can be read; raise StoreError if not."""
        for _ in self._rows(probe_query(self._address.policy)):
            pass

    def command(self, statement: str) -> list[dict[str, Any]]:
        """Return the series that a statement gives when the server has carried it out.

        Raises:
            StoreError: with the server's words.
        """
        with told(self._address.url):
            answer = b"".join(pieces(self._ask(statement, accept="application/json")))
        if problem := _error_in(answer):
            raise StoreError(f"{self._address.url}: {problem}", retryable=False)
        results = json.loads(answer).get("results") or [{}]
        return list(results[0].get("series", []))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _by_groups(
        self,
        query: Callable[[Sequence[str], int, int], str],
        meters: Sequence[str],
        start_us: int,
        end_us: int,
    ) -> Iterator[pl.DataFrame]:
        for first in range(0, len(meters), GROUP):
            yield from self._rows(query(meters[first : first + GROUP], start_us, end_us))

    def _rows(self, query: str) -> Iterator[pl.DataFrame]:
        """Yield the query's rows; raise StoreError, with the reason, when the answer is not whole."""
        with told(self._address.url):
            try:
                yield from parsed(pieces(self._ask(f"{query}; {SENTINEL}", accept="application/csv")))
            except StoreError as error:
                raise self._explained(error) from error

    def _ask(self, query: str, *, accept: str) -> Any:
        at = self._address
        form = [("db", at.database), ("q", query), ("epoch", "u")]
        if accept == "application/csv":  # streamed: no limit on rows applies, and no answer fills the memory
            form += [("chunked", "true"), ("chunk_size", _CHUNK_ROWS)]
        return ask(self._client, "/query", form, accept=accept, packed=at.gzip)

    def _explained(self, error: StoreError) -> StoreError:
        """Return the error with what the server says in JSON, where errors have words."""
        problem = _error_in(
            b"".join(pieces(self._ask(probe_query(self._address.policy), accept="application/json")))
        )
        missing = "not found" in problem
        said = problem or f"{error} (query killed, or a time or row limit of the server)"
        return StoreError(
            f"{self._address.url}, database {self._address.database!r}: {said}", retryable=not missing
        )


def _error_in(answer: bytes) -> str:
    """Return the first error in an InfluxQL JSON answer; "" when there is none."""
    try:
        told_us = json.loads(answer)
        results = told_us.get("results") or []
        return str(told_us.get("error") or next((r["error"] for r in results if "error" in r), ""))
    except (ValueError, AttributeError, TypeError):
        return f"not an InfluxDB answer: {answer[:200]!r}"
