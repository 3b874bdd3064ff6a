"""Hears one topic filter and hands on what comes, at least once: what is asked of us, not readings."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from domain.errors import WorldError
from ingest.address import BrokerAddress
from ingest.arrivals import Message
from ingest.link import Link

_log = structlog.get_logger(__name__)
_STEP_S, _FIRST_REST_S, _LONGEST_REST_S = 0.2, 1.0, 30.0

#: takes a topic and a payload; may raise WorldError: then the message comes again
Take = Callable[[str, bytes], None]


class Subscriber:
    """One session of one client, in a thread of its own. What the broker repeats (retained) is not taken."""

    def __init__(self, address: BrokerAddress, topic_filter: str, take: Take) -> None:
        """Prepare.

        Args:
            address: with a client id of its own: the broker keeps for it what comes while we are away.
        """
        self._address, self._filter, self._take = address, topic_filter, take
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="commands", daemon=True)
        self.connected = threading.Event()

    def start(self) -> None:
        """Begin to listen; a broker that is away is tried again until `stop`."""
        self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> None:
        """End; the session stays with the broker."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        rest_s, told = _FIRST_REST_S, ""
        while not self._stopping.is_set():
            trouble = self._listen()
            if self.connected.is_set():
                rest_s, told = _FIRST_REST_S, ""
                self.connected.clear()
            if trouble and trouble != told:
                _log.warning("ingest.commands_unheard", topic=self._filter, error=trouble)
                told = trouble
            self._stopping.wait(rest_s)
            rest_s = min(2 * rest_s, _LONGEST_REST_S)

    def _listen(self) -> str:
        """Return why a connection ended."""
        link = Link(self._address, [self._filter], persistent=True)
        try:
            link.open()
            while not link.lost and not self._stopping.is_set():
                link.step(_STEP_S)
                if link.ready:
                    if link.denied:
                        return f"the broker does not let us hear {self._filter}"
                    self.connected.set()
                self._hand_on(link)
        except WorldError as error:  # BrokerError, or whoever takes cannot take now
            return str(error)
        finally:
            link.close()
        return link.lost

    def _hand_on(self, link: Link) -> None:
        for message in link.inbox.cut_off(len(link.inbox)):
            if not message.retained:
                self._hand_over(message)
            if message.mid:
                link.ack([message.mid])

    def _hand_over(self, message: Message) -> None:
        """Hand on one message; a mistake of ours costs that one message, and not all that follow."""
        try:
            self._take(message.topic.decode(errors="replace"), message.payload)
        except WorldError:
            raise
        except Exception:  # noqa: BLE001 - see above; it is logged with its stack
            _log.exception("ingest.command_failed", topic=self._filter)
