"""Alerts as plain text on a stream: the terminal, or a service's log."""

from __future__ import annotations

from typing import TextIO

from alerts.figures import Letterhead
from alerts.message import render
from domain.alert import OutboxMessage
from domain.errors import NotifyError


class ConsoleChannel:
    """Writes each message as a block of lines with an empty line after it."""

    def __init__(self, name: str, stream: TextIO, head: Letterhead) -> None:
        self.name = name
        self._stream, self._head = stream, head

    def send(self, message: OutboxMessage) -> None:
        """Write the message; raise NotifyError if the stream does not take it."""
        rendered = render(message, self._head)
        try:
            self._stream.write(_encodable(f"{rendered.title}\n{rendered.body}\n", self._stream))
            self._stream.flush()
        except (OSError, ValueError) as error:  # a closed pipe, a closed stream
            raise NotifyError(f"console: {error}") from error


def _encodable(text: str, stream: TextIO) -> str:
    """Return the text with question marks where the stream's encoding has no letter (a C locale)."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, errors="replace").decode(encoding)
