"""Data health on a real store: days, silence, clocks, refused messages, peers, and who may see it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.collecting import rejects_folder
from app.data_health import DataHealthSource
from app.wiring import open_ledger, open_store
from config.plant_file import load_plant
from config.settings import Settings
from domain.alert import Alert, AlertKind, AlertState
from domain.baseline import Severity
from domain.reading import Reading, Reject, RejectReason
from domain.user import Role
from ingest.rejects import RejectLog
from tests.web.site import START, Browser, SetClock, a_site
from web.api.data_health import data_endpoints
from web.api.endpoint import api_pages
from web.pages.data_health import data_pages

METER = "dye_line_1.water"
PARTS: dict[str, Any] = {}


class Peer(BaseHTTPRequestHandler):
    """Another process of ours, as its /health would answer."""

    def do_GET(self) -> None:
        broker = {
            "status": "degraded",
            "detail": "away",
            "connected": False,
            "messages": 7,
            "last_message_at": None,
        }
        body = json.dumps({"status": "degraded", "parts": {"broker roof": broker}}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def peer() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Peer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture
def browser(tmp_path: Path, peer: str) -> Iterator[Browser]:
    """Maintenance, at a plant with a day and a half of one meter, a silent one, a clock ahead, rejects."""
    peers = [peer, "http://127.0.0.1:1"]
    settings = Settings.model_validate({"data_dir": tmp_path, "web": {"peers": peers}})
    with as_file(files("config") / "dye_works.toml") as path:
        plant = load_plant(path)
    store, ledger, clock = open_store(settings), open_ledger(settings), SetClock()
    ledger.migrate()
    midnight = START.replace(hour=17) - timedelta(days=1)  # of the plant, seven hours ahead
    quarters = [midnight - timedelta(days=1) + timedelta(minutes=15 * n) for n in range(96)]
    store.append_consumption(_kept(quarters, 0.5))
    step, first = 10_000_000, int(midnight.timestamp() * 1e6)
    times = range(first, int(START.timestamp() * 1e6), step)
    store.append([Reading(METER, at, 1.0, at) for at in times])
    hostile = b'{"v": "<img src=x onerror=alert(1)>"}\x00\xff'
    RejectLog(rejects_folder(settings)).keep(
        [
            Reject(RejectReason.NOT_A_NUMBER, "plant/<b>x</b>", hostile, first, "at v"),
            Reject(RejectReason.TOO_LARGE, "plant/y", b"x" * 5000, first),
        ]
    )
    with ledger.begin() as tx:
        tx.save_alert(
            Alert(
                fingerprint="f", episode=1, kind=AlertKind.SILENT_METER, key="silent/boiler_house.gas",
                severity=Severity.WARNING, state=AlertState.FIRING, since=START - timedelta(hours=2),
                pending_at=START, fired_at=START, resolved_at=None, reason="", notified_at=None,
                facts={"meter": "boiler_house.gas"},
            )
        )  # fmt: skip
    health = {"parts": {"shipping": {"status": "ok", "detail": "", "shipped": 5, "delay_s": {METER: -90.0}}}}
    source = DataHealthSource(settings, plant, store, ledger, clock, lambda: health).answers()
    built = a_site((*data_pages(source), *api_pages(data_endpoints(source))))
    yield built.browser(Role.MAINTENANCE)
    ledger.close()
    store.close()


def _kept(starts: list[Any], coverage: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "meter": [METER] * len(starts), "start": starts, "amount": [1.0] * len(starts),
            "mean": [None] * len(starts), "quality": ["measured"] * len(starts),
            "coverage": [coverage] * len(starts), "interval_s": [900] * len(starts),
        },
        schema_overrides={"start": pl.Datetime("us", "UTC"), "mean": pl.Float64},
    )  # fmt: skip


def test_a_days_share_comes_from_what_is_kept_and_from_readings_and_unknown_stays_unknown(
    browser: Browser,
) -> None:
    rows = {row["meter"]: row for row in browser.get("/api/v1/data/meters").json()["items"]}
    assert rows[METER]["covered"][-3:] == [None, 0.5, 1.0]
    assert rows[METER]["delay_s"] == -90.0
    assert rows["dye_line_2.water"]["covered"] == [None] * 14
    assert rows["dye_line_2.water"]["last_seen"] is None
    assert rows["boiler_house.gas"]["silent_since"] is not None
    page = browser.get("/data").text
    assert "clock 90 sec ahead" in page
    assert '<td class="num poor">50%</td>' in page
    assert "silent since Sun 1 Mar, 13:00" in page


def test_refused_messages_are_shown_harmlessly_and_by_reason(browser: Browser) -> None:
    page = browser.get("/data").text
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "\\x00\\xff" in page
    assert "plant/&lt;b&gt;x&lt;/b&gt;" in page
    only = browser.get("/data?reason=too_large").text
    assert "plant/y" in only
    assert "onerror" not in only
    assert browser.get("/data?reason=<script>").status_code == 200
    rows = browser.get("/api/v1/data/rejects", params={"reason": "too_large"}).json()
    assert [len(row["payload"]) for row in rows] == [402]
    assert browser.get("/api/v1/data/rejects?reason=x").status_code == 422
    assert browser.get("/api/v1/data/rejects.csv").text.count("\r\n") == 3


def test_every_process_is_asked_and_one_that_is_away_is_said(browser: Browser) -> None:
    parts = browser.get("/api/v1/data/parts").json()
    assert [(part["process"] != "", part["name"], part["status"]) for part in parts] == [
        (False, "shipping", "ok"), (True, "broker roof", "degraded"), (True, "process", "failing"),
    ]  # fmt: skip
    page = browser.get("/data").text
    assert "not connected" in page
    assert "7 messages" in page


def test_a_sign_of_life_that_is_late_is_marked(browser: Browser) -> None:
    page = browser.get("/data").text.split("Parts</h2>")[0]
    assert page.count('<li class="row bad">') == 1, "the analysis has never judged"
    assert "never" in page


def test_operators_do_not_see_raw_messages(browser: Browser) -> None:
    browser.post("/logout")
    assert browser.log_in("operator", "một mật khẩu dài").status_code == 303
    for path in ("/data", "/data/live", "/api/v1/data/rejects", "/api/v1/data/rejects.csv"):
        assert browser.get(path).status_code == 403
