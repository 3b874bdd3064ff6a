"""The embedded broker: mosquitto as a child, or amqtt in a thread."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import BrokerError
from ingest import broker as broker_module
from ingest.address import BrokerAddress
from ingest.broker import start_broker
from ingest.publisher import MqttPublisher
from tests.ingest.builders import a_message, collecting, eventually
from tests.servers.process import accepts, free_port, need

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("mode", ["mosquitto", "amqtt"])
def test_it_carries_messages_and_stops(mode: str, tmp_path: Path) -> None:
    if mode == "mosquitto":
        need("mosquitto")
    broker = start_broker(mode, tmp_path / "broker")  # type: ignore[arg-type]
    assert broker.kind == mode
    run = collecting(tmp_path, broker.port)
    publisher = MqttPublisher(BrokerAddress(broker.host, broker.port))
    try:
        eventually(lambda: run.collector.health().connected)
        publisher.publish_many(a_message(n) for n in range(200))
        eventually(lambda: run.spool.wait(0.1) == 200)
    finally:
        publisher.close()
        run.stop()
        broker.stop()
    assert not accepts(broker.port)


def test_auto_takes_mosquitto_where_it_is_and_amqtt_where_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need("mosquitto")
    first = start_broker("auto", tmp_path / "a")
    monkeypatch.setattr(broker_module.shutil, "which", lambda *_, **__: None)
    second = start_broker("auto", tmp_path / "b")
    assert (first.kind, second.kind) == ("mosquitto", "amqtt")
    first.stop()
    second.stop()
    with pytest.raises(BrokerError, match="not installed"):
        start_broker("mosquitto", tmp_path / "c")


@pytest.mark.parametrize("mode", ["mosquitto", "amqtt"])
def test_a_port_in_use_is_an_error(mode: str, tmp_path: Path) -> None:
    need("mosquitto")
    port = free_port()
    broker = start_broker("mosquitto", tmp_path / "a", port)
    assert broker.port == port
    with pytest.raises(BrokerError, match="in use"):
        start_broker(mode, tmp_path / "b", port)  # type: ignore[arg-type]
    broker.stop()


def test_a_broker_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("mosquitto")
    monkeypatch.setattr(broker_module, "mosquitto_config", lambda *_: "nonsense true\n")
    with pytest.raises(BrokerError, match="nonsense"):
        start_broker("mosquitto", tmp_path)


def test_messages_wait_in_the_child_over_a_restart(tmp_path: Path) -> None:
    need("mosquitto")
    broker = start_broker("mosquitto", tmp_path / "broker")
    run = collecting(tmp_path, broker.port)
    eventually(lambda: run.collector.health().connected)
    run.stop()
    publisher = MqttPublisher(BrokerAddress(broker.host, broker.port))
    publisher.publish_many(a_message(n) for n in range(2000))
    publisher.close()
    broker.stop()
    broker = start_broker("mosquitto", tmp_path / "broker", broker.port)
    run = collecting(tmp_path, broker.port)
    eventually(lambda: run.spool.wait(0.1) == 2000)
    run.stop()
    broker.stop()


def test_a_killed_parent_takes_the_child_with_it(tmp_path: Path) -> None:
    need("mosquitto")
    code = (
        "import sys, time; from pathlib import Path; from ingest.broker import start_broker\n"
        "port = start_broker('mosquitto', Path(sys.argv[1])).port\n"
        "print(port, file=sys.stderr, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert parent.stderr is not None
    port = int(parent.stderr.readline())
    assert accepts(port)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stderr.close()
    eventually(lambda: not accepts(port))


def test_a_folder_given_from_where_we_are_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need("mosquitto")
    monkeypatch.chdir(tmp_path)
    broker = start_broker("mosquitto", Path("var") / "broker")
    broker.stop()
    assert (tmp_path / "var" / "broker" / "mosquitto.conf").is_file()
