"""Several brokers at once, and several collectors that share one broker's topics, as real processes."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.influx import InfluxSeries
from tests.e2e.commands import Command, health, run, running, wait_for
from tests.e2e.installation import write_plant
from tests.servers.influxd import Influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import free_port

pytestmark = pytest.mark.servers
OPEN = ("allow_anonymous true", "max_queued_messages 0")
PLANT = """
[plant]
name = "Two halls"
timezone = "UTC"
country = "VN"
currency = "VND"
[[source]]
topic = "plant/{process}/{meter}"
time = "ts"
"""
ROOF = """
[[source]]
topic = "roof/{process}/{meter}"
time = "ts"
broker = "roof"
"""
SHARES = """
[[partition]]
name = "north"
topics = ["plant/a/#"]
[[partition]]
name = "south"
topics = ["plant/b/#"]
"""
#: what this worker's messages begin at: nothing is older than it is, however late the test runs
START_MS = (int(time.time()) - 7200) * 1000


def write_files(folder: Path, influxd: Influxd, brokers: str, plant: str = PLANT) -> Path:
    """Return a settings file for a database of the folder's name, the plant file beside it."""
    write_plant(folder, plant)
    series = InfluxSeries(influxd.url, "v1", folder.name)
    series.ensure_database()
    series.close()
    file = folder / "wastenot.toml"
    store = (
        f'[series]\nstore = "influxdb"\ndialect = "v1"\nurl = "{influxd.url}"\ndatabase = "{folder.name}"\n'
    )
    file.write_text(f'plant = "{folder}/plant.toml"\ndata_dir = "{folder}/var"\n{brokers}\n{store}')
    return file


def publish(broker: Mosquitto, topic: str, numbers: range, meters: int = 5) -> None:
    """Publish one reading for each number, in turn for several meters; return when the broker has them."""
    publisher = broker.publisher()
    publisher.publish_many(
        (f"{topic}/m{n % meters}", json.dumps({"value": n, "ts": START_MS + n}).encode(), False)
        for n in numbers
    )
    publisher.close()


def stored(influxd: Influxd, database: str) -> dict[str, list[int]]:
    """Return every meter's stored values by time."""
    series = influxd.query('SELECT "value" FROM "reading" GROUP BY "meter"', database)
    return {one["tags"]["meter"]: [int(value) for _, value in one["values"]] for one in series}


def parts(port: int) -> dict[str, dict[str, object]]:
    """Return the parts of a running process's health; none while it does not answer."""
    return dict((health(port) or {}).get("parts", {}))


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[tuple[Mosquitto, Mosquitto]]:
    """Two brokers that keep sessions over a restart."""
    first, roof = [Mosquitto(tmp_path / name, config=OPEN, persistence=True) for name in ("first", "roof")]
    first.start()
    roof.start()
    yield first, roof
    first.stop()
    roof.stop()


def test_one_broker_away_does_not_disturb_the_other(
    brokers: tuple[Mosquitto, Mosquitto], influxd: Influxd, tmp_path: Path
) -> None:
    first, roof = brokers
    port = free_port()
    text = f"""
[broker]
host = "127.0.0.1"
port = {first.port}
[[brokers]]
name = "roof"
host = "127.0.0.1"
port = {roof.port}
protocol = "5"
[http]
port = {port}
"""
    settings = write_files(tmp_path, influxd, text, PLANT + ROOF)
    with running(Command(tmp_path, "collect", "collect", "--settings", settings)) as collector:
        wait_for("both sessions", lambda: parts(port) and all(
            parts(port)[name]["connected"] for name in ("broker", "broker roof")
        ))  # fmt: skip
        publish(first, "plant/a", range(100))
        publish(roof, "roof/b", range(100, 200))
        wait_for("what both sent", lambda: influxd.count(tmp_path.name) == 200)
        roof.stop()
        publish(first, "plant/a", range(200, 300))
        wait_for("what the other sent", lambda: influxd.count(tmp_path.name) == 300)
        wait_for("the loss", lambda: parts(port)["broker roof"]["status"] == "degraded")
        assert parts(port)["broker"]["status"] == "ok"
        roof.start()
        publish(roof, "roof/b", range(300, 400))
        wait_for("what came after", lambda: influxd.count(tmp_path.name) == 400, timeout_s=60)
        assert collector.end(signal.SIGTERM) == 0
    values = [value for numbers in stored(influxd, tmp_path.name).values() for value in numbers]
    assert sorted(values) == list(range(400))


