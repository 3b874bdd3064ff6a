"""The proxy of the test suite does to a connection what it says, and nothing else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.servers.proxy import TcpProxy, Way

BLOB = bytes(range(256)) * 2000


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says everything back."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(sock: socket.socket) -> None:
        with sock, suppress(OSError):  # the proxy may reset it
            while data := sock.recv(65536):
                sock.sendall(data)

    def listen() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(sock,), daemon=True).start()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.fixture
def proxy(echo: int) -> Iterator[TcpProxy]:
    """A proxy in front of it."""
    forwarding = TcpProxy(echo)
    yield forwarding
    forwarding.stop()


@pytest.fixture
def client(proxy: TcpProxy) -> Iterator[socket.socket]:
    """A connection through the proxy."""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as sock:
        yield sock


def received(client: socket.socket, count: int) -> bytes:
    """Return so many bytes, or what came before the end."""
    data = b""
    while len(data) < count:
        try:
            more = client.recv(65536)
        except ConnectionError:
            break
        if not more:
            break
        data += more
    return data


def sends(client: socket.socket, data: bytes) -> None:
    """Send without waiting for the answer to be taken."""
    threading.Thread(target=client.sendall, args=(data,), daemon=True).start()


@pytest.mark.parametrize(
    ("delay_s", "bytes_per_s"), [(0.0, 0.0), (0.05, 0.0), (0.0, 2_000_000.0), (0.02, 4_000_000.0)]
)
def test_everything_arrives_in_order_however_slow_the_way(
    proxy: TcpProxy, client: socket.socket, delay_s: float, bytes_per_s: float
) -> None:
    proxy.delay_s, proxy.bytes_per_s = delay_s, bytes_per_s
    began = time.monotonic()
    sends(client, BLOB)
    assert received(client, len(BLOB)) == BLOB
    least_s = 2 * delay_s + (len(BLOB) / bytes_per_s if bytes_per_s else 0.0)
    assert time.monotonic() - began >= least_s  # slower is the machine's right


@pytest.mark.parametrize("way", Way)
def test_a_held_direction_carries_nothing_until_it_is_let_go(
    proxy: TcpProxy, client: socket.socket, way: Way
) -> None:
    proxy.held = {way}
    client.sendall(b"hello")
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(5)
    proxy.held = set()
    client.settimeout(10)
    assert received(client, 5) == b"hello"


@pytest.mark.parametrize("way", Way)
def test_a_truncated_connection_ends_after_just_so_many_bytes(
    proxy: TcpProxy, client: socket.socket, way: Way
) -> None:
    client.sendall(b"before")
    assert received(client, 6) == b"before"
    proxy.truncate(1000, way)
    sends(client, BLOB[:5000])
    answer = received(client, 5000)
    assert answer == BLOB[: len(answer)]
    assert len(answer) == 1000 if way is Way.DOWN else len(answer) <= 1000
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as next_one:
        next_one.sendall(BLOB[:5000])
        assert received(next_one, 5000) == BLOB[:5000]


def test_a_cut_ends_every_connection_and_refusing_lets_no_other_in(
    proxy: TcpProxy, client: socket.socket
) -> None:
    client.sendall(b"x")
    assert received(client, 1) == b"x"
    proxy.refusing = True
    proxy.cut()
    assert received(client, 1) == b""
    with socket.create_connection(("127.0.0.1", proxy.port), 10) as next_one:
        assert received(next_one, 1) == b""
