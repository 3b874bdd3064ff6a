"""Now as programs read it, on wall screens with many tiles, and with names that somebody meant ill."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from domain.user import Role
from tests.web.site import START, Browser, a_site
from tests.web.test_now_page import BAD, FINE, SILENT, a_process
from web.api.endpoint import api_pages
from web.api.now import now_endpoints
from web.pages.now import AlertLine, now_pages, on_the_wall, tiles_of
from web.pages.plant import ProcessState, VariableNow
from web.wall import TILES

EVIL = "<img src=x onerror=alert(1)>"
OUTPUT = VariableNow("dye.output", "output", 1210.0, "kg/h")
PROCESSES = (
    replace(a_process("dye", BAD), driven=(OUTPUT,)),
    a_process("dry", replace(SILENT, late_since=None)),
)


def browser(processes: Sequence[ProcessState], alerts: Sequence[AlertLine] = ()) -> Browser:
    pages = now_pages(lambda: processes, lambda _language: alerts, lambda: START)
    return a_site((*pages, *api_pages(now_endpoints(lambda: processes)))).browser(Role.OPERATOR)


def test_programs_read_every_tile_with_its_line_and_unknown_is_null() -> None:
    dye, dry = browser(PROCESSES).get("/api/v1/now").json()
    assert (dye["process"], dye["state"], dye["unit"], dye["actual_per_hour"]) == ("dye", "bad", "m3", 12.0)
    assert (dye["expected_low_per_hour"], dye["expected_high_per_hour"]) == (7.0, 9.25)
    assert dye["points"] == [1.0, None, 3.0, 2.0]
    assert (dye["points_from"], dye["points_step_s"]) == ("2026-03-01T08:00:00Z", 900)
    assert dye["variables"] == [{"variable": "dye.output", "value": 1210.0, "unit": "kg/h"}]
    assert (dry["state"], dry["actual_per_hour"], dry["points"]) == ("silent", None, [])


def test_tables_read_tiles_and_points_apart() -> None:
    asked = browser(PROCESSES)
    tiles = list(csv.DictReader(io.StringIO(asked.get("/api/v1/now.csv").text.lstrip("\ufeff"))))
    assert [(row["process"], row["actual_per_hour"]) for row in tiles] == [("dye", "12.0"), ("dry", "")]
    points = list(csv.DictReader(io.StringIO(asked.get("/api/v1/now/points.csv").text.lstrip("\ufeff"))))
    assert [row["actual_per_hour"] for row in points] == ["1.0", "", "3.0", "2.0"]
    assert points[3]["start"] == (START + timedelta(minutes=45)).isoformat()
    assert {row["unit"] for row in points} == {"m3"}


def test_a_hostile_name_is_text_wherever_it_stands() -> None:
    evil = ProcessState(
        "dye", EVIL, (), (), (replace(BAD, name=EVIL, resource="w"),),
        (replace(OUTPUT, name=EVIL, unit=EVIL),),
    )  # fmt: skip
    line = AlertLine("f00d", EVIL, "critical", START, 1.0, EVIL, EVIL, process=EVIL)
    asked = browser(
        [evil], [line, replace(line, snoozed_until=START + timedelta(hours=1), title="hx-sse:connect")]
    )
    for path in ("/", "/?kiosk"):
        page = asked.get(path).text
        assert "<img" not in page
        assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 4
    formula = ProcessState("dye", "=cmd()", (), (), (FINE,))
    assert "'=cmd()" in browser([formula]).get("/api/v1/now.csv").text


def test_a_tile_says_what_drives_its_process_and_since_when_nothing_was_judged() -> None:
    late = replace(FINE, actual_per_hour=None, late_since=START - timedelta(hours=5))
    asked = browser([replace(a_process("dye", late), driven=(OUTPUT,))])
    page = asked.get("/").text
    assert "output 1,210 kg/h" in page
    assert "output 1.210 kg/giờ" in asked.get("/", headers={"accept-language": "vi"}).text
    assert "nothing judged since Sun 1 Mar, 10:00" in page
    assert '<span class="value">–</span>' in page


def test_what_is_not_known_for_an_hour_says_why() -> None:
    why = "not known for the last hour: readings miss or are in doubt"
    page = browser([a_process("dye", replace(FINE, actual_per_hour=None))]).get("/").text
    assert '<span class="value">–</span>' in page
    assert why in page
    assert why not in browser(PROCESSES).get("/").text, "silent, and late, say so"


def test_a_wall_screen_pages_through_many_tiles_and_shows_what_is_abnormal_first() -> None:
    many = [a_process(f"p{number}", FINE) for number in range(2 * TILES)]
    page = browser([*many, a_process("last", BAD)]).get("/?kiosk").text
    assert page.count('class="card tile') in {17, 15}
    assert re.search(r">[123] / 3<", page)
    first = on_the_wall(tiles_of([a_process("fine", FINE), a_process("last", BAD)])).items[0]
    assert first.process.id == "last"


def test_a_wall_screen_counts_the_alerts_it_has_no_room_for() -> None:
    lines = [AlertLine(f"{number:04}", "leak", "warning", START, 9.0 - number, "") for number in range(9)]
    page = browser(PROCESSES, lines).get("/?kiosk").text
    assert page.count('<li class="row alert') == 6
    assert "and 3 more" in page


def test_a_wall_screen_is_dark_unless_it_is_asked_to_be_light() -> None:
    asked = browser(PROCESSES)
    assert '<html lang="en" class="kiosk">' in asked.get("/?kiosk").text
    assert '<html lang="en" class="kiosk light">' in asked.get("/?kiosk=light").text


def test_the_loss_at_the_top_lives_on_pages_without_a_stream_too() -> None:
    asked = browser(PROCESSES)
    assert 'hx-get="/live/loss"' in asked.get("/nothing").text
    assert 'hx-get="/live/loss"' not in asked.get("/").text, "its stream brings it"
    loss = asked.get("/live/loss").text
    assert 'id="loss"' in loss
    assert "₫97,800/h" in loss
