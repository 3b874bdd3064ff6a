"""Databases, buckets and retention for a plant, made by somebody who may; every step can be repeated.

| dialect | readings | judged intervals and consumption per meter |
|---|---|---|
| v1 | database, its default retention policy | the same database, retention policy `kept` |
| v2 | bucket | bucket `<bucket>_kept` |
| v3 | database | database `<database>_kept` |

Readings stay where they always were, so an older installation goes on working before and after.
"""

from __future__ import annotations

from collections.abc import Mapping

from store.influx_http import Address, Dialect
from store.influx_setup_v1 import SetupV1
from store.influx_setup_v2 import SetupV2
from store.influx_setup_v3 import SetupV3
from store.influx_step import Step

_SERVERS: Mapping[Dialect, type[SetupV1 | SetupV2 | SetupV3]] = {"v1": SetupV1, "v2": SetupV2, "v3": SetupV3}


class InfluxSetup:
    """Finds out what is missing. `places` come first, `retention` when consumption has been kept there.

    Args:
        address: as of the store, with the administrator's user and password (v1).
        token: the administrator's (v2, v3).
    """

    def __init__(self, address: Address, token: str) -> None:
        self._server = _SERVERS[address.dialect](address, token)

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
