"""A real Italian water meter, through a real broker into a real InfluxDB, with the analysis running."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from river.datasets import WaterFlow

from app.process import Process
from app.wiring import Role, load_configuration
from domain.baseline import Baseline
from domain.hotspot import Hotspot, HotspotKind
from ingest.publisher import MqttPublisher
from store.influx import InfluxSeries
from tests.e2e.commands import wait_for
from tests.e2e.installation import WATER_WORKS, write_plant, write_settings
from tests.servers.influxd import Influxd
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import ServerProcess, free_port, need

DATABASE = "water_works"
#: the anomalous segments of the labelled data, local time with offset: start, end
IN_BASELINE = (
    ("2022-03-24T09:00+01:00", "2022-03-25T02:00+01:00"),
    ("2022-03-29T08:00+02:00", "2022-03-29T21:00+02:00"),
)
ONSET = datetime.fromisoformat("2022-04-27T15:00+02:00")


class Replayed(NamedTuple):
    """What the replay left: the baseline, every hotspot, the readings in InfluxDB, the words on the bus."""

    baseline: Baseline
    hotspots: list[Hotspot]
    stored: int
    told: str


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory, influxd: Influxd) -> Replayed:
    """The baseline, every hotspot, and how many readings InfluxDB holds after the replay."""
    folder = tmp_path_factory.mktemp("water")
    broker = Mosquitto(folder / "broker", config=("allow_anonymous true", "max_queued_messages 0"))
    broker.start()
    try:
        return _replay(folder, broker, influxd)
    finally:
        broker.stop()


def _replay(folder: Path, broker: Mosquitto, influxd: Influxd) -> Replayed:
    write_plant(folder, WATER_WORKS)
    series = InfluxSeries(influxd.url, "v1", DATABASE)
    series.ensure_database()
    series.close()
    settings_file = write_settings(
        folder,
        broker={"host": "127.0.0.1", "port": broker.port},
        ingest={"max_age": "36500d"},
        series={"store": "influxdb", "dialect": "v1", "url": influxd.url, "database": DATABASE},
        analysis={"every": 0.3, "lateness": "0s"},
        # days of the meter pass within a second: what has ended must not hide what is new
        alerts={"keep": "0s"},
        http={"port": free_port()},
    )
    with settings_file.open("a") as file:
        file.write('[[alerts.channel]]\nname = "plant bus"\nkind = "mqtt"\ntopic = "wastenot"\n')
    settings, plant = load_configuration(settings_file, folder / "plant.toml")
    listen = ["-p", str(broker.port), "-t", "wastenot/#", "-v"]
    listener = ServerProcess([need("mosquitto_sub"), *listen], broker.port, folder)
    listener.start()
    publisher = broker.publisher()
    try:
        with Process(settings, plant, {Role.COLLECT, Role.ANALYSE}) as process:
            rows = [(x["Time"], flow) for x, flow in WaterFlow()]
            known = sum(at <= ONSET + timedelta(hours=8) for at, _ in rows)
            _publish(publisher, rows[:known])
            wait_for("the alert", lambda: _is_told(process, folder / "server.log"), timeout_s=90)
            _publish(publisher, rows[known:])
            wait_for("the last hour to be judged", lambda: _watermark(process) >= rows[-1][0], timeout_s=90)
            with process.ledger.begin() as tx:
                baseline, hotspots = tx.approved_baseline("supply", "water"), tx.hotspots()
    finally:
        publisher.close()
        listener.stop()
    assert baseline is not None
    return Replayed(baseline, hotspots, influxd.count(DATABASE), (folder / "server.log").read_text())


def _publish(publisher: MqttPublisher, rows: list[tuple[datetime, float]]) -> None:
    """Publish readings, two days at a time, so that the analysis sees the series grow."""
    for first in range(0, len(rows), 48):
        some = rows[first : first + 48]
        payloads = [json.dumps({"at": at.isoformat(), "flow": flow}).encode() for at, flow in some]
        publisher.publish_many([("plant/supply/water", payload, False) for payload in payloads])
        time.sleep(0.1)


def _is_told(process: Process, heard: Path) -> bool:
    """Return whether the low flow's hotspot is on the bus; another may have been before it."""
    with process.ledger.begin() as tx:
        low = [one.id for one in tx.hotspots() if one.detected_at > ONSET]
    return any(one in heard.read_text() for one in low)


def _watermark(process: Process) -> datetime:
    with process.ledger.begin() as tx:
        snapshot = tx.snapshot("supply", "water")
    return datetime.min.replace(tzinfo=ONSET.tzinfo) if snapshot is None else snapshot.watermark


@pytest.mark.servers
def test_every_reading_is_in_influxdb_once(replayed: Replayed) -> None:
    assert replayed.stored == len({x["Time"] for x, _ in WaterFlow()})


@pytest.mark.servers
@pytest.mark.parametrize(("start", "end"), IN_BASELINE)
def test_an_anomalous_segment_of_the_baseline_period_is_excluded_and_reported(
    replayed: Replayed, start: str, end: str
) -> None:
    found = [
        one for one in replayed.baseline.findings if one.kind == "excluded_segment" and one.start and one.end
    ]
    slack = timedelta(hours=2)
    starts, ends = datetime.fromisoformat(start), datetime.fromisoformat(end)
    assert any(abs(one.start - starts) <= slack and abs(one.end - ends) <= slack for one in found)  # type: ignore[operator]


@pytest.mark.servers
def test_the_low_flow_of_27_april_is_a_hotspot_within_four_hours(
    replayed: Replayed,
) -> None:
    hit = [one for one in replayed.hotspots if ONSET < one.detected_at <= ONSET + timedelta(hours=4)]
    assert [one.kind for one in hit] == [HotspotKind.UNDER_CONSUMPTION]
    assert hit[0].cost_total is None
    assert hit[0].excess_per_hour < 0


@pytest.mark.servers
def test_the_hotspot_is_told_on_the_plants_bus_as_a_retained_state_and_an_event(replayed: Replayed) -> None:
    (hotspot,) = [one for one in replayed.hotspots if ONSET < one.detected_at <= ONSET + timedelta(hours=4)]
    states = [line for line in replayed.told.splitlines() if line.startswith("wastenot/alert/")]
    assert any(hotspot.id in line for line in states)
    assert "use less" in replayed.told.lower() or "less than expected" in replayed.told.lower()


@pytest.mark.servers
def test_there_is_no_more_than_one_false_hotspot(replayed: Replayed) -> None:
    """What is labelled as anomalous is not false; a provisional baseline may have judged it already."""
    true = [(ONSET, ONSET + timedelta(hours=16))]
    true += [(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in IN_BASELINE]
    false = [one for one in replayed.hotspots if not any(a < one.detected_at <= b for a, b in true)]
    assert len(false) <= 1
