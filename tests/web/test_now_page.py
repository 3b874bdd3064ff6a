"""Now: what is abnormal is coloured, what is silent says so, and one tap acknowledges or snoozes."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from alerts.figures import Letterhead
from alerts.shifts import Shifts
from app.alert_actions import AlertActions
from app.alert_pages import AlertReader
from app.pages import Ground
from app.sparks import spark_of, usual_of
from domain.plant import Shift
from domain.user import Role
from tests.web.alert_site import an_alert, no_curve
from tests.web.site import START, Built, a_ground, a_site, the_plant
from web.pages.alert import alert_pages
from web.pages.now import now_pages
from web.pages.plant import ProcessState, StreamState
from web.spark import HEIGHT, WIDTH, Spark, drawing

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SPARK = Spark(START, 900, (1.0, None, 3.0, 2.0), (0.5, 0.5, None, 1.0), (1.5, 1.5, None, 2.0))
FINE = StreamState("water", "Water", "m3", 8.0, 8.1, None, None, None, 7.0, 9.25, SPARK)
BAD = replace(FINE, actual_per_hour=12.0, cost_per_hour=97_834.0, since=START - timedelta(hours=8))
SILENT = replace(FINE, actual_per_hour=None, silent_since=START - timedelta(hours=3), spark=None)
LEARNING = replace(FINE, expected_per_hour=None, low_per_hour=None, high_per_hour=None)


def a_process(name: str, stream: StreamState) -> ProcessState:
    return ProcessState(name, f"Chuyền {name}", (), (), (stream,))


@pytest.fixture
def built() -> Built:
    ground = a_ground()
    with ground.ledger.begin() as tx:
        for name in ("f00d", "beef"):
            tx.save_alert(an_alert(name, f"meter {name}"))
    reader = AlertReader(
        ground.ledger,
        ground.clock,
        lambda one: Letterhead("Sông Hồng", ZONE, "VND", one),
        the_plant(),
        no_curve,
    )
    shifts = Shifts(ZONE, (Shift("day", frozenset(range(7)), time(6), time(18)),))
    streams = {"fine": FINE, "bad": BAD, "silent": SILENT, "learning": LEARNING}
    processes = [a_process(name, stream) for name, stream in streams.items()]
    actions = AlertActions(ground.ledger, ground.clock, shifts)
    now = now_pages(lambda: processes, reader.open, ground.clock.now)
    return a_site((*alert_pages(reader.read, actions, ground.clock.now), *now), ground=ground)


def tile(page: str, process: str) -> str:
    found = re.search(rf'<a class="card tile[^>]*href="/plant/{process}".*?</a>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_tile_says_what_is_used_what_is_usual_and_what_is_wrong(built: Built) -> None:
    page = built.browser(Role.OPERATOR).get("/").text
    assert "expected 7 – 9.2 m³/h" in tile(page, "fine")
    assert 'class="card tile"' in tile(page, "fine")
    assert '<path class="line" d="M0' in tile(page, "fine")
    assert 'class="card tile bad"' in tile(page, "bad")
    assert "₫97,834/h" in tile(page, "bad") or "97,8" in tile(page, "bad")
    assert "silent since Sun 1 Mar, 12:00" in tile(page, "silent")
    assert "–" in tile(page, "silent")
    assert "<svg" not in tile(page, "silent")
    assert "still learning" in tile(page, "learning")


def test_one_tap_acknowledges_and_comes_back_to_the_list(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    done = browser.post("/a/f00d/acknowledge", {"back": "/"})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    page = browser.get("/").text
    assert "seen by operator" in page
    assert 'action="/a/f00d/acknowledge"' not in page
    assert 'action="/a/beef/acknowledge"' in page
    assert re.search(r'<form[^>]*action="/a/beef/acknowledge"[^>]*><input type="hidden" name="csrf"', page)


def test_a_link_back_to_elsewhere_is_not_followed(built: Built) -> None:
    done = built.browser(Role.OPERATOR).post("/a/f00d/acknowledge", {"back": "https://evil.example/"})
    assert done.headers["location"] == "/"


def test_snoozed_until_the_shift_ends_it_stands_apart_and_comes_back_by_itself(built: Built) -> None:
    browser = built.browser(Role.OPERATOR)
    browser.post("/a/f00d/snooze", {"back": "/"})
    page = browser.get("/").text
    assert "Set aside: 1" in page
    assert "snoozed until Sun 1 Mar, 18:00" in page, "the shift ends at six, it is three in the afternoon"
    assert 'action="/a/f00d/unsnooze"' in page
    browser.post("/a/f00d/unsnooze", {"back": "/"})
    assert "Set aside" not in browser.get("/").text
    browser.post("/a/f00d/snooze", {"back": "/"})
    built.clock.pass_(hours=4)
    assert "Set aside" not in browser.get("/").text


def test_who_may_not_snooze_cannot(built: Built) -> None:
    assert built.browser().post("/a/f00d/snooze").status_code in {303, 401}
    assert "snoozed" not in built.browser(Role.OPERATOR).get("/").text
    assert built.browser(Role.OPERATOR).post("/a/nothing/snooze").status_code == 404


def test_a_wall_screen_shows_the_plants_time_and_nothing_to_click(built: Built) -> None:
    page = built.browser(Role.OPERATOR).get("/?kiosk").text
    assert "<time>Sun 1 Mar, 15:00</time>" in page
    assert 'action="/a/' not in page
    assert 'hx-sse:connect="/live/now?kiosk"' in page
    assert '"pauseOnBackground":false' in page


def heard(built: Built, path: str, after_s: float = 0.5) -> str:
    """Return what a stream says until the process ends."""
    threading.Timer(after_s, built.stopping.set).start()
    return str(built.browser(Role.OPERATOR).get(path).text)


def test_the_stream_brings_the_page_and_the_loss_at_the_top(built: Built) -> None:
    told = heard(built, "/live/now", 2.6)
    assert told.count('id="now"') == 1, "what is the same is not sent again: nobody's proof is in it"
    assert "csrf" not in told
    assert told.count("event:") == 0
    assert '<hx-partial hx-target="#loss"' in told
    assert "₫97,800/h" in told


def test_a_sparkline_has_gaps_and_stays_in_its_box() -> None:
    drawn = drawing(SPARK)
    assert drawn.line.count("M") == 2
    assert drawn.band.count("Z") == 2
    numbers = [float(one) for one in re.findall(r"[\d.]+", drawn.line + drawn.band)]
    assert 0 <= min(numbers) <= max(numbers) <= max(WIDTH, HEIGHT)
    assert drawing(replace(SPARK, actual=(None,) * 4, low=(None,) * 4, high=(None,) * 4)).line == ""


def test_a_spark_is_of_the_latest_hours_and_an_unknown_interval_is_unknown(real_ground: Ground) -> None:
    plant = real_ground.plant
    step = timedelta(seconds=plant.interval_s)
    end = datetime(2026, 3, 1, 8, tzinfo=UTC)
    starts = [end - step * number for number in range(1, 200)][::-1]
    recent = pl.DataFrame(
        {
            "start": pl.Series(starts, dtype=pl.Datetime("us", "UTC")),
            "actual": [None if number == 198 - 1 else float(number) for number in range(199)],
            "expected": [5.0] * 199,
        },
        schema_overrides={"actual": pl.Float64},
    )
    spark = spark_of(plant, recent, None, end)
    count = round(12 * 3600 / plant.interval_s)
    assert len(spark.actual) == count
    assert spark.start + count * timedelta(seconds=spark.step_s) == end
    assert spark.actual[-1] == pytest.approx(198 * 3600 / plant.interval_s)
    assert spark.actual[-2] is None
    assert usual_of(spark, 3600).low is None
