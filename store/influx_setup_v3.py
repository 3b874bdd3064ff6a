"""What InfluxDB 3 needs: two databases, made with their retention."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from store.influx_admin import admin_told
from store.influx_http import Address, ask_json, connect, pieces
from store.influx_step import Step, shown


class SetupV3:
    """3 Core sets retention when a database is made and never again."""

    def __init__(self, address: Address, token: str) -> None:
        self._at, self._client = address, connect(address, token, {})

    def places(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        """Yield the steps that make the databases, where missing."""
        there = self._databases()
        for name, keep_s in (
            (self._at.database, keep_raw_s),
            (self._at.beside().database, keep_consumption_s),
        ):
            if name not in there:
                yield Step(f"make database {name}, kept {shown(keep_s)}", self._maker(name, keep_s))

    def retention(self, keep_raw_s: float | None, keep_consumption_s: float | None) -> Iterator[Step]:
        """Yield nothing: it cannot be changed."""
        del keep_raw_s, keep_consumption_s
        return iter(())

    def _databases(self) -> set[str]:
        with admin_told(self._at):
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
            with admin_told(self._at):
                path = "/api/v3/configure/database"
                b"".join(pieces(ask_json(self._client, path, body, accept="application/json")))

        return make

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()
