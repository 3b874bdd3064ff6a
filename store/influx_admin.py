"""What InfluxDB is asked as its administrator: refusals say who may, and what is not ours stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from domain.errors import StoreError
from store.influx_http import Address, told
from store.influx_lines import CONSUMPTION, INTERVAL
from store.influx_points import READING
from store.influx_read import InfluxReader

OURS = frozenset({READING, INTERVAL, CONSUMPTION})
_REFUSED = re.compile(r"\b(401|403)\b|not authorized|unauthorized", re.IGNORECASE)


def check_alone(reader: InfluxReader, database: str) -> None:
    """Raise StoreError when a shorter retention would delete what is not ours."""
    if others := sorted(_first_column(command(reader, "SHOW MEASUREMENTS")) - OURS):
        raise StoreError(
            f"{database} also holds {', '.join(others[:5])}, which a retention would delete: give Wastenot "
            'a database of its own, or write keep_raw = "forever"',
            retryable=False,
        )


def command(reader: InfluxReader, statement: str) -> list[dict[str, Any]]:
    """Return the series that answer an InfluxQL statement."""
    with _as_admin():
        return reader.command(statement)


@contextmanager
def admin_told(address: Address) -> Iterator[None]:
    """Raise StoreError for everything that can go wrong with an administrator's request."""
    with _as_admin(), told(address.url):
        yield


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


def _first_column(found: list[dict[str, Any]]) -> set[str]:
    return {row[0] for series in found for row in series.get("values", [])}
