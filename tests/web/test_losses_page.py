"""Losses on the embedded store: ranked by money, unpriced apart, nothing unknown as zero."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from app.day_sums import DaySums
from app.losses import LossSource
from app.pages import Ground
from app.span_choices import span_choices
from domain.alert import AlertKind, fingerprint_of
from domain.plant import Plant
from domain.user import Role
from store.memory import MemorySeries
from tests.app.trends_builders import judged
from tests.store.builders import a_hotspot, an_alert
from tests.web.sheets import read_book
from tests.web.site import START, Browser, a_ground, a_site, the_plant
from web.api.endpoint import api_pages
from web.api.losses import loss_endpoints
from web.pages.losses import loss_pages

PATH, API = "/trends/losses", "/api/v1/trends/losses"
WEEK = {"from": "2026-02-23", "to": "2026-03-01"}
HOSTILE = "Nhuộm <img src=x onerror=alert(1)>"


def hostile_plant() -> Plant:
    """Return the example plant with a process that has a hostile name, and steam without a price."""
    plant = the_plant()
    process = replace(plant.processes["dye_line_2"], name=HOSTILE)
    return replace(plant, processes=plant.processes | {"dye_line_2": process})


def pages_of(ground: Any, store: Any, plant: Plant) -> Any:
    source = LossSource(plant, DaySums(plant, store, ground.ledger, ground.clock), ground.ledger)
    choices = span_choices(plant, ground.ledger, ground.clock)
    return a_site(
        (*loss_pages(source.losses, choices), *api_pages(loss_endpoints(source.losses, choices))),
        ground=ground,
    )


@pytest.fixture(scope="module")
def browser(real_ground: Ground) -> Iterator[Browser]:
    ground, store, plant = a_ground(), real_ground.store, hostile_plant()
    start = START - timedelta(days=8)
    for pair, use, priced in (
        (("dye_line_2", "water"), 1.5, True),
        (("dye_line_2", "electricity"), 3.0, True),
        (("boiler_house", "gas"), 0.75, True),
        (("compressors", "electricity"), 2.0, False),
    ):
        frame = judged(start, START, lambda at, use=use: None if at.hour == 3 else use, pair=pair)
        price = pl.col("cost") if priced else pl.lit(None, dtype=pl.Float64)
        store.append_intervals(frame.with_columns(cost=price))
    hotspot = a_hotspot(since=START - timedelta(days=2), judged_until=START)
    fingerprint = fingerprint_of(AlertKind.HOTSPOT, hotspot.id)
    with ground.ledger.begin() as tx:
        tx.save_hotspot(hotspot)
        tx.save_alert(an_alert(fingerprint))
    built = pages_of(ground, store, plant)
    yield built.browser(Role.OPERATOR)
    built.ledger.close()


def test_losses_are_ranked_by_money_and_add_up(browser: Browser) -> None:
    rows = browser.get(API, params=WEEK).json()
    ranked = [row for row in rows if row["kind"] == "loss"]
    names = [(row["process"], row["resource"]) for row in ranked]
    assert names == [("dye_line_2", "electricity"), ("dye_line_2", "water")]
    days = 6 * 92 + 56  # 10 h is missing on each day; START is 15 h of the seventh
    assert ranked[0]["judged"] == days
    assert ranked[0]["excess"] == pytest.approx(2.0 * days)
    assert ranked[0]["cost"] == pytest.approx(20.0 * days)
    assert [row["cumulative"] for row in ranked] == pytest.approx([0.8, 1.0])
    assert [row["share"] for row in ranked] == pytest.approx([0.8, 0.2])


def test_what_has_no_price_and_what_was_saved_stand_apart(browser: Browser) -> None:
    rows = {(row["process"], row["resource"]): row for row in browser.get(API, params=WEEK).json()}
    unpriced, saved = rows["compressors", "electricity"], rows["boiler_house", "gas"]
    assert (unpriced["kind"], unpriced["cost"], unpriced["share"]) == ("unpriced", None, None)
    assert unpriced["excess_unpriced"] == unpriced["excess"] > 0
    assert (saved["kind"], saved["share"]) == ("saving", None)
    assert saved["cost"] < 0
    assert rows["dye_line_2", "steam"]["kind"] == "unjudged"
    assert rows["dye_line_2", "steam"]["excess"] is None


def test_the_page_says_it_in_words_with_links_to_stream_and_alert(browser: Browser) -> None:
    page = browser.get(PATH, params=WEEK).text
    assert page.index("Where the money goes") < page.index("More use without a price")
    assert page.index("More use without a price") < page.index("Less use than expected")
    assert 'href="/trends?process=dye_line_2&amp;resource=electricity&amp;from=2026-02-23' in page
    alert = fingerprint_of(AlertKind.HOTSPOT, "0123456789abcdef")
    assert f'href="/a/{alert}"' in page
    assert "higher base load" in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "style=" not in page
    assert page.count('<rect class="part"') == 2


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ({"shift": "night"}, {"dye_line_2/electricity", "dye_line_2/water"}),
        ({"process": "boiler_house"}, set()),
        ({"resource": "water"}, {"dye_line_2/water"}),
        ({"stream": "dye_line_2/"}, {"dye_line_2/electricity", "dye_line_2/water"}),
        ({"from": "2025-01-01", "to": "2025-12-31"}, set()),
        ({"from": "2030-01-01", "to": "2030-01-31"}, set()),
    ],
)
def test_a_part_of_the_plant_or_the_time_can_be_asked_for(
    browser: Browser, more: dict[str, str], left: set[str]
) -> None:
    assert browser.get(PATH, params=WEEK | more).status_code == 200
    if "stream" in more:
        more = {"process": more["stream"].strip("/")}
    rows = browser.get(API, params=WEEK | more).json()
    assert {f"{row['process']}/{row['resource']}" for row in rows if row["kind"] == "loss"} == left


def test_shifts_add_up_to_the_whole(browser: Browser) -> None:
    def judged_in(shift: str) -> int:
        rows = browser.get(API, params=WEEK | {"shift": shift, "resource": "water"}).json()
        return next(row["judged"] for row in rows if row["process"] == "dye_line_2")

    on_shift = sum(judged_in(shift) for shift in ("morning", "afternoon", "night"))
    assert 0 < on_shift < judged_in("")


def test_a_product_counts_while_it_alone_is_made(browser: Browser) -> None:
    plant = the_plant()
    product = next(iter(plant.processes["dye_line_2"].variables))
    more = {"process": "dye_line_2", "product": product}
    rows = browser.get(API, params=WEEK | more).json()
    assert {row["kind"] for row in rows} == {"unjudged"}, "what was made is not known, so nothing counts"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"process": "<script>"}, "it can be"),
        ({"from": "2026-03-02"}, "after the last day"),
        ({"from": "2020-01-01"}, "400 at most"),
        ({"shift": "=cmd()"}, "it can be morning"),
    ],
)
def test_what_is_wrong_is_said(browser: Browser, more: dict[str, str], says: str) -> None:
    for path, status in ((PATH, 400), (f"{PATH}.csv", 400), (f"{PATH}.xlsx", 400), (API, 422)):
        answer = browser.get(path, params=WEEK | more)
        assert answer.status_code == status
        assert says in answer.text
        assert "<script>" not in answer.text or answer.headers["content-type"] == "application/problem+json"


def test_the_files_hold_each_stream_once_with_units_and_where_they_come_from(browser: Browser) -> None:
    page = browser.get(PATH, params=WEEK).text
    links = re.findall(rf'href="({PATH}\.(?:csv|xlsx)\?[^"]+)"', page)
    assert len(links) == 2
    csv_text, book = (browser.get(link.replace("&amp;", "&")) for link in links)
    assert "Cost of the excess [VND]" in csv_text.text
    rows, told = read_book(book.content).sheets.values()
    assert rows[1][1].value == HOSTILE
    assert rows[1][4].value == pytest.approx(80.0)
    labels = {row[0].value: row[1].value for row in told}
    assert labels["Days"] == "2026-02-23 – 2026-03-01"
    assert labels["Time zone"] == "Asia/Ho_Chi_Minh"
    assert labels["Coverage"].endswith(" %")
    assert len(rows) == 1 + len(browser.get(API, params=WEEK).json())


def test_a_plant_on_its_first_day_has_a_clear_page() -> None:
    plant, ground = the_plant(), a_ground()
    for one in (plant, replace(plant, meters={}, processes={})):
        built = pages_of(ground, MemorySeries(), one)
        page = built.browser(Role.OPERATOR).get(PATH)
        assert page.status_code == 200
        assert "No loss with a price is known" in page.text or "has no meters yet" in page.text
        assert built.browser(Role.OPERATOR).get(f"{PATH}.csv").status_code == 200
        assert built.browser(Role.OPERATOR).get(API).status_code == 200
    ground.ledger.close()


def test_nobody_sees_it_without_logging_in(browser: Browser) -> None:
    built = pages_of(a_ground(), MemorySeries(), the_plant())
    assert built.browser().get(PATH).status_code == 303
    assert built.browser().get(API).status_code == 401
    built.ledger.close()
