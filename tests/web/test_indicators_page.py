"""Indicators on the embedded store: as from intervals, whole or by parts, unknown with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from app.day_sums import DaySums
from app.indicator_table import IndicatorSource, last_months
from app.indicators import Question, answer
from app.judged import Judged
from app.pages import Ground
from app.span_choices import span_choices
from domain.baseline import BaselineStatus
from domain.plant import Plant
from domain.user import Role
from store.memory import MemorySeries
from tests.app.trends_builders import judged, scattered
from tests.store.builders import a_baseline
from tests.web.sheets import read_book
from tests.web.site import START, Browser, a_ground, a_site, the_plant
from web.api.endpoint import api_pages
from web.api.indicators import indicator_endpoints
from web.pages.indicators import indicator_pages
from web.span import midnight

PATH, API = "/trends/indicators", "/api/v1/trends/indicators"
WEEK = {"from": "2026-02-23", "to": "2026-03-01"}
PAIR = ("dye_line_2", "water")


def use(at: datetime) -> float | None:
    return None if at.hour == 3 else 1.0 + scattered(at)


def pages_of(ground: Any, store: Any, plant: Plant) -> Any:
    sums = DaySums(plant, store, ground.ledger, ground.clock)
    source = IndicatorSource(plant, sums, ground.ledger).indicators
    choices = span_choices(plant, ground.ledger, ground.clock)
    pages = (*indicator_pages(source, choices), *api_pages(indicator_endpoints(source, choices)))
    return a_site(pages, ground=ground)


@pytest.fixture(scope="module")
def browser(real_ground: Ground) -> Iterator[Browser]:
    ground, store, plant = a_ground(), MemorySeries(), the_plant()
    store.append_intervals(judged(START - timedelta(days=430), START, use, 1.2, pair=PAIR))
    short = ("dye_line_2", "electricity")
    store.append_intervals(judged(START - timedelta(days=40), START, use, 2.0, pair=short))
    baseline = a_baseline(status=BaselineStatus.APPROVED, coefficients={"correlation": 0.5})
    with ground.ledger.begin() as tx:
        tx.save_baseline(baseline)
    built = pages_of(ground, store, plant)
    yield built.browser(Role.OPERATOR)
    built.ledger.close()


def row_of(browser: Browser, **more: str) -> dict[str, Any]:
    rows = browser.get(API, params=WEEK | more).json()
    return next(row for row in rows if (row["process"], row["resource"]) == PAIR)


@pytest.mark.parametrize("shift", ["", "night"])
def test_sums_per_day_give_the_indicators_that_intervals_give(browser: Browser, shift: str) -> None:
    plant = the_plant()
    start, end = midnight(date(2026, 2, 23), plant.timezone), START
    frame = judged(start, end, use, expected=1.2)
    with_outputs = frame.with_columns(
        pl.lit(None, dtype=pl.Float64).alias(name) for name in plant.processes["dye_line_2"].variables
    )
    told = answer(plant, [Judged(*PAIR, with_outputs, "no_baseline")], Question(shift=shift))[0]
    row = row_of(browser, shift=shift)
    for name in ("actual", "expected", "senpi"):
        assert row[name] == pytest.approx(getattr(told, name).value)
    assert row["savings"] == pytest.approx(told.savings.amount.value)
    assert (row["judged"], row["intervals"]) == (told.senpi.n, told.senpi.intervals)
    assert row["excess_cost"] == pytest.approx(told.excess_cost.value)


def test_savings_have_a_ninety_percent_interval_where_a_baseline_is_in_force(browser: Browser) -> None:
    row = row_of(browser)
    assert row["savings_low"] < row["savings"] < row["savings_high"]
    assert row["why"] is None
    rows = browser.get(API, params=WEEK).json()
    other = next(row for row in rows if (row["process"], row["resource"]) == ("dye_line_2", "electricity"))
    assert (other["savings_low"], other["why"]) == (None, "no_baseline")


def test_twelve_months_stand_where_each_of_them_was_judged(browser: Browser) -> None:
    browser.get(f"{PATH}.csv", params={"from": "2025-03-01", "to": "2026-03-01"})  # reads the year
    row = row_of(browser)
    assert row["year_intervals"] == 365 * 96
    assert row["year_senpi"] == pytest.approx(1.5 / 1.2, rel=0.02)
    rows = browser.get(API, params=WEEK).json()
    short = next(row for row in rows if (row["process"], row["resource"]) == ("dye_line_2", "electricity"))
    assert short["senpi"] is not None
    assert short["year_senpi"] is None, "of forty days no year can be told"


def test_specific_use_says_why_it_is_not_known_and_nothing_unknown_is_zero(browser: Browser) -> None:
    row = row_of(browser)
    assert (row["specific_use"], row["denominator"]) == (None, None)
    page = browser.get(PATH, params=WEEK).text
    assert "what was made is not known" in page
    rows = browser.get(API, params=WEEK).json()
    silent = next(row for row in rows if row["resource"] == "gas")
    assert (silent["actual"], silent["savings"], silent["judged"]) == (None, None, 0)


@pytest.mark.parametrize(("level", "count"), [("process", 6), ("resource", 3), ("plant", 1), ("stream", 10)])
def test_levels_add_up(browser: Browser, level: str, count: int) -> None:
    rows = browser.get(API, params=WEEK | {"level": level}).json()
    assert len(rows) >= count
    assert sum(row["excess_cost"] or 0.0 for row in rows) == pytest.approx(
        sum(row["excess_cost"] or 0.0 for row in browser.get(API, params=WEEK).json())
    )
    assert browser.get(PATH, params=WEEK | {"level": level}).status_code == 200


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"level": "<script>"}, "it can be"),
        ({"process": "nothing"}, "it can be"),
        ({"to": "2026-02-30"}, "is not a date"),
    ],
)
def test_what_is_wrong_is_said(browser: Browser, more: dict[str, str], says: str) -> None:
    for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx"):
        answer_ = browser.get(path, params=WEEK | more)
        assert answer_.status_code == 400
        assert says in answer_.text
        assert "<script>" not in answer_.text
    assert browser.get(API, params=WEEK | more).status_code == 422


def test_the_files_keep_the_level_and_say_how_much_is_known(browser: Browser) -> None:
    page = browser.get(PATH, params=WEEK | {"level": "process"}).text
    links = re.findall(rf'href="({PATH}\.(?:csv|xlsx)\?[^"]+)"', page)
    assert ["level=process" in link for link in links] == [True, True]
    rows, told = read_book(browser.get(links[1].replace("&amp;", "&")).content).sheets.values()
    assert len(rows) == 1 + len(browser.get(API, params=WEEK | {"level": "process"}).json())
    labels = {row[0].value: row[1].value for row in told}
    assert re.fullmatch(r"[\d.]+ %", str(labels["Coverage"]))


def test_a_plant_on_its_first_day_has_a_clear_page() -> None:
    ground, plant = a_ground(), the_plant()
    for one in (plant, replace(plant, meters={}, processes={})):
        built = pages_of(ground, MemorySeries(), one)
        for level in ("stream", "process", "resource", "plant"):
            for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx", API):
                assert built.browser(Role.OPERATOR).get(f"{path}?level={level}").status_code == 200
                assert (
                    built.browser(Role.OPERATOR).get(f"{path}?from=2030-01-01&level={level}").status_code
                    == 200
                )
    ground.ledger.close()


def test_a_reader_of_vietnamese_reads_vietnamese(browser: Browser) -> None:
    page = browser.get(PATH, params=WEEK, headers={"accept-language": "vi"}).text
    for words in ("Suất tiêu hao", "Tiết kiệm", "chưa biết sản lượng"):
        assert words in page
    assert "Plural-Forms" not in page
    assert ">Sản lượng</th>" in page, "what was made, not when"


def test_twelve_months_end_with_a_whole_one() -> None:
    assert last_months(date(2024, 2, 28)) == (date(2023, 2, 1), date(2024, 1, 31))
    assert last_months(date(2024, 2, 29)) == (date(2023, 3, 1), date(2024, 2, 29))
