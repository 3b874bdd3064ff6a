"""Listens to a broker as a guest: with a client id of its own and nothing kept for it while it is away."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from domain.errors import BrokerError
from domain.ports import Clock
from ingest.address import BrokerAddress
from ingest.discovery.sample import Heard
from ingest.link import Link
from ingest.times import micros

_STEP_S = 0.2  # how soon a stop is noticed
_RETRY_S = 1.0


class Listener:
    """One time of listening to one broker."""

    def __init__(
        self,
        address: BrokerAddress,
        filters: Sequence[str],
        heard: Heard,
        clock: Clock,
        *,
        fallback: Sequence[str] = (),
    ) -> None:
        """Prepare; nothing is connected to yet.

        Args:
            address: of the broker; its client id is not used.
            filters: what to listen to.
            heard: takes the messages.
            clock: tells when they arrive.
            fallback: what to listen to where the broker denies all of `filters`.
        """
        self._address = replace(address, client_id=f"wastenot-discover-{os.getpid()}-{os.urandom(3).hex()}")
        self.filters, self._heard, self._clock = tuple(filters), heard, clock
        self._fallback = tuple(fallback)
        self.denied: tuple[str, ...] = ()  # of what was asked: filters the broker does not let us have
        self.lost = ""  # why the connection was lost in between, "" if it never was

    def listen(
        self,
        seconds: float,
        stopped: Callable[[], bool] = lambda: False,
        opened: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what comes for so many seconds from the broker's consent on, or until stopped.

        Args:
            seconds: how long [s].
            stopped: asked several times a second.
            opened: called once, when the broker has answered for every filter.

        Raises:
            BrokerError: nobody answers, the broker does not want us, or it denies every filter.
        """
        link = self._opened(stopped)
        deadline = time.monotonic() + seconds
        opened()
        try:
            while time.monotonic() < deadline and not stopped():
                link.step(min(_STEP_S, max(0.0, deadline - time.monotonic())))
                self._take(link)
                if link.lost:
                    self.lost = link.lost
                    link = self._again(link, deadline, stopped)
            link.step(0.0)
            self._take(link)  # what arrived before the end
        finally:
            link.close()

    def _opened(self, stopped: Callable[[], bool]) -> Link:
        """Return a link for which every subscription is answered."""
        where = f"{self._address.host}:{self._address.port}"
        link = Link(self._address, self.filters, batched=True)
        link.open()
        deadline = time.monotonic() + self._address.connect_timeout_s
        while not link.ready and not link.lost and not stopped():
            if time.monotonic() > deadline:
                link.close()
                raise BrokerError(f"{where}: the broker does not answer")
            link.step(_STEP_S)
            self._take(link)
        if link.lost:
            raise BrokerError(f"{where}: {link.lost}")
        self.denied = tuple(dict.fromkeys([*self.denied, *link.denied]))
        self.filters = tuple(one for one in self.filters if one not in self.denied)
        if self.filters or stopped():
            return link
        link.close()
        if not self._fallback:
            raise BrokerError(f"{where}: the broker denies {', '.join(self.denied)}", retryable=False)
        self.filters, self._fallback = self._fallback, ()
        return self._opened(stopped)

    def _again(self, link: Link, deadline: float, stopped: Callable[[], bool]) -> Link:
        """Return a new link after a lost one, the lost one if there is no time for that."""
        while time.monotonic() < deadline and not stopped():
            try:
                return self._opened(stopped)
            except BrokerError as error:
                self.lost = str(error)
                time.sleep(min(_RETRY_S, max(0.0, deadline - time.monotonic())))
        return link

    def _take(self, link: Link) -> None:
        arrival_us = micros(self._clock.now())
        for position, message in enumerate(link.inbox):
            self._heard.take(message, arrival_us, link.inbox.whole.get(position))
        mids = [mid for mid in link.inbox.mids if mid]
        link.inbox.clear()
        link.ack(mids)
