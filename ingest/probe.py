"""Whether a broker gives us what a plant file asks of it; the collector's own session is not touched."""

from __future__ import annotations

import time
from collections.abc import Sequence

from domain.errors import BrokerError
from ingest.address import BrokerAddress
from ingest.link import Link


def denied_filters(address: BrokerAddress, filters: Sequence[str], timeout_s: float = 5.0) -> list[str]:
    """Return the topic filters that the broker will not give us, as far as it says so.

    Not every broker does: mosquitto with an `acl_file` takes every subscription, and keeps to itself what it
    then does not deliver.

    Raises:
        BrokerError: nobody listens, we are refused, or there is no answer in time.
    """
    link = Link(address, filters)
    link.open()
    deadline = time.monotonic() + timeout_s
    try:
        while not link.ready and not link.lost and time.monotonic() < deadline:
            link.step(0.1)
        if not link.ready:
            raise BrokerError(
                f"{address.host}:{address.port}: {link.lost or 'no answer to the subscription'}"
            )
        return link.denied
    finally:
        link.close()
