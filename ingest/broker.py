"""A broker of our own, for trying out: the machine's mosquitto as a child process, else amqtt in a thread."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import structlog

from domain.errors import BrokerError

_log = structlog.get_logger(__name__)

_HOST = "127.0.0.1"
_START_S = 10.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_SBIN = ":/usr/sbin:/usr/local/sbin"


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker on loopback, open to anyone on this machine."""

    host: str
    port: int
    kind: str  # "mosquitto" or "amqtt"
    stop: Callable[[], None]


def start_broker(mode: Literal["auto", "mosquitto", "amqtt"], folder: Path, port: int = 0) -> Broker:
    """Return a broker that answers; raise BrokerError if it does not start.

    mosquitto ends with the thread that called this, at the latest: call it from the main one.

    Args:
        mode: "auto" takes mosquitto where it is installed. amqtt is for trying out: MQTT 3.1.1 only, 1-4
            thousand messages a second, and what it has not forwarded is gone when its publisher leaves.
        folder: where mosquitto keeps sessions and its log.
        port: 0 for a free one.
    """
    program = shutil.which("mosquitto", path=os.environ.get("PATH", "") + _SBIN)
    if mode == "mosquitto" and program is None:
        raise BrokerError("mosquitto is not installed", retryable=False)
    if port and _accepts(port):
        raise BrokerError(f"port {port} is in use by another program", retryable=False)
    port = port or free_port()
    if program is not None and mode != "amqtt":
        broker = _start_mosquitto(program, folder, port)
    else:
        broker = _start_amqtt(port)
    _log.info("broker.started", kind=broker.kind, port=broker.port)
    return broker


def mosquitto_config(folder: Path, port: int) -> str:
    """Return the configuration of a mosquitto child: loopback only, sessions kept, no silent drops."""
    lines = [
        f"listener {port} {_HOST}",
        "allow_anonymous true",
        "persistence true",
        f"persistence_location {folder}/",
        "autosave_interval 10",
        "max_queued_messages 0",
        "max_queued_bytes 268435456",
        "max_inflight_messages 1000",
        "max_packet_size 1048576",
        "log_type error",
        "log_type warning",
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # it would give up the right to its own folder
    return "\n".join(lines) + "\n"


def _start_mosquitto(program: str, folder: Path, port: int) -> Broker:
    folder = folder.absolute()  # it is where the child runs, too
    folder.mkdir(parents=True, exist_ok=True)
    config, log = folder / "mosquitto.conf", folder / "mosquitto.log"
    config.write_text(mosquitto_config(folder, port))
    with log.open("wb") as out:
        child = subprocess.Popen(  # noqa: S603 - the program is the machine's own mosquitto
            [program, "-c", str(config)],
            stdout=out,
            stderr=out,
            cwd=folder,
            start_new_session=True,  # Ctrl-C on our terminal is ours: the broker stops last
            preexec_fn=_die_with_parent(),  # noqa: PLW1509 - two system calls, no lock, nothing imported
        )

    def stop() -> None:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    if not _answers(port, lambda: child.poll() is None):
        stop()
        raise BrokerError(f"mosquitto did not start: {log.read_text(errors='replace')[-500:].strip()}")
    return Broker(_HOST, port, "mosquitto", stop)


def _die_with_parent() -> Callable[[], None] | None:
    """Return what the child runs before mosquitto: it asks to end when the thread that started it does."""
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError):  # not Linux: the broker outlives a killed parent
        return None
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was too late
            os._exit(1)

    return ask


def _start_amqtt(port: int) -> Broker:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="wastenot-broker", daemon=True)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(_amqtt(port), loop).result(_START_S)
    except Exception as error:
        loop.call_soon_threadsafe(loop.stop)
        raise BrokerError(f"amqtt did not start: {error}") from error

    def stop() -> None:
        asyncio.run_coroutine_threadsafe(server.shutdown(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()

    return Broker(_HOST, port, "amqtt", stop)


async def _amqtt(port: int) -> Any:
    """Return a started amqtt broker; its warnings and log lines are not for our users."""
    for name in ("amqtt", "transitions"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from amqtt.broker import Broker as Amqtt

        config = {
            "listeners": {"default": {"type": "tcp", "bind": f"{_HOST}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
        server = Amqtt(config)
        await server.start()
    return server


def _answers(port: int, alive: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _START_S
    while alive() and time.monotonic() < deadline:
        if _accepts(port):
            return True
        time.sleep(0.02)
    return False


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((_HOST, port)) == 0


def free_port() -> int:
    """Return a TCP port on loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
