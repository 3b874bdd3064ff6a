"""`wastenot discover` and `doctor` as a person runs them: what they say, and their exit codes."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.plant_file import load_plant
from domain.reading import Reject, RejectReason
from ingest.publisher import MqttPublisher
from ingest.rejects import RejectLog
from tests.e2e.commands import Command, run, running, wait_for
from tests.e2e.installation import write_plant, write_settings
from tests.ingest.discovered import MINIMAL
from tests.servers.mosquitto import Mosquitto, mosquitto, publisher
from tests.servers.process import free_port

__all__ = ["mosquitto", "publisher"]
servers = pytest.mark.servers
WITH_A_METER = MINIMAL + (
    '[[process]]\nid = "dyeing"\n[[meter]]\nid = "dyeing.water"\nprocess = "dyeing"\nresource = "water"\n'
    'kind = "counter"\nunit = "m3"\nevery = "10s"\ntopic = "plant/dyeing/water"\nvalue = "total_m3"\n'
)


@contextmanager
def a_plant_that_speaks(publisher: MqttPublisher) -> Iterator[None]:
    """Publish two meters again and again."""
    stop = threading.Event()

    def publish() -> None:
        number = 0
        while not stop.wait(0.05):
            number += 1
            publisher.publish("plant/dyeing/water", b'{"total_m3": %d}' % number, retain=False)
            publisher.publish(
                "plant/boiler/gas", b'{"total_m3": %d, "note": "\\u0000"}' % number, retain=False
            )

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def settings_for(folder: Path, port: int) -> Path:
    return write_settings(folder, broker={"host": "127.0.0.1", "port": port}, http={"port": 1})


@servers
def test_discover_completes_a_plant_file_that_has_no_meter_yet(
    tmp_path: Path, mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    plant = write_plant(tmp_path, MINIMAL)
    with a_plant_that_speaks(publisher):
        done = run("discover", "--settings", settings_for(tmp_path, mosquitto.port), "--seconds", "2")
    assert done.returncode == 0
    told = f"listening to # of 127.0.0.1:{mosquitto.port} for 2 s; Ctrl-C ends it early"
    assert done.stderr.strip() == told
    plant.write_text(MINIMAL + done.stdout)
    meters = load_plant(plant).meters
    assert {name: (one.resource, one.unit.name) for name, one in meters.items()} == {
        "dyeing.water": ("water", "m3"),
        "boiler.gas": ("gas", "m3"),
    }


@servers
def test_what_the_plant_reads_is_listed_and_not_proposed_again(
    tmp_path: Path, mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    write_plant(tmp_path, WITH_A_METER)
    with a_plant_that_speaks(publisher):
        done = run(
            "discover", "--settings", settings_for(tmp_path, mosquitto.port), "--seconds", "2", "--json"
        )
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["already_read"] == {"plant/dyeing/water": "dyeing.water"}
    assert [row["keys"]["id"] for row in answer["rows"] if row["table"] == "meter"] == ["boiler.gas"]
    assert {"topic": "plant/boiler/gas", "path": "note", "why": "text"} in answer["left_out"]


@servers
def test_ctrl_c_ends_listening_early_and_still_prints_into_the_file(
    tmp_path: Path, mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    out = tmp_path / "proposed.toml"
    options = ("--settings", settings_for(tmp_path, mosquitto.port), "--seconds", "3600", "--out", out)
    command = Command(tmp_path, "discover", "discover", *options)
    with running(command):
        wait_for("the broker's consent", lambda: "listening to #" in command.text())
        for number in range(20):
            publisher.publish("plant/boiler/gas", b'{"total_m3": %d}' % number, retain=False)
        assert command.end(signal.SIGINT) == 0
    assert "1 row proposed" in command.text()
    assert "plant/boiler/gas" in out.read_text()


@servers
def test_a_silent_broker_is_said_with_exit_1(tmp_path: Path, mosquitto: Mosquitto) -> None:
    settings = settings_for(tmp_path, mosquitto.port)
    done = run("discover", "--settings", settings, "--seconds", "1", "--filter", "quiet/#")
    assert done.returncode == 1
    told = f"wastenot: nothing was heard on quiet/# of 127.0.0.1:{mosquitto.port}"
    assert done.stderr.splitlines()[-1] == told
    assert done.stdout == ""


def test_a_broker_that_is_away_is_one_line_with_exit_1(tmp_path: Path) -> None:
    port = free_port()
    done = run("discover", "--settings", settings_for(tmp_path, port), "--seconds", "1")
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    embedded = write_settings(tmp_path, broker={"port": port})
    done = run("discover", "--settings", embedded, "--seconds", "1")
    assert "this broker runs while `wastenot up` does" in done.stderr


def test_wrong_use_is_said_at_once_with_exit_2(tmp_path: Path) -> None:
    (tmp_path / "there.toml").write_text("mine")
    settings = settings_for(tmp_path, free_port())
    done = run(
        "discover",
        "--settings",
        settings,
        "--filter",
        "a#",
        "--filter",
        "$share/g/x",
        "--out",
        tmp_path / "there.toml",
    )
    assert done.returncode == 2
    for part in ('"#" stands alone', "$share", "is there already", "3 problem(s)"):
        assert part in done.stderr, part
    assert (tmp_path / "there.toml").read_text() == "mine"
    assert run("discover", "--settings", settings, "--seconds", "0").returncode == 2
    assert run("discover", "--settings", settings, "--plant", tmp_path / "none.toml").returncode == 2


@servers
def test_a_further_broker_is_listened_to_by_its_name(
    tmp_path: Path, mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    plant = write_plant(tmp_path, WITH_A_METER)
    settings = settings_for(tmp_path, free_port())
    with settings.open("a") as file:
        file.write(f'[[brokers]]\nname = "roof"\nhost = "127.0.0.1"\nport = {mosquitto.port}\n')
    with a_plant_that_speaks(publisher):
        done = run("discover", "--settings", settings, "--seconds", "2", "--broker", "roof")
        doctor = run("doctor", "--settings", settings, "--listen", "1", "--json")
    assert done.returncode == 0, done.stderr
    plant.write_text(WITH_A_METER + done.stdout)
    rules = [one.rule for one in load_plant(plant).meters.values()]
    assert sorted((rule.broker, rule.topic) for rule in rules) == [
        ("", "plant/dyeing/water"),
        ("roof", "plant/boiler/gas"),
        ("roof", "plant/dyeing/water"),
    ]
    first, roof = json.loads(doctor.stdout)["unread_topics"]
    assert "trouble" in first
    assert sorted(roof["topics"]) == ["plant/boiler/gas", "plant/dyeing/water"]
    wrong = run("discover", "--settings", settings, "--broker", "rof")
    assert wrong.returncode == 2
    assert "allowed: roof" in wrong.stderr


@servers
def test_a_broken_plant_file_does_not_stop_discovery(
    tmp_path: Path, mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    write_plant(tmp_path, WITH_A_METER.replace('"counter"', '"countr"'))
    with a_plant_that_speaks(publisher):
        done = run("discover", "--settings", settings_for(tmp_path, mosquitto.port), "--seconds", "2")
    assert done.returncode == 0
    assert (
        "plant.toml has 1 problem(s), `wastenot check` lists them; listening as if there were none"
        in done.stderr
    )
    assert 'topic = "plant/dyeing/water"' in done.stdout


@servers
def test_doctor_listens_for_topics_that_nobody_reads_when_asked_to(
    tmp_path: Path, mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    write_plant(tmp_path, WITH_A_METER)
    settings = settings_for(tmp_path, mosquitto.port)
    with a_plant_that_speaks(publisher):
        done = run("doctor", "--settings", settings, "--listen", "1", "--json")
        text = run("doctor", "--settings", settings, "--listen", "1").stdout
    (unread,) = json.loads(done.stdout)["unread_topics"]
    assert (unread["broker"], list(unread["topics"])) == ("", ["plant/boiler/gas"])
    assert "unread topics (in 1 s): 1" in text
    assert "`wastenot discover` proposes plant file rows for them" in text


def test_doctor_lists_unknown_topics_from_the_kept_rejects_where_nothing_runs(tmp_path: Path) -> None:
    write_plant(tmp_path, WITH_A_METER)
    settings = write_settings(tmp_path, http={"port": 1})
    log = RejectLog(tmp_path / "var" / "rejects")
    log.keep([Reject(RejectReason.UNKNOWN_TOPIC, "plant/new\nline", b"1", 1)] * 3)
    log.keep(
        [
            Reject(RejectReason.UNKNOWN_METER, "plant/a/b", b"1", 1),
            Reject(RejectReason.NOT_PARSED, "x", b"", 1),
        ]
    )
    answer = json.loads(run("doctor", "--settings", settings, "--json").stdout)
    found = answer["unknown_topics"]
    assert found == {"from": "the kept rejects", "topics": {"plant/a/b": 1, "plant/new\nline": 3}}
    assert answer["unread_topics"] is None, "nobody asked it to listen"
    text = run("doctor", "--settings", settings).stdout
    assert "unknown topics (the kept rejects): 2" in text
    assert "3 'plant/new\\nline'" in text


@servers
def test_doctor_lists_unknown_topics_from_the_running_process(
    tmp_path: Path, mosquitto: Mosquitto, publisher: MqttPublisher
) -> None:
    both = '[[source]]\ntopic = "plant/{process}/{meter}"\nmax_meters = 1\nvalue = "none"\n'
    write_plant(tmp_path, WITH_A_METER + both)
    port = free_port()
    settings = write_settings(
        tmp_path, broker={"host": "127.0.0.1", "port": mosquitto.port}, http={"port": port}
    )
    with running(Command(tmp_path, "collect", "collect", "--settings", settings)):

        def unknown() -> dict[str, int]:
            for meter in ("a", "b", "c"):
                publisher.publish(f"plant/hall/{meter}", b'{"none": 1}', retain=False)
            done = run("doctor", "--settings", settings, "--json")
            found = json.loads(done.stdout)["unknown_topics"]
            return found["topics"] if found["from"] == "the running process" else {}

        found = wait_for("two unknown topics", lambda: len(unknown()) == 2 and unknown())
    assert set(found) < {"plant/hall/a", "plant/hall/b", "plant/hall/c"}, "the source takes one meter"
