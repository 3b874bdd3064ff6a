"""Publishes to a broker and waits for its word (domain.ports.Publisher)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress

import structlog

from domain.errors import BrokerError
from ingest.address import BrokerAddress, Will
from ingest.link import Link

_log = structlog.get_logger(__name__)

_TEND_S = 1.0


class MqttPublisher:
    """One publishing client, open to any thread; it connects when first used, and again after a loss.

    A thread of its own answers for the keepalive between messages. With a `Will` it also comes back by
    itself, so that the retained word about us stays true.
    """

    def __init__(self, address: BrokerAddress, *, will: Will | None = None, timeout_s: float = 5.0) -> None:
        self._address, self._will, self._timeout_s = address, will, timeout_s
        self._lock = threading.Lock()  # guards the link: one thread at a time drives it
        self._link: Link | None = None
        self._closed = threading.Event()
        self._tender: threading.Thread | None = None

    def publish(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Return when the broker has acknowledged; raise BrokerError if it has not in time, or refuses."""
        self.publish_many([(topic, payload, retain)])

    def publish_many(self, messages: Iterable[tuple[str, bytes, bool]]) -> int:
        """Return how many messages the broker has acknowledged: all of them, else BrokerError is raised.

        Args:
            messages: topic, payload and whether to retain it. They go out in order, many on the way at once;
                after an error some may have arrived: repeat them all.
        """
        count = 0
        waiting: set[int] = set()
        with self._lock:
            link = self._ready()
            for topic, payload, retain in messages:
                waiting.add(link.publish(topic, payload, retain=retain))
                count += 1
                if len(waiting) >= link.window:
                    self._settle(link, waiting, link.window // 2)
            self._settle(link, waiting, 0)
        return count

    def close(self) -> None:
        """Say goodbye; a retained will is told by us instead of the broker."""
        self._closed.set()
        with self._lock:
            if self._link is not None:
                with suppress(BrokerError):
                    self._tell(self._link, here=False)
                self._link.close()
                self._link = None
        if self._tender is not None:
            self._tender.join(2 * _TEND_S)

    def _ready(self) -> Link:
        """Return a connected link; raise BrokerError if there is none to be had in time."""
        if self._closed.is_set():
            raise BrokerError("the publisher is closed", retryable=False)
        link = self._link
        if link is not None:
            link.step(0.0)  # it may have been lost while nobody looked
            if link.connected:
                return link
        link = self._link = Link(self._address, will=self._will)
        link.open()
        while not link.connected and not link.lost:
            link.step(0.1)
        if link.lost:
            raise BrokerError(
                f"{self._address.host}:{self._address.port}: {link.lost}", retryable=not link.refused
            )
        if self._tender is None:
            self._tender = threading.Thread(target=self._tend, name="wastenot-publish", daemon=True)
            self._tender.start()
        self._tell(link, here=True)
        return link

    def _tell(self, link: Link, *, here: bool) -> None:
        if self._will is not None and link.connected:
            payload = self._will.here if here else self._will.gone
            self._settle(link, {link.publish(self._will.topic, payload, retain=True)}, 0)

    def _settle(self, link: Link, waiting: set[int], most: int) -> None:
        """Return when at most so many messages wait for their word; raise BrokerError if not in time."""
        deadline = time.monotonic() + self._timeout_s
        while len(waiting) > most:
            link.step(0.05)
            if link.acked:
                deadline = time.monotonic() + self._timeout_s
            for mid, refusal in link.acked.items():
                waiting.discard(mid)
                if refusal:
                    link.acked.clear()
                    raise BrokerError(f"the broker refused a message: {refusal}", retryable=False)
            link.acked.clear()
            if link.lost:
                raise BrokerError(f"connection lost before the acknowledgement: {link.lost}")
            if time.monotonic() > deadline:
                link.close()  # what is still on its way must not arrive after the caller was told it did not
                raise BrokerError(f"no acknowledgement within {self._timeout_s} s")

    def _tend(self) -> None:
        """Keep the connection from being taken for dead."""
        while not self._closed.wait(_TEND_S):
            with self._lock:
                link = self._link
                if link is None:
                    continue
                link.step(0.0)
                if link.lost and self._will is not None and not self._closed.is_set():
                    with suppress(BrokerError):
                        self._ready()
