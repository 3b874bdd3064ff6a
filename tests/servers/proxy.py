"""A TCP proxy on loopback that cuts, holds, delays, throttles or truncates what its connections carry."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

_CHUNK = 65536
_HELD = 4 * _CHUNK  # per direction: then the sender has to wait, as before a slow network
_TURN_MS = 20


class Way(StrEnum):
    """A direction through the proxy."""

    UP = "up"  # to the server
    DOWN = "down"  # to the client


@dataclass
class _Pipe:
    """One direction of one connection, with what is on its way."""

    source: socket.socket
    sink: socket.socket
    way: Way
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)  # when it may go on, what
    size: int = 0
    free_at: float = 0.0  # when the bytes before have passed a throttle
    ended: bool = False  # the source will say nothing more


class TcpProxy:
    """Forwards to a loopback port. Switches may be set at any time and hold for every connection.

    A network that is held (`blackhole`, or one way of `held`) forwards nothing and closes nothing; let go,
    it goes on with what waited, as TCP does when packets come through again.
    """

    def __init__(self, target_port: int) -> None:
        self.accepted = 0
        self.held: set[Way] = set()
        self.refusing = False  # new connections are closed at once
        self.delay_s = 0.0
        self.bytes_per_s = 0.0  # in each direction of each connection; 0: no limit
        self._left: dict[Way, int] = {}  # bytes until the cut
        self._target = target_port
        self._pipes: list[_Pipe] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()

    @property
    def blackhole(self) -> bool:
        """Return whether nothing goes through in either direction."""
        return self.held == {*Way}

    @blackhole.setter
    def blackhole(self, swallows: bool) -> None:
        self.held = {*Way} if swallows else set()

    def cut(self) -> None:
        """Close every connection at once."""
        with self._lock:
            for pipe in self._pipes:
                for sock in (pipe.source, pipe.sink):
                    sock.close()
            self._pipes = []

    def truncate(self, after_bytes: int, way: Way = Way.DOWN) -> None:
        """Let so many more bytes through in this direction, then close every connection, once."""
        with self._lock:
            self._left[way] = after_bytes

    def stop(self) -> None:
        """Close everything."""
        self._stopping.set()
        self._thread.join(5)
        self.cut()
        self._listener.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            ready = self._wait()
            with self._lock:
                if self._listener.fileno() in ready:
                    self._accept()
                for pipe in list(self._pipes):
                    self._serve(pipe, ready)

    def _wait(self) -> set[int]:
        """Return the file numbers that something can be done with."""
        poll, events = select.poll(), {self._listener.fileno(): select.POLLIN}
        now = time.monotonic()
        with self._lock:
            for pipe in self._pipes:
                held = pipe.way in self.held
                if not held and pipe.size < _HELD and not pipe.ended:
                    events[pipe.source.fileno()] = events.get(pipe.source.fileno(), 0) | select.POLLIN
                if not held and pipe.waiting and pipe.waiting[0][0] <= now:
                    events[pipe.sink.fileno()] = events.get(pipe.sink.fileno(), 0) | select.POLLOUT
        for number, wanted in events.items():
            if number >= 0:
                poll.register(number, wanted)
        return {number for number, _ in poll.poll(min(_TURN_MS, 2) if self.delay_s else _TURN_MS)}

    def _accept(self) -> None:
        try:
            near, _ = self._listener.accept()
        except BlockingIOError:  # gone before we looked
            return
        self.accepted += 1
        if self.refusing:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._target), 1)
        except OSError:
            near.close()
            return
        for sock in (near, far):
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._pipes += [_Pipe(near, far, Way.UP), _Pipe(far, near, Way.DOWN)]

    def _serve(self, pipe: _Pipe, ready: set[int]) -> None:
        if pipe not in self._pipes or pipe.way in self.held:
            return
        try:
            if pipe.source.fileno() in ready and pipe.size < _HELD and not pipe.ended:
                self._receive(pipe)
            self._send(pipe)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._drop(pipe)
            return
        if pipe.ended and not pipe.waiting:
            self._drop(pipe)

    def _receive(self, pipe: _Pipe) -> None:
        with suppress(BlockingIOError):
            data = pipe.source.recv(_CHUNK if not self.bytes_per_s else max(1, int(self.bytes_per_s / 50)))
            pipe.ended = not data
            due = time.monotonic() + self.delay_s
            if self.bytes_per_s:
                pipe.free_at = due = max(due, pipe.free_at) + len(data) / self.bytes_per_s
            if data:
                pipe.waiting.append((due, data))
                pipe.size += len(data)

    def _send(self, pipe: _Pipe) -> None:
        while pipe.waiting and pipe.waiting[0][0] <= time.monotonic():
            due, data = pipe.waiting.popleft()
            left = self._left.get(pipe.way)
            part = data if left is None else data[:left]
            try:
                sent = pipe.sink.send(part) if part else 0
            except BlockingIOError:
                sent = 0
            pipe.size -= sent
            if left is not None:
                self._left[pipe.way] = left - sent
                if self._left[pipe.way] <= 0:
                    del self._left[pipe.way]
                    self._cut_all()
                    return
            if sent < len(data):
                pipe.waiting.appendleft((due, data[sent:]))
                return

    def _cut_all(self) -> None:
        for pipe in list(self._pipes):
            self._drop(pipe)

    def _drop(self, pipe: _Pipe) -> None:
        """Close a connection: both of its directions."""
        for sock in (pipe.source, pipe.sink):
            sock.close()
        self._pipes = [one for one in self._pipes if one.source not in (pipe.source, pipe.sink)]
