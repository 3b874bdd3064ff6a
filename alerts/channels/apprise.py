"""Everything apprise speaks: mail, webhooks, chats, push; one channel per apprise URL."""

from __future__ import annotations

import logging
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alerts.channels.redact import redacted, secrets_of
from alerts.channels.web_call import AGAIN
from alerts.chart import CurveOf
from alerts.charting import message_chart
from alerts.figures import Letterhead
from alerts.machine import Event
from alerts.message import SMS_LETTERS, Markup, render
from domain.alert import OutboxMessage, Receipt
from domain.baseline import Severity
from domain.errors import NotifyError

#: services that carry a header of ours, by which the receiver can drop what it has had already; they have
#: no length limit either, and must not be split: two halves under one key would lose the second
_DATA = {"json", "jsons", "xml", "xmls", "form", "forms"}
#: chats that know a few tags of HTML; apprise makes them from plain text better than from a mail's tables
_PLAIN_HTML = {"tgram"}
_WITH_KEY = _DATA | {"mailto", "mailtos"}
#: writes the path of every request at level DEBUG
_HTTP_LOG = "urllib3.connectionpool"


class AppriseChannel:
    """Hands messages to one service by its apprise URL. Not for use from two threads at a time."""

    def __init__(self, name: str, url: str, head: Letterhead, curve_of: CurveOf | None = None) -> None:
        """Raise NotifyError (not retryable) for a URL that apprise cannot use."""
        self.name = name
        self._head, self._curve_of = head, curve_of
        self._service = check_url(url)
        self._schema = url.partition("://")[0].lower()
        self._secrets = secrets_of(url)

    def send(self, message: OutboxMessage) -> Receipt:
        """Send the message; raise NotifyError with the service's answer, without the URL's secrets."""
        service, (markup, body_format) = self._service, _formats(self._service, self._schema)
        rendered = render(message, self._head, markup)
        _carry_key(service, self._schema, message)
        with _said() as said:
            try:
                taken = service.notify(
                    title=rendered.title,
                    body=rendered.body,
                    notify_type=_notify_type(message),
                    body_format=body_format,
                    attach=self._attachment(message, service),
                    overflow="upstream" if self._schema in _WITH_KEY else "split",
                )
            except Exception as error:  # noqa: BLE001 - 180 services raise what they like; all of it is "not sent"
                raise NotifyError(self._refusal([f"{type(error).__name__}: {error}"])) from None
        if not taken:
            raise NotifyError(self._refusal(said), retryable=not _is_final(said))
        return Receipt(f"{self._schema}: taken")

    def _attachment(self, message: OutboxMessage, service: Any) -> Any:
        """Return the chart as an attachment; None where there is none, or the service takes none."""
        if not service.attachment_support or self._schema in _DATA:
            return None
        chart = message_chart(message, self._curve_of, self._head)
        if chart is None:
            return None
        from apprise import AppriseAttachment
        from apprise.attachment.memory import AttachMemory

        from alerts.chart_png import chart_png

        attachment: Any = AttachMemory
        image = attachment(content=chart_png(chart), name="chart.png", mimetype="image/png")
        return AppriseAttachment(image)

    def _refusal(self, said: list[str]) -> str:
        """Return why it was not sent; the cause itself may hold the URL, so it is not chained."""
        return f"{self._schema}: {redacted(' '.join(said) or 'not taken', self._secrets)}"


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


def _carry_key(service: Any, schema: str, message: OutboxMessage) -> None:
    """Let the service know what belongs together: each message's key, or each alert's incident."""
    if schema in _WITH_KEY:
        service.headers["Idempotency-Key"] = message.dedup_key
    incident = f"{message.fingerprint}/{message.episode}"
    if schema == "pagerduty":
        from apprise.plugins.pagerduty import PagerDutyAction

        service.dedup, service.action = incident, PagerDutyAction.MAP
    if schema == "opsgenie":
        service.alias = incident


def _is_final(said: list[str]) -> bool:
    """Return whether a service refused for good: a 4xx that asks for no other try.

    >>> _is_final(["Failed to send JSON notification: Not Found, error=404."]), _is_final(["error=503"])
    (True, False)
    """
    codes = [int(code) for code in re.findall(r"\berror=(\d{3})\b", " ".join(said))]
    return bool(codes) and all(400 <= code < 500 and code not in AGAIN for code in codes)


def _formats(service: Any, schema: str) -> tuple[Markup, Any]:
    """Return our mark-up for what the service shows, and apprise's word for it."""
    from apprise import NotifyFormat

    if 0 < service.body_maxlen <= SMS_LETTERS:
        return Markup.SHORT, NotifyFormat.TEXT
    shown = service.resolve_format()
    if shown is NotifyFormat.HTML and schema not in _PLAIN_HTML:
        return Markup.HTML, NotifyFormat.HTML
    if shown is NotifyFormat.MARKDOWN:
        return Markup.MARKDOWN, NotifyFormat.MARKDOWN
    return Markup.TEXT, NotifyFormat.TEXT


def _notify_type(message: OutboxMessage) -> Any:
    from apprise import NotifyType

    if message.event == Event.RESOLVED:
        return NotifyType.SUCCESS
    return {
        Severity.CRITICAL: NotifyType.FAILURE,
        Severity.WARNING: NotifyType.WARNING,
    }.get(message.body.get("severity", ""), NotifyType.INFO)


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
