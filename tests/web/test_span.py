"""The span of time in an address: defaults, local days, what is refused and how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from starlette.responses import Response

from domain.user import Action, Role
from tests.web.site import START, Browser, a_site
from web.page import Page
from web.span import Span
from web.span_asked import span_of
from web.span_choices import Choices, StreamName
from web.trends_nav import span_facts
from web.visit import Visit

HOSTILE = '<img src=x onerror="alert(1)">'
HANOI, LONDON = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/London")
STREAMS = (
    StreamName("boiler", "Boiler house", "gas", "Gas", "kWh"),
    StreamName("dye", "Dye line", "electricity", "Electricity", "kWh"),
    StreamName("dye", "Dye line", "water", "Water", "m3"),
)
CHOICES = Choices(HANOI, STREAMS, ("morning", HOSTILE), {"dye": ("dye.cotton",)}, lambda: START)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    def one(visit: Visit, *, whole_plant: bool) -> Response:
        span = span_of(visit, CHOICES, whole_plant=whole_plant)
        return visit.page(
            "date_bar.html", **span_facts(span, CHOICES), whole_plant=whole_plant, more={"by": "money"}
        )

    pages = (
        Page("/one", lambda visit: one(visit, whole_plant=False), Action.SEE),
        Page("/all", lambda visit: one(visit, whole_plant=True), Action.SEE),
    )
    built = a_site(pages)
    yield built.browser(Role.OPERATOR)
    built.ledger.close()


def selected(page: str) -> list[str]:
    return [
        part.split('"')[1] for part in page.split("<option value=")[1:] if " selected>" in part.split("</")[0]
    ]


def test_without_anything_it_is_the_last_week_of_the_first_stream_against_the_baseline(
    browser: Browser,
) -> None:
    page = browser.get("/one").text
    assert selected(page) == ["boiler/gas", "baseline"]
    assert 'value="2026-02-23"' in page
    assert 'value="2026-03-01"' in page
    assert "from=2026-02-16&amp;to=2026-02-22" in page, "earlier"
    assert 'rel="next"' not in page, "there is nothing after now"
    assert selected(browser.get("/all").text) == ["/", "baseline"]


def test_a_plants_own_names_are_words_and_never_html(browser: Browser) -> None:
    bad = StreamName("x", HOSTILE, "y", HOSTILE, "kWh")
    hostile = Choices(HANOI, (bad,), (), {"x": ("<b>",)}, lambda: START)

    def show(visit: Visit) -> Response:
        span = span_of(visit, hostile, whole_plant=True)
        return visit.page("date_bar.html", **span_facts(span, hostile), whole_plant=True)

    built = a_site((Page("/bad", show, Action.SEE),))
    page = built.browser(Role.OPERATOR).get("/bad?stream=x/y&product=%3Cb%3E").text
    assert "<img" not in page
    assert "<b>" not in page
    assert page.count("&lt;img") >= 4
    built.ledger.close()


def test_what_was_chosen_stays_and_goes_along(browser: Browser) -> None:
    asked = "stream=dye/water&from=2026-01-05&to=2026-01-05&compare=previous&shift=morning&product=dye.cotton"
    page = browser.get(f"/one?{asked}").text
    assert selected(page) == ["dye/water", "previous", "morning", "dye.cotton"]
    kept = "process=dye&amp;resource=water&amp;from=2026-01-06&amp;to=2026-01-06&amp;compare=previous"
    assert f"{kept}&amp;shift=morning&amp;product=dye.cotton&amp;by=money" in page
    assert 'aria-current="true">1 d' in page
    assert '<input type="hidden" name="by" value="money">' in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"from": "2026-03-02", "to": "2026-03-01"}, "2026-03-02, is after the last day, 2026-03-01"),
        ({"from": "2020-01-01", "to": "2026-03-01"}, "400 at most"),
        ({"from": "yesterday"}, "write it like 2026-11-22"),
        ({"to": HOSTILE}, "write it like 2026-11-22"),
        ({"to": "9999-12-31"}, "days from 2000-01-01 to 2099-12-31"),
        ({"from": "0001-01-01"}, "days from 2000-01-01 to 2099-12-31"),
        ({"process": "nowhere"}, "it can be boiler, dye"),
        ({"process": HOSTILE}, "it can be boiler, dye"),
        ({"stream": "a/b/c"}, "it can be boiler, dye"),
        ({"process": "boiler", "resource": "water"}, "it has gas"),
        ({"resource": "plasma"}, "it can be gas, electricity, water"),
        ({"compare": "tomorrow"}, "it can be baseline, previous, none"),
        ({"shift": "graveyard"}, "it can be morning"),
        ({"product": "x" * 10_000}, "it can be dye.cotton"),
    ],
)
@pytest.mark.parametrize("path", ["/one", "/all"])
def test_what_is_wrong_is_refused_with_what_is_allowed(
    browser: Browser, query: dict[str, str], says: str, path: str
) -> None:
    answer = browser.get(path, params=query)
    assert answer.status_code == 400
    assert says in answer.text
    assert "<img" not in answer.text
    assert f"= {'x' * 61}" not in answer.text


def test_a_product_of_another_process_says_nothing_there(browser: Browser) -> None:
    assert "dye.cotton" not in browser.get("/one?stream=boiler/gas&product=dye.cotton").text


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_a_local_day_may_have_23_or_25_hours(day: date, hours: int) -> None:
    span = Span("p", "r", day, day, LONDON)
    assert span.end - span.start == timedelta(hours=hours)
    assert (span.previous().end, span.next().start) == (span.start, span.end)


def test_a_year_and_a_query_come_back_as_they_were() -> None:
    span = Span("p", "r", date(2024, 2, 29), date(2025, 2, 27), HANOI, "none", "night & day", "a=b")
    assert span.days == 365
    assert span.start == datetime(2024, 2, 28, 17, tzinfo=UTC)
    told: Any = dict(parse_qsl(span.query()))
    assert told == {
        "process": "p", "resource": "r", "from": "2024-02-29", "to": "2025-02-27", "compare": "none",
        "shift": "night & day", "product": "a=b",
    }  # fmt: skip
    assert span.until(date(2025, 1, 31), 31).first == date(2025, 1, 1)
