"""Trends on the embedded store: what the page says, what the API gives, what is refused."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from app.pages import Ground, all_pages
from app.span_choices import span_choices
from app.trends import TrendSource
from domain.user import Role
from tests.app.trends_builders import judged, scattered
from tests.web.sheets import read_book
from tests.web.site import START, Browser, a_ground, a_site
from web.api.endpoint import api_pages
from web.api.trends import trend_endpoints
from web.heat import heat_map
from web.pages.trends import trend_pages
from web.pages.trends_export import trend_exports
from web.trend import HeatRow
from web.trends_nav import TRENDS_NAV

STREAM = {"process": "dye_line_2", "resource": "water"}
WEEK = {**STREAM, "from": "2026-02-23", "to": "2026-03-01"}
API = "/api/v1/trends"


@pytest.fixture(scope="module")
def browser(real_ground: Ground) -> Iterator[Browser]:
    ground = real_ground
    start = START - timedelta(days=8)
    use = lambda at: None if at.hour == 3 else 1.0 + scattered(at)  # noqa: E731
    ground.store.append_intervals(judged(start, START, use, 1.2, pair=("dye_line_2", "water")))
    source = TrendSource(ground.plant, ground.store, ground.ledger, ground.clock).answers()
    choices = span_choices(ground.plant, ground.ledger, ground.clock)
    built = a_site(
        (
            *trend_pages(source, choices),
            *trend_exports(source, choices),
            *api_pages(trend_endpoints(source, choices)),
        )
    )
    yield built.browser(Role.OPERATOR)
    built.ledger.close()


def test_every_page_of_the_trends_exists_and_understands_a_span(real_ground: Ground) -> None:
    nav, pages = all_pages(real_ground)
    ground = a_ground()
    built = a_site(pages, nav=nav, ground=ground)
    reader = built.browser(Role.ENERGY_MANAGER)
    for entry in TRENDS_NAV:
        answer = reader.get(entry.path, params=WEEK)
        assert answer.status_code == 200, entry.path
        assert f'href="{entry.path}?process=dye_line_2' in answer.text
    built.ledger.close()


def test_the_page_needs_no_script_and_every_figure_is_also_a_table(browser: Browser) -> None:
    page = browser.get("/trends", params=WEEK).text
    assert page.count('<svg class="plot"') == 3, "use, and its sums in unit and money"
    assert "Covered" in page
    assert re.search(r"\d+ of \d+ intervals are known", page)
    assert page.split("Day by day")[-1].count("<tr>") == 8
    assert "There is no baseline yet" in page
    assert 'title="23 Feb, 03 h: –"' not in page
    assert re.search(r'<td class="none" title="2\d Feb, 10 h: –">', page), "03 h UTC is unknown, not zero"
    assert not re.search(r"<script(?![^>]*src=)", page)
    assert "style=" not in page
    files = re.findall(r'href="(/trends/[^"]+[.](?:csv|xlsx)[^"]*)"', page)
    assert len(files) == 10
    for path in files:
        assert browser.get(path.replace("&amp;", "&")).status_code == 200, path


def test_what_the_page_brings_is_what_the_api_says_and_fits_any_screen(browser: Browser) -> None:
    page = browser.get("/trends", params=WEEK).text
    brought = json.loads(html.unescape(re.findall(r'data-page="(.*?)"', page)[0]))
    assert len(brought["curve"]["at"]) <= 340
    assert brought["zone"] == "Asia/Ho_Chi_Minh"
    same = browser.get(f"{API}/curve", params=WEEK | {"pixels": 340}).json()
    assert same == brought["curve"]
    for pixels in (1, 7, 390, 1440):
        told = browser.get(f"{API}/curve", params=WEEK | {"pixels": pixels}).json()
        assert len(told["at"]) <= pixels
    part = {"start": "2026-02-24T00:00Z", "end": "2026-02-24T06:00Z", "pixels": 390}
    zoomed = browser.get(f"{API}/curve", params=WEEK | part).json()
    assert zoomed["step"] == 900
    assert zoomed["mean"][12:16] == [None] * 4


def test_lists_can_be_had_for_spreadsheets_and_unknown_is_empty_there(browser: Browser) -> None:
    days = browser.get(f"{API}/days", params=WEEK).json()
    assert [day["day"] for day in days][:2] == ["2026-02-23", "2026-02-24"]
    assert days[0]["known"] == 92
    lines = browser.get(f"{API}/points.csv", params=WEEK | {"pixels": 50_000}).text.splitlines()
    assert len(lines) == 1 + 7 * 96
    assert ",m3/h,," in lines[1 + 40]
    hours = browser.get(f"{API}/heat", params=WEEK | {"by": "money"}).json()
    assert hours[10] == {"day": "2026-02-23", "hour": 10, "unit": "VND/h", "excess_per_hour": None}
    assert browser.get(f"{API}/slopes.csv", params=WEEK).text.startswith(
        "\ufeffsince,is_change,until,known_days"
    )


def test_every_view_is_a_file_in_the_readers_language_with_a_sheet_on_what_it_is(browser: Browser) -> None:
    vietnamese = {"accept-language": "vi"}
    lines = browser.get("/trends/use.csv", params=WEEK, headers=vietnamese).text.splitlines()
    assert lines[0].startswith("\ufeffThời gian,Thực tế [m3/h],Dự kiến [m3/h]")
    assert len(lines) == 1 + 7 * 96
    assert lines[1].startswith("2026-02-23T00:00:00+07:00,"), "the plant's time"
    assert lines[1 + 40].split(",")[1] == "", "unknown is empty"
    for view, rows in (("use", 672), ("days", 7), ("slopes", 1), ("hours", 7)):
        file = browser.get(f"/trends/{view}.xlsx", params=WEEK | {"shift": "night"})
        first, told = read_book(file.content).sheets.values()
        about = [[row[0].value, row[1].value] for row in told]
        assert len(first) == 1 + rows
        assert ["Shift", "night"] in about
        assert ["Empty cells", "unknown, never zero"] in about
    assert browser.get("/trends/days.xlsx", params=WEEK | {"to": "=cmd()"}).status_code == 400


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"from": "2026-03-02"}, "after the last day"),
        ({"process": "<script>"}, "it can be"),
        ({"to": "2026-02-30"}, "is not a date"),
        ({"shift": "=cmd()"}, "it can be morning"),
    ],
)
def test_what_is_wrong_is_said_on_the_page_and_by_the_api(
    browser: Browser, more: dict[str, str], says: str
) -> None:
    page = browser.get("/trends", params=WEEK | more)
    assert page.status_code == 400
    assert says in page.text
    assert "<script>" not in page.text
    for path in ("curve", "points.csv", "days", "slopes", "heat.csv"):
        answer = browser.get(f"{API}/{path}", params=WEEK | more)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    "part",
    [
        {"start": "2026-02-22T00:00Z"},
        {"end": "2027-01-01"},
        {"start": "2026-02-25", "end": "2026-02-24"},
        {"pixels": "0"},
        {"pixels": "-5"},
        {"pixels": "1000000"},
        {"pixels": "many"},
        {"start": "0001-01-01"},
        {"end": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_a_zoom_stays_within_its_span_and_points_within_reason(
    browser: Browser, part: dict[str, str]
) -> None:
    assert browser.get(f"{API}/curve", params=WEEK | part).status_code == 422


def test_a_reader_of_vietnamese_reads_vietnamese(browser: Browser) -> None:
    page = browser.get("/trends", params=WEEK, headers={"accept-language": "vi"}).text
    assert "CUSUM: phần vượt cộng dồn" in page
    assert "m³/giờ" in page
    assert re.search(r">[+−]\d,\d</span>", page)


def iso(first: date, _last: date) -> str:
    return first.isoformat()


def test_a_heat_map_parts_at_as_expected_and_its_legend_says_the_numbers() -> None:
    cells = [float(hour - 12) for hour in range(23)] + [None]
    row = HeatRow(START.date(), START.date(), cells, [True] * 24)
    heat = heat_map([row], iso)
    styles = [cell.style for cell in heat.lines[0].cells]
    assert styles[11] == "h4"
    assert styles[12] == "h5"
    assert (styles[0], styles[22], styles[23]) == ("h0", "h9", "none")
    assert [(step.low, step.high) for step in heat.steps][4:6] == [("−2.5", "0.0"), ("0.0", "+2.5")]
    assert [(step.low, step.high) for step in heat.steps][-1] == ("+10.0", "")
    money = heat_map([HeatRow(START.date(), START.date(), [97_834.0] * 24, [True] * 24)], iso, ",")
    assert (money.power, money.lines[0].cells[0].text) == (3, "+98")
    assert (
        heat_map([HeatRow(START.date(), START.date(), [None] * 24, [False] * 24)], iso)
        .lines[0]
        .cells[0]
        .style
        == "off"
    )
