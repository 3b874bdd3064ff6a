"""Writing lines to InfluxDB, each dialect by its own road.

- v2: influxdb-client's synchronous WriteApi with ready line protocol. (Its Point objects are 5 times
  slower, its batching mode loses what it holds when the server is away.)
- v1: `/write`, through the same client's ApiClient: 1.x before 1.8 has no `/api/v2/write`.
- v3: `/api/v3/write_lp`, which stores the good lines of a bad batch. Untested: no such server was at hand.

Bodies are packed here at gzip level 1: the client's own level 9 halves the rate for 10 % fewer bytes.
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from typing import Any

from domain.errors import StoreError
from store.influx_http import Address, body_text, connect, told
from store.influx_points import parts
from store.influx_refusals import Refusal, find_refused, refusal

#: largest body [bytes, unpacked]; InfluxDB's own limits are 10 MiB (3) and 25 MB (1.x)
MAX_BODY = 5_000_000
_MIN_BODY = 65_536


class InfluxWriter:
    """Sends lines, one batch at a time."""

    def __init__(self, address: Address, token: str) -> None:
        from influxdb_client.client.write_api import SYNCHRONOUS

        self._address = address
        self._client = connect(address, token, {"Content-Encoding": "gzip"} if address.gzip else {})
        self._write_api = self._client.write_api(write_options=SYNCHRONOUS)
        self._max_body = MAX_BODY
        self._turn = threading.Lock()

    def write(self, lines: Sequence[str]) -> list[tuple[int, str]]:
        """Return the index and the server's words of every line it will never take; all others are kept.

        Raises:
            StoreError: the batch is not kept, for a reason that is not in its lines.
        """
        refused: list[tuple[int, str]] = []
        with self._turn:
            for part in parts(lines, self._max_body):
                found = find_refused(lines[part.start : part.stop], self._post)
                refused += [(part.start + index, words) for index, words in found]
        return refused

    def close(self) -> None:
        """Let go of the connections."""
        self._write_api.close()
        self._client.close()

    def _post(self, lines: Sequence[str]) -> Refusal | None:
        """Return None when the server has kept all lines, else what it says about them."""
        from influxdb_client.rest import ApiException

        text = "\n".join(lines).encode()
        body = gzip.compress(text, 1) if self._address.gzip else text
        with told(self._address.url):
            try:
                self._send(body)
            except ApiException as error:
                if error.status == 413:
                    self._max_body = max(_MIN_BODY, min(self._max_body, len(text) // 2))
                found = refusal(error.status or 0, body_text(error.body))
                if found is None:
                    raise
                return found
        self._check_kept()
        return None

    def _send(self, body: bytes) -> None:
        at = self._address
        if at.dialect == "v2":
            self._write_api.write(bucket=at.database, org=at.org, record=body, write_precision="us")
            return
        path, precision = ("/write", "u") if at.dialect == "v1" else ("/api/v3/write_lp", "microsecond")
        place = [("db", at.database), ("precision", precision), *([("rp", at.policy)] if at.policy else [])]
        self._client.api_client.call_api(
            path, "POST", query_params=place, body=body,
            header_params={"Content-Type": "text/plain; charset=utf-8"}, _return_http_data_only=True,
        )  # fmt: skip

    def _check_kept(self) -> None:
        """Return if the answer was 204, which every InfluxDB gives; a web page's 200 is no promise."""
        answer: Any = self._client.api_client.last_response  # ours: one batch at a time
        if answer.status != 204:
            message = f"{self._address.url} answers a write with {answer.status} instead of 204: no InfluxDB"
            raise StoreError(message, retryable=False)
