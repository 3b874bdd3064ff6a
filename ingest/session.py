"""Keeps one MQTT connection alive, and notices when another client has taken our place."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import structlog

from domain.errors import BrokerError
from ingest.link import Link

_log = structlog.get_logger(__name__)

_STABLE_S = 5.0  # a connection that lasted so long was no accident
_FIRST_S, _LONGEST_S = 0.5, 30.0
_KICKS = 3
_HANGS_UP_S = 0.05  # a broker that stops closes its connections one after the other


class Session:
    """The present connection of one client id, and when to try the next. Used by one thread.

    After a connection is lost the first try is made at once: a broker that is down refuses it, which tells
    its restart from the case that another client with our id has taken the session. That one gets our
    place, we take it back, and so on for ever; the younger of the two sees `_KICKS` such losses in a row
    first and gives up. A broker that is up again before our try comes looks the same: so after a first such
    loss a witness is connected under a name of its own. What costs it its connection too was no other client.
    """

    def __init__(
        self,
        connect: Callable[[], Link],
        name: str,
        *,
        witness: Callable[[], Link] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Prepare; the first `tend` connects.

        Args:
            connect: opens a link, or raises BrokerError.
            name: of the broker, for the log.
            witness: opens a link to the same broker with another client id.
        """
        self.link: Link | None = None
        self.last_error = ""  # "" while connected
        self._connect = connect
        self._name = name
        self._monotonic = monotonic
        self._jitter = jitter
        self._retry_at = 0.0
        self._failures = 0  # tries in a row that led to no lasting connection
        self._kicks = 0
        self._call_witness = witness
        self._witness: Link | None = None
        self._past_errors = 0
        self._greeted: Link | None = None  # the link whose opening has been said

    def tend(self) -> Link | None:
        """Return the link to drive, None while it is too early for the next try.

        Raises BrokerError, not retryable, when another client has taken the session again and again.
        """
        now = self._monotonic()
        if self._witness is not None:
            self._witness.step(0.0)
        if self.link is not None and self.link.lost:
            lost, self.link = self.link, None
            self._past_errors += lost.errors
            self._note_loss(lost, now)
        if self.link is not None:
            self._note_life(self.link, now)
        elif now >= self._retry_at:
            self._try(now)
        return self.link

    @property
    def errors(self) -> int:
        """Return how many exceptions the links met that should not have been."""
        link = self.link
        return self._past_errors + (link.errors if link is not None else 0)

    def leave(self) -> None:
        """Close the connection; the next `tend` opens another."""
        self._dismiss_witness()
        if self.link is not None:
            self.link.close()
        self.link = None

    def _try(self, now: float) -> None:
        try:
            self.link = self._connect()
        except BrokerError as error:
            self._kicks = 0
            self._back_off(now, str(error))

    def _note_life(self, link: Link, now: float) -> None:
        if link.up_at is None:
            return
        if link is not self._greeted:
            self._greeted = link
            self.last_error = ""
            _log.info("mqtt.session_opened", broker=self._name, resumed=link.session_present)
        elif now - link.up_at > _STABLE_S:
            self._failures = self._kicks = 0
            self._dismiss_witness()

    def _note_loss(self, link: Link, now: float) -> None:
        if link.up_at is None:
            self._kicks = 0
            self._back_off(now, link.lost)
            return
        lived_s = now - link.up_at
        _log.warning("mqtt.session_lost", broker=self._name, reason=link.lost, lived_s=round(lived_s, 1))
        self.last_error = link.lost
        if lived_s > _STABLE_S:
            self._failures = self._kicks = 0
            self._retry_at = now
        elif not link.dropped:
            self._back_off(now, link.lost)
        else:
            self._note_kick(now)

    def _note_kick(self, now: float) -> None:
        self._kicks = self._kicks + 1 if self._testified() else 1
        self._failures = 0
        self._retry_at = now
        if self._kicks >= _KICKS:
            raise BrokerError(
                f"{self._name}: taken over {_KICKS} times in a row; another client is connected with our"
                " client id: give each collector its own",
                retryable=False,
            )

    def _testified(self) -> bool:
        """Return whether the broker was there all the time since the last loss, as far as can be told."""
        witness = self._witness
        if witness is not None and not witness.lost:
            witness.step(_HANGS_UP_S)
        there = witness is None or not witness.lost or witness.refused
        if witness is None or (witness.lost and not witness.refused):
            self._dismiss_witness()
            self._witness = self._a_witness()
        return there

    def _a_witness(self) -> Link | None:
        """Return a link of another name; None where that is not to be had."""
        try:
            return self._call_witness() if self._call_witness is not None else None
        except BrokerError:
            return None

    def _dismiss_witness(self) -> None:
        if self._witness is not None:
            self._witness.close()
        self._witness = None

    def _back_off(self, now: float, error: str) -> None:
        if error != self.last_error:  # said once, not once per try
            _log.warning("mqtt.connect_failed", broker=self._name, error=error)
        self.last_error = error
        longest_s = min(_LONGEST_S, _FIRST_S * 2.0 ** min(self._failures, 10))
        self._failures += 1
        self._retry_at = now + longest_s * (0.5 + 0.5 * self._jitter())
