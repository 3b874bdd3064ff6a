"""Wrong clocks, hostile payloads and hostile names, all the way from the broker to InfluxDB."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import run, wait_for
from tests.faults.facts import MB
from tests.faults.site import DATABASE, Site, a_site

pytestmark = pytest.mark.servers

DAY_MS = 86_400_000
NESTED = b'{"x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
NAMES = [
    "<img src=x onerror=alert(1)>",
    "=cmd|'C calc'!A0",
    "@channel",
    "a\rb\nc",
    "a,admin=true b",
    "\x1b[2J\x1b]0;owned\x07",
    '"} 1\nwastenot_evil_total 9',
    "trailing\\",
    "{{ 7 * 7 }}",
    "' OR 'a'='a",
]
#: those that a broker carries: mosquitto throws a client out whose topic holds control characters
TOPICS = [name for name in NAMES if name.isprintable()]
#: what a terminal, a log or a text format would obey
ACTIVE = {chr(code) for code in (*range(10), 11, 12, *range(13, 32), 127)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running installation."""
    with a_site(tmp_path_factory.mktemp("site")) as running:
        running.publish(100)
        yield running


def rejects(site: Site) -> dict[str, int]:
    """Return how many messages were refused, by reason."""
    found: dict[str, int] = site.part("broker")["rejects"]
    return found


def send(site: Site, *messages: tuple[str, bytes]) -> None:
    """Publish messages, and return when the collector has seen them."""
    before = site.part("broker")["messages"]
    publisher = site.broker.publisher()
    publisher.publish_many((topic, payload, False) for topic, payload in messages)
    publisher.close()
    wait_for("the messages", lambda: site.part("broker")["messages"] >= before + len(messages))


@pytest.mark.fault(23)
def test_readings_of_a_wrong_clock_are_refused_counted_and_kept_and_do_not_become_the_last(
    site: Site,
) -> None:
    now_ms = time.time_ns() // 1_000_000
    wrong = {
        "a day ahead": now_ms + DAY_MS,
        "the year 2200": 7_258_118_400_000,
        "ten years back": now_ms - 3650 * DAY_MS,
        "1970": 0,
        "seconds": now_ms // 1000,
        "nanoseconds": now_ms * 1_000_000,
        "microseconds": now_ms * 1000,
        "before 1970": -1,
    }
    send(site, ("plant/line/clock", b'{"ts": %d, "value": 7}' % now_ms))
    before = sum(rejects(site).values())
    send(site, *(("plant/line/clock", b'{"ts": %d, "value": 666}' % at) for at in wrong.values()))
    wait_for("the counts", lambda: sum(rejects(site).values()) == before + len(wrong))
    assert rejects(site).keys() <= {"time_in_future", "time_too_old", "bad_time"}
    query = 'SELECT last("value"), count("value") FROM "reading" WHERE "meter" = \'line.clock\''
    wait_for("the reading", lambda: site.influxd.query(query, DATABASE))
    send(site, ("plant/line/m0", b'{"ts": %d, "value": 1000000}' % now_ms))
    wait_for("what came later", lambda: site.count() == 101)
    assert site.influxd.query(query, DATABASE)[0]["values"][0][1:] == [7, 1]
    kept = (site.collector.log.parent / "var" / "rejects" / "rejects.jsonl").read_text()
    assert sum(json.loads(line)["topic"] == "plant/line/clock" for line in kept.splitlines()) == len(wrong)


@pytest.mark.fault(26)
def test_hostile_payloads_cost_no_memory_and_hold_nothing_up(site: Site) -> None:
    now_ms = time.time_ns() // 1_000_000
    hostile = [
        b"x" * 65_537,
        b"[[],[]," * 1_500_000,
        NESTED,
        b'{"value": NaN, "ts": %d}' % now_ms,
        b'{"value": Infinity, "ts": %d}' % now_ms,
        b'{"value": 1e999, "ts": %d}' % now_ms,
        b'{"value": %d, "ts": %d}' % (2**70, now_ms),
        b'{"value": "\xff\xfe", "ts": %d}' % now_ms,
        b"\0",
        b"",
    ]

    def attack() -> int:
        before = sum(rejects(site).values())
        send(site, *(("plant/line/hostile", payload) for payload in hostile))
        wait_for("the refusals", lambda: sum(rejects(site).values()) == before + len(hostile))
        return site.facts().rss_bytes

    for _ in range(4):  # what the first ones need stays: buffers, the log's second file
        settled = attack()
    grown = [attack() - settled for _ in range(5)]
    print("grown by", grown)
    assert min(grown[-3:]) < MB
    assert site.publish_fresh() > 0
    assert site.part("broker")["status"] == "ok"


@pytest.mark.fault(31)
def test_a_meter_whose_messages_are_refused_again_and_again_is_named_with_their_number(site: Site) -> None:
    send(site, *(("plant/line/flood", b"{no %d" % number) for number in range(3000)))
    wait_for("the count", lambda: site.part("broker")["rejected_topics"].get("plant/line/flood") == 3000)


@pytest.mark.fault(29)
def test_hostile_names_are_inert_in_health_metrics_log_and_database(site: Site) -> None:
    series = 'SHOW TAG VALUES FROM "reading" WITH KEY = "meter"'
    before = site.influxd.query(series, DATABASE)
    payload = b'{"ts": %d, "value": 1}' % (time.time_ns() // 1_000_000)
    send(site, *((f"plant/line/{name}", payload) for name in TOPICS))
    wait_for("the refusals", lambda: rejects(site).get("bad_topic", 0) == len(TOPICS))
    assert site.influxd.query(series, DATABASE) == before
    assert site.influxd.query("SHOW MEASUREMENTS", DATABASE)[0]["values"] == [["reading"]]
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/metrics", timeout=5) as answer:
        metrics = answer.read().decode()
        assert answer.headers["Content-Type"].startswith("text/plain")
    assert "\nwastenot_evil_total" not in metrics
    assert not ACTIVE & {*metrics}
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}/health", timeout=5) as answer:
        assert answer.headers["Content-Type"] == "application/json"
        assert not ACTIVE & {*answer.read().decode()}
    assert not ACTIVE & {*site.collector.text()}
    assert all(line.startswith("{") for line in site.collector.text().splitlines())


@pytest.mark.fault(29)
def test_hostile_names_in_a_file_to_import_are_refused_and_shown_harmlessly(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "history.csv"
    rows = "".join('2026-01-01T00:00:00Z,"{}",1\n'.format(name.replace('"', '""')) for name in NAMES)
    file.write_bytes(f"time,meter,value\n{rows}".encode())
    settings = site.collector.argv[site.collector.argv.index("--settings") + 1]
    done = run("import", file, "--settings", settings)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{len(NAMES)} rows refused" in done.stdout
    assert not ACTIVE & {*done.stdout}
    assert sum(line.startswith("  line ") for line in done.stdout.split("\n")) == len(NAMES)
