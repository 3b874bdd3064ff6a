"""SIGKILL in the middle of the work: every acknowledged message is in the store, exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.builders import a_message, eventually
from tests.ingest.sqlite_store import SqliteStore
from tests.servers.mosquitto import Mosquitto

pytestmark = pytest.mark.servers

MESSAGES, KILLS = 12_000, 6


class CollectingProcess:
    """A collector process that can be killed and started again on the same folder."""

    def __init__(self, port: int, folder: Path) -> None:
        self._argv = [sys.executable, "-m", "tests.ingest.collecting_process", str(port), str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
            if line == b"ready\n":
                return
        pytest.fail("the collecting process did not start")

    def kill(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def collector(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[CollectingProcess]:
    process = CollectingProcess(mosquitto.port, tmp_path)
    process.start()
    yield process
    process.kill()


@pytest.mark.fault(1)
def test_a_collector_killed_again_and_again_stores_every_message_once(
    mosquitto: Mosquitto, collector: CollectingProcess, tmp_path: Path
) -> None:
    publisher = mosquitto.publisher()
    publisher.publish(*a_message(0)[:2], retain=False)
    store = SqliteStore(tmp_path / "points.db")
    eventually(lambda: store.values() == [0])  # subscribed: from here on the broker owes us everything

    def publish_slowly() -> None:
        for start in range(1, MESSAGES, 200):
            publisher.publish_many(a_message(n) for n in range(start, min(start + 200, MESSAGES)))
            time.sleep(0.05)

    publishing = threading.Thread(target=publish_slowly)
    publishing.start()
    for _ in range(KILLS):
        before = len(store.values())
        eventually(lambda before=before: len(store.values()) >= min(before + 500, MESSAGES))
        collector.kill()
        collector.start()
    publishing.join()
    publisher.close()
    eventually(lambda: len(store.values()) == MESSAGES, timeout_s=30)
    assert store.values() == list(range(MESSAGES))
    store.close()
