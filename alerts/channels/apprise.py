"""Everything apprise speaks: mail, webhooks, chats, push; one channel per apprise URL."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.message import Markup, render
from domain.alert import OutboxMessage
from domain.baseline import Severity
from domain.errors import NotifyError

#: services that carry a header of ours, by which the receiver can drop what it has had already; they have
#: no length limit either, and must not be split: two halves under one key would lose the second
_WITH_KEY = {"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos"}
_SHORTEST_SECRET = 3
#: writes the path of every request at level DEBUG
_HTTP_LOG = "urllib3.connectionpool"


class AppriseChannel:
    """Hands messages to one service by its apprise URL. Not for use from two threads at a time."""

    def __init__(self, name: str, url: str, head: Letterhead) -> None:
        """Raise NotifyError (not retryable) for a URL that apprise cannot use."""
        self.name = name
        self._head = head
        self._service = check_url(url)
        self._schema = url.partition("://")[0].lower()
        self._secrets = _secrets(url)

    def send(self, message: OutboxMessage) -> None:
        """Send the message; raise NotifyError with the service's answer, without the URL's secrets."""
        service, (markup, body_format) = self._service, _formats(self._service)
        rendered = render(message, self._head, markup)
        if self._schema in _WITH_KEY:
            service.headers["Idempotency-Key"] = message.dedup_key
        with _said() as said:
            try:
                taken = service.notify(
                    title=rendered.title,
                    body=rendered.body,
                    notify_type=_notify_type(message),
                    body_format=body_format,
                    overflow="upstream" if self._schema in _WITH_KEY else "split",
                )
            except Exception as error:  # noqa: BLE001 - 180 services raise what they like; all of it is "not sent"
                raise NotifyError(self._refusal([f"{type(error).__name__}: {error}"])) from None
        if not taken:
            raise NotifyError(self._refusal(said))

    def _refusal(self, said: list[str]) -> str:
        """Return why it was not sent; the cause itself may hold the URL, so it is not chained."""
        answer = " ".join(said) or "not taken"
        for secret in self._secrets:
            answer = answer.replace(secret, "***")
        return f"{self._schema}: {answer}"


def check_url(url: str) -> Any:
    """Return the apprise service of a URL; raise NotifyError (not retryable) if there is none.

    The message names the scheme only: the rest of such a URL is a password.
    """
    schema = url.partition("://")[0].lower()
    shown = schema if re.fullmatch(r"[a-z0-9]{2,20}", schema) and "://" in url else "?"
    with _said(), _quiet_import():
        from apprise import Apprise

        service = Apprise.instantiate(url)
    if service is None:
        raise NotifyError(f"{shown}://***: not a URL that apprise can use", retryable=False)
    return service


@contextmanager
def _quiet_import() -> Iterator[None]:
    """Let apprise load its plug-ins: one of them imports a module that Python 3.13 drops, and warns of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _formats(service: Any) -> tuple[Markup, Any]:
    """Return our mark-up for what the service shows, and apprise's word for it."""
    from apprise import NotifyFormat

    if service.resolve_format() is NotifyFormat.HTML:
        return Markup.HTML, NotifyFormat.HTML
    return Markup.TEXT, NotifyFormat.TEXT


def _notify_type(message: OutboxMessage) -> Any:
    from apprise import NotifyType

    if message.event == Event.RESOLVED:
        return NotifyType.SUCCESS
    return {
        Severity.CRITICAL: NotifyType.FAILURE,
        Severity.WARNING: NotifyType.WARNING,
    }.get(message.body.get("severity", ""), NotifyType.INFO)


def _secrets(url: str) -> list[str]:
    """Return every part of a URL that may be a secret: all but the scheme, longest first."""
    rest = url.partition("://")[2]
    parts = {part for part in re.split(r"[/?&=@:#,]", rest) if len(part) >= _SHORTEST_SECRET}
    parts |= {unquote(part) for part in parts}
    return sorted(parts, key=len, reverse=True)


class _Listener(logging.Handler):
    """Keeps what apprise says in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line of this thread."""
        if not self.is_elsewhere(record):
            self.said.append(record.getMessage())

    def is_elsewhere(self, record: logging.LogRecord) -> bool:
        """Return whether a line comes from another thread."""
        return record.thread != self._thread


@contextmanager
def _said() -> Iterator[list[str]]:
    """Give what apprise logs; keep its and its HTTP client's lines from any other log: they hold tokens."""
    logger, listener, http = logging.getLogger("apprise"), _Listener(), logging.getLogger(_HTTP_LOG)
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(listener)
    http.addFilter(listener.is_elsewhere)
    try:
        yield listener.said
    finally:
        http.removeFilter(listener.is_elsewhere)
        logger.removeHandler(listener)
