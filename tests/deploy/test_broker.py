"""The shipped mosquitto.conf and ACL in a real broker: who may say what, and nobody in the clear."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.client import topic_matches_sub
from paho.mqtt.reasoncodes import ReasonCode

from config.plant_file import load_plant
from tests.deploy.brokers import (
    DEPLOY,
    ROOT,
    PlantBroker,
    Speaker,
    a_plant_broker,
    make_secrets,
    wait_until,
)
from tests.servers.process import need

pytestmark = pytest.mark.servers
NOT_AUTHORISED = 135


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantBroker]:
    secrets = tmp_path_factory.mktemp("secrets")
    made = make_secrets("--out", str(secrets))
    assert made.returncode == 0, made.stderr
    running = a_plant_broker(tmp_path_factory.mktemp("broker"), secrets)
    running.server.start()
    yield running
    running.server.stop()


def value(code: ReasonCode) -> int:
    return int(code.value)


def test_a_line_publishes_under_its_own_topic_and_the_collector_hears_it(broker: PlantBroker) -> None:
    with Speaker(broker, "collector") as collector, Speaker(broker, "line-dye_line_2") as line:
        assert value(collector.subscribe("plant/#")) == 1
        assert value(line.publish("plant/dye_line_2/water", b"1")) < 128
        wait_until(lambda: ("plant/dye_line_2/water", b"1") in collector.heard, "the message")


@pytest.mark.fault(30)
def test_a_line_cannot_publish_under_another_lines_topic(broker: PlantBroker) -> None:
    with Speaker(broker, "collector") as collector, Speaker(broker, "line-dye_line_2") as line:
        collector.subscribe("plant/#")
        for topic in (
            "plant/dye_line_1/water",
            "plant/dye_line_22/water",
            "plant",
            "wastenot/alert",
            "$SYS/x",
        ):
            assert value(line.publish(topic, b"forged")) == NOT_AUTHORISED, topic
        assert value(line.publish("plant/dye_line_2/last", b"2")) < 128
        wait_until(lambda: ("plant/dye_line_2/last", b"2") in collector.heard, "the last message")
        assert [payload for _, payload in collector.heard if payload == b"forged"] == []


def test_a_line_hears_nobody_else(broker: PlantBroker) -> None:
    with Speaker(broker, "line-dye_line_1") as spy, Speaker(broker, "line-dye_line_2") as line:
        spy.subscribe("plant/#")
        assert value(line.publish("plant/dye_line_2/water", b"secret")) < 128
        with Speaker(broker, "collector") as collector:
            collector.subscribe("plant/#")
            line.publish("plant/dye_line_2/water", b"again")
            wait_until(lambda: bool(collector.heard), "the collector's copy")
        assert spy.heard == []


def test_the_collector_cannot_speak_for_a_meter_but_for_wastenot(broker: PlantBroker) -> None:
    with Speaker(broker, "panel") as panel, Speaker(broker, "collector") as collector:
        panel.subscribe("wastenot/#")
        assert value(collector.publish("plant/dye_line_2/water", b"0")) == NOT_AUTHORISED
        assert value(collector.publish("wastenot/status", b"up")) < 128
        wait_until(lambda: ("wastenot/status", b"up") in panel.heard, "the status")
        assert value(panel.publish("wastenot/status", b"down")) == NOT_AUTHORISED


def test_everybody_asks_about_alerts_in_the_own_name_only(broker: PlantBroker) -> None:
    with Speaker(broker, "analyser") as analyser, Speaker(broker, "panel") as panel:
        analyser.subscribe("wastenot/command/+")
        for topic in ("wastenot/command/lan", "wastenot/command", "wastenot/command/panel/x"):
            assert value(panel.publish(topic, b"forged")) == NOT_AUTHORISED, topic
        with Speaker(broker, "collector") as collector:
            assert value(collector.publish("wastenot/command/lan", b"forged")) == NOT_AUTHORISED
        assert value(panel.publish("wastenot/command/panel", b"{}")) < 128
        wait_until(lambda: ("wastenot/command/panel", b"{}") in analyser.heard, "the command")
        assert [payload for _, payload in analyser.heard] == [b"{}"]


def test_the_collector_sees_what_the_broker_drops(broker: PlantBroker) -> None:
    with Speaker(broker, "collector") as collector:
        collector.subscribe("$SYS/broker/publish/messages/dropped")
        wait_until(lambda: bool(collector.heard), "the broker's figure")
        assert collector.heard[0][1] == b"0"


@pytest.mark.parametrize(("user", "password"), [(None, None), ("collector", "wrong"), ("nobody", "x")])
def test_without_name_and_password_nobody_gets_in(
    broker: PlantBroker, user: str | None, password: str | None
) -> None:
    with Speaker(broker, user, password=password) as stranger:
        assert value(stranger.connected[0]) == NOT_AUTHORISED


def test_plain_text_is_refused(broker: PlantBroker) -> None:
    connect = bytes.fromhex("100e00044d5154540502003c0000000178")[:16]
    with socket.create_connection(("127.0.0.1", broker.port), timeout=5) as plain:
        plain.sendall(connect)
        plain.settimeout(5)
        try:
            answer = plain.recv(64)
        except ConnectionResetError:
            answer = b""
    assert not answer.startswith(b"\x20"), "a CONNACK in the clear"


def test_old_tls_is_refused(broker: PlantBroker) -> None:
    context = ssl.create_default_context(cafile=str(broker.secrets / "ca.crt"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", broker.port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname="mosquitto") as secured,
    ):
        assert secured.version() in {"TLSv1.2", "TLSv1.3"}
    argv = [
        "openssl",
        "s_client",
        "-connect",
        f"127.0.0.1:{broker.port}",
        "-tls1_1",
        "-cipher",
        "ALL:@SECLEVEL=0",
    ]
    old = subprocess.run(argv, input=b"", capture_output=True, check=False, timeout=20)
    assert old.returncode != 0


def test_a_broker_of_another_authority_is_not_believed(broker: PlantBroker, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert make_secrets("--out", str(other)).returncode == 0
    context = ssl.create_default_context(cafile=str(other / "ca.crt"))
    with (
        socket.create_connection(("127.0.0.1", broker.port), timeout=5) as raw,
        pytest.raises(ssl.SSLCertVerificationError, match="verify failed"),
    ):
        context.wrap_socket(raw, server_hostname="mosquitto")


def test_the_certificate_is_for_the_named_hosts_only(broker: PlantBroker) -> None:
    context = ssl.create_default_context(cafile=str(broker.secrets / "ca.crt"))
    with (
        socket.create_connection(("127.0.0.1", broker.port), timeout=5) as raw,
        pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
    ):
        context.wrap_socket(raw, server_hostname="elsewhere.plant.lan")


def test_the_health_check_of_the_container_passes(broker: PlantBroker) -> None:
    argv = [need("mosquitto_sub"), "--host", "localhost", "--port", str(broker.port)]
    argv += [
        "--cafile",
        str(broker.secrets / "ca.crt"),
        "--topic",
        "$SYS/broker/uptime",
        "-C",
        "1",
        "-W",
        "5",
    ]
    home = {"XDG_CONFIG_HOME": str(broker.folder / "mosquitto" / "run")}
    done = subprocess.run(argv, env=os.environ | home, capture_output=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr
    assert b"seconds" in done.stdout
    without = subprocess.run(
        argv, env=os.environ | {"XDG_CONFIG_HOME": "/"}, capture_output=True, check=False
    )
    assert without.returncode != 0


def test_the_secrets_of_the_running_broker_are_its_own(broker: PlantBroker) -> None:
    run = broker.folder / "mosquitto" / "run"
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in run.iterdir()} == dict.fromkeys(
        ["acl", "passwords", "server.crt", "server.key", "mosquitto_sub"], "0o0"
    )


def test_what_was_promised_survives_a_broker_that_is_killed(tmp_path: Path) -> None:
    secrets = tmp_path / "secrets"
    assert make_secrets("--out", str(secrets)).returncode == 0
    (tmp_path / "home").mkdir()
    broker = a_plant_broker(tmp_path / "home", secrets)
    conf = broker.folder / "mosquitto" / "config" / "mosquitto.conf"
    conf.write_text(conf.read_text().replace("autosave_interval 10", "autosave_interval 1"))
    broker.server.start()
    try:
        with Speaker(broker, "collector") as collector:
            collector.client.publish("wastenot/status", b"kept", qos=1, retain=True)
            saved = broker.folder / "mosquitto" / "data" / "mosquitto.db"
            wait_until(lambda: saved.exists() and b"kept" in saved.read_bytes(), "the broker to save")
        broker.server.kill()
        broker.server.start()
        with Speaker(broker, "panel") as panel:
            panel.subscribe("wastenot/#")
            wait_until(lambda: ("wastenot/status", b"kept") in panel.heard, "the kept message")
    finally:
        broker.server.stop()


def test_every_topic_of_the_example_plant_has_one_user_who_may_publish_it() -> None:
    writers: dict[str, list[str]] = {}
    user = ""
    for line in (DEPLOY / "mosquitto" / "acl").read_text().splitlines():
        words = line.split()
        if words[:1] == ["user"]:
            user = words[1]
        elif words[:2] in (["topic", "write"], ["topic", "readwrite"]):
            writers.setdefault(user, []).append(words[2])
    plant = load_plant(ROOT / "config" / "dye_works.toml")
    topics = {item.rule.topic for item in (*plant.meters.values(), *plant.variables.values())}
    assert len(topics) > 10
    for topic in topics:
        allowed = [u for u, filters in writers.items() if any(topic_matches_sub(f, topic) for f in filters)]
        assert len(allowed) == 1, f"{topic}: {allowed}"
        assert allowed[0].startswith("line-")