@pytest.mark.fault(17)
def test_two_partitions_of_two_processes_keep_every_meters_order_and_lose_nothing(
    brokers: tuple[Mosquitto, Mosquitto], influxd: Influxd, tmp_path: Path
) -> None:
    first, _ = brokers
    settings = write_files(tmp_path, influxd, f'{SHARES}[broker]\nhost = "127.0.0.1"\nport = {first.port}')
    north = Command(tmp_path, "north", "collect", "--partition", "north", "--settings", settings)
    south = Command(tmp_path, "south", "collect", "--partition", "south", "--settings", settings)
    with running(north), running(south):
        for command in (north, south):
            wait_for("a session", lambda command=command: "mqtt.session_opened" in command.text())
        time.sleep(0.5)  # and its subscription
        publish(first, "plant/a", range(2000))
        publish(first, "plant/b", range(2000, 4000))
        north.end(signal.SIGKILL)
        publish(first, "plant/a", range(4000, 5000))
        publish(first, "plant/b", range(5000, 6000))
        north.start()
        wait_for("everything", lambda: influxd.count(tmp_path.name) == 6000, timeout_s=60)
    found = stored(influxd, tmp_path.name)
    assert len(found) == 10
    assert all(numbers == sorted(numbers) for numbers in found.values())
    assert sorted(value for numbers in found.values() for value in numbers) == list(range(6000))
    assert {folder.name for folder in (tmp_path / "var").iterdir()} >= {"spool-north", "spool-south"}


def test_a_partition_that_runs_already_is_refused(
    brokers: tuple[Mosquitto, Mosquitto], influxd: Influxd, tmp_path: Path
) -> None:
    settings = write_files(
        tmp_path, influxd, f'{SHARES}[broker]\nhost = "127.0.0.1"\nport = {brokers[0].port}'
    )
    arguments = ("collect", "--partition", "north", "--settings", settings)
    with running(Command(tmp_path, "north", *arguments)) as north:
        wait_for("a session", lambda: "mqtt.session_opened" in north.text())
        second = run(*arguments)
    assert second.returncode == 1
    assert "one collector per spool folder" in second.stderr


@pytest.mark.parametrize(
    ("arguments", "shares", "said"),
    [
        ((), SHARES, "which partition is not said; allowed: north, south"),
        (
            ("--partition", "west"),
            SHARES,
            "'west' is no [[partition]] of the settings; allowed: north, south",
        ),
        (("--partition", "west"), "", "the settings have no [[partition]]"),
        (
            ("--partition", "north"),
            SHARES.replace("plant/b/#", "plant/+/m1"),
            "plant/a/m1: is collected by north and by south",
        ),
        (
            ("--partition", "north"),
            SHARES.replace("plant/", "plants/"),
            "plant/+/+: is collected by none of north, south",
        ),
        (("--partition", "north"), SHARES.replace("south", "north"), "is the name of another [[partition]]"),
        (("--partition", "north"), SHARES.replace("a/#", "#/a"), '"#" stands alone, as the last level'),
    ],
)
def test_a_partition_that_cannot_be_is_said(
    influxd: Influxd, tmp_path: Path, arguments: tuple[str, ...], shares: str, said: str
) -> None:
    settings = write_files(tmp_path, influxd, shares)
    done = run("collect", *arguments, "--settings", settings)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_row_that_names_a_broker_nobody_knows_is_said(influxd: Influxd, tmp_path: Path) -> None:
    done = run("check", "--offline", "--settings", write_files(tmp_path, influxd, "", PLANT + ROOF))
    assert done.returncode == 2
    assert "source[2].broker = 'roof': no [[brokers]] table of the settings has this name" in done.stderr


def test_a_wildcard_that_is_shared_out_is_a_warning(influxd: Influxd, tmp_path: Path) -> None:
    done = run("check", "--offline", "--settings", write_files(tmp_path, influxd, SHARES))
    assert done.returncode == 0
    assert "plant/+/+ is shared out; nobody collects what is in no share" in done.stdout
