"""The flow chart: every process once, none overlap, loops end; the page links and colours as it should."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.user import Role
from tests.web.site import START, a_site
from web.api.endpoint import api_pages
from web.api.plant import plant_endpoints
from web.flow import flow_chart
from web.pages.now import AlertLine
from web.pages.plant import PlantMeter, PlantView, ProcessState, StreamState, plant_pages

FINE = StreamState("water", "Water", "m3", 8.0, 8.1, None, None, None)
BAD = replace(
    FINE,
    actual_per_hour=12.0,
    expected_per_hour=8.0,
    cost_per_hour=97_834.0,
    since=START - timedelta(hours=8),
)
SILENT = replace(FINE, resource="gas", name="Gas", unit="kWh", actual_per_hour=None, silent_since=START)
NAMES = st.integers(0, 11).map(lambda number: f"p{number}")


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=4), max_size=12))
def test_any_plant_is_drawn_with_every_process_once_and_no_two_on_top_of_each_other(
    feeds: dict[str, list[str]],
) -> None:
    chart = flow_chart(feeds, {name: len(name) for name in feeds})
    assert [box.id for box in chart.boxes] == list(feeds)
    for box in chart.boxes:
        assert 0 <= box.x <= chart.width - box.width
        assert 0 <= box.y <= chart.height - box.height
        for other in chart.boxes:
            apart = box.x != other.x or box.y + box.height <= other.y or other.y + other.height <= box.y
            assert box is other or apart
    wanted = {(start, end) for start, ends in feeds.items() for end in ends if end in feeds and end != start}
    assert {(arrow.start, arrow.end) for arrow in chart.arrows} == wanted


def test_what_feeds_stands_left_of_what_is_fed() -> None:
    feeds = {"a": ["c"], "b": ["c", "d"], "c": ["d"], "d": ["b"]}
    x = {box.id: box.x for box in flow_chart(feeds, {}).boxes}
    assert x["a"] < x["c"] < x["d"], "the way back from d to b does not count"


ALERTS = [
    AlertLine("f00d", "▲ HIGH · <i>dye</i>", "warning", START, 97_834.0, "", process_id="dye"),
    AlertLine("cafe", "elsewhere", "warning", START, None, "", process_id="dry"),
]


def site(*processes: ProcessState) -> object:
    meters = {"dye": [PlantMeter("dye.water", "Water", "counter", "m3", START - timedelta(minutes=1), None)]}
    view = PlantView(lambda: processes, lambda name: meters.get(name, []))
    pages = plant_pages(view, lambda _language: ALERTS)
    return a_site((*pages, *api_pages(plant_endpoints(view)))).browser(Role.OPERATOR)


DYE = ProcessState("dye", "Chuyền nhuộm <2>", ("dry",), ("dye.output",), (BAD, SILENT))
DRY = ProcessState("dry", "Sấy", (), (), (FINE,))


def test_boxes_lead_to_their_process_and_only_what_is_abnormal_is_coloured() -> None:
    page = site(DYE, DRY).get("/plant").text
    assert re.findall(r'<a href="/plant/(\w+)" class="box (\w+)"', page) == [("dye", "bad"), ("dry", "fine")]
    assert "Chuyền nhuộm &lt;2&gt;" in page
    assert "▲50%" in page
    assert page.count('class="arrow"') == 1


def test_a_process_shows_its_resources_meters_and_neighbours() -> None:
    browser = site(DYE, DRY)
    page = browser.get("/plant/dye").text
    for text in (
        "expected 8 m³/h",
        "₫97,800/h",
        "since Sun 1 Mar, 07:00",
        "dye.water",
        "60 sec ago",
        '/plant/dry"',
    ):
        assert text in page, text
    assert '/plant/dye"' in browser.get("/plant/dry").text
    assert browser.get("/plant/nothing").status_code == 404
    assert browser.get("/plant/%3Cb%3E").status_code == 404


def test_who_scans_a_machines_code_gets_to_its_alerts() -> None:
    browser = site(DYE, DRY)
    page = browser.get("/plant/dye").text
    assert 'href="/a/f00d"' in page
    assert "▲ HIGH · &lt;i&gt;dye&lt;/i&gt;" in page
    assert "cafe" not in page
    assert 'href="/a/cafe"' in browser.get("/plant/dry").text


def test_the_api_tells_the_same_and_unknown_is_null() -> None:
    rows = site(DYE, DRY).get("/api/v1/plant").json()
    assert [(row["process"], row["resource"], row["actual_per_hour"]) for row in rows] == [
        ("dye", "water", 12.0), ("dye", "gas", None), ("dry", "water", 8.0),
    ]  # fmt: skip


def test_a_plant_without_processes_has_an_empty_chart() -> None:
    assert site().get("/plant").status_code == 200
