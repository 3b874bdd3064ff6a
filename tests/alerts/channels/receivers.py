"""Real receivers on loopback: a webhook and a mail server that keep what they are given."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Webhook:
    """What a webhook got. `status` is what it answers with."""

    port: int = 0
    status: int = 200
    answer: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)  # by the end of the path; goes first
    broken: str = ""  # the end of a path whose answer is cut off before it begins
    hang_s: float = 0.0  # how long it says nothing
    found: bytes = b"[]"  # what it answers when it is asked for something
    asked: list[str] = field(default_factory=list)  # the paths of what it was asked for
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)  # ends every silence

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def bodies(self) -> list[Any]:
        """Return what was posted, as JSON."""
        return [json.loads(body) for _, _, body in self.requests]

    def keys(self) -> list[str]:
        """Return the idempotency keys of the requests it accepted, in order."""
        return [headers["Idempotency-Key"] for path, headers, _ in self.requests if path != "refused"]


@contextmanager
def a_webhook() -> Iterator[Webhook]:
    """Give a running webhook."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            path = self.path if hook.status < 300 else "refused"
            hook.requests.append((path, dict(self.headers), body))
            hook.released.wait(hook.hang_s)
            if hook.broken and self.path.endswith(hook.broken):
                self.close_connection = True
                return
            ends = [answer for end, answer in hook.answers.items() if self.path.endswith(end)]
            self._answer(ends[-1] if ends else hook.answer)

        def do_PATCH(self) -> None:
            self.do_POST()

        def do_GET(self) -> None:
            hook.asked.append(self.path)
            self._answer(hook.found)

        def _answer(self, said: bytes) -> None:
            with suppress(OSError):  # whoever asked has given up
                self.send_response(hook.status)
                for name, value in hook.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, _running(server):
        hook.port = server.server_address[1]
        try:
            yield hook
        finally:
            hook.released.set()


@dataclass
class MailServer:
    """The mails a server took, as they came over the wire."""

    port: int = 0
    mails: list[bytes] = field(default_factory=list)


@contextmanager
def a_mail_server() -> Iterator[MailServer]:
    """Give a running SMTP server that takes everything."""
    box = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 mail")
            while line := self.rfile.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    self._say("354 go on")
                    box.mails.append(self._data())
                self._say("221 bye" if verb == b"QUIT" else "250 ok")
                if verb == b"QUIT":
                    return

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def _data(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            return b"".join(lines)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server, _running(server):
        box.port = server.server_address[1]
        yield box


@contextmanager
def _running(server: socketserver.TCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
