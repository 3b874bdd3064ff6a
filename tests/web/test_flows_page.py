"""Flows: what goes in comes out, loss and remainder apart, in money or in a unit, unknown never zero."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from app.day_sums import DaySums
from app.flows import FlowSource
from app.span_choices import span_choices
from domain.plant import Plant
from domain.user import Role
from store.memory import MemorySeries
from tests.app.trends_builders import judged
from tests.config.builders import plant_of
from tests.web.sheets import read_book
from tests.web.site import START, Browser, a_ground, a_site, the_plant
from web.api.endpoint import api_pages
from web.api.flows import flow_endpoints
from web.pages.flows import flow_pages

PATH, API, BALANCES = "/trends/flows", "/api/v1/trends/flows", "/api/v1/trends/balances"
WEEK = {"from": "2026-02-23", "to": "2026-03-01"}
HEAD = """
[plant]
name = "Works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"
[[shift]]
name = "day"
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
start = "06:00"
end = "14:00"
[[resource]]
id = "electricity"
[[resource.price]]
from = "2020-01-01"
amount = 2
[[resource]]
id = "wastewater"
[[resource.price]]
from = "2020-01-01"
amount = 5
"""


def a_meter(process: str, resource: str, unit: str, more: str = "") -> str:
    return (
        f'[[meter]]\nid = "{process}.{resource}"\nprocess = "{process}"\nresource = "{resource}"\n'
        f'kind = "counter"\nunit = "{unit}"\ntopic = "plant/{process}/{resource}"\n{more}\n'
    )


def works() -> Plant:
    """Return a plant with a main meter, two under it, water without a price, and wastewater."""
    text = HEAD
    for name, shown in (("supply", "Supply"), ("dye", "Dye <b>1</b>"), ("weave", "Weave")):
        text += f'[[process]]\nid = "{name}"\nname = "{shown}"\n'
    text += a_meter("supply", "electricity", "kWh", "accuracy_pct = 1.0")
    text += a_meter("dye", "electricity", "kWh", 'under = "supply.electricity"\naccuracy_pct = 1.0')
    text += a_meter("weave", "electricity", "kWh", 'under = "supply.electricity"\naccuracy_pct = 1.0')
    text += a_meter("dye", "water", "m3") + a_meter("dye", "wastewater", "m3", 'flow = "loss"')
    return plant_of(text)


USES = {
    ("supply", "electricity"): (10.0, 10.0),
    ("dye", "electricity"): (5.0, 4.0),
    ("weave", "electricity"): (3.0, 3.5),
    ("dye", "water"): (2.0, 2.0),
    ("dye", "wastewater"): (1.5, 1.5),
}
#: intervals of the week that have happened, of which 3 h UTC is missing
KNOWN = 6 * 92 + 56


def store_of(plant: Plant) -> MemorySeries:
    store = MemorySeries()
    for pair, (use, expected) in USES.items():

        def used(at: datetime, use: float = use) -> float | None:
            return None if at.hour == 3 else use

        frame = judged(START - timedelta(days=8), START, used, expected, pair=pair)
        price = {"electricity": 2.0, "wastewater": 5.0}.get(pair[1])
        cost = pl.col("excess") * pl.lit(price, dtype=pl.Float64)
        store.append_intervals(frame.with_columns(cost=cost))
    return store


def pages_of(store: Any, plant: Plant) -> Any:
    ground = a_ground()
    source = FlowSource(plant, DaySums(plant, store, ground.ledger, ground.clock)).flows
    choices = span_choices(plant, ground.ledger, ground.clock)
    return a_site((*flow_pages(source, choices), *api_pages(flow_endpoints(source, choices))), ground=ground)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    plant = works()
    built = pages_of(store_of(plant), plant)
    yield built.browser(Role.OPERATOR)
    built.ledger.close()


def flows(browser: Browser, **more: str) -> dict[tuple[str, str], float]:
    return {
        (row["source"], row["target"]): row["value"] for row in browser.get(API, params=WEEK | more).json()
    }


@pytest.mark.parametrize("more", [{}, {"by": "kWh"}, {"by": "m3"}, {"shift": "day"}])
def test_what_goes_into_a_process_comes_out_of_it(browser: Browser, more: dict[str, str]) -> None:
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    found = flows(browser, **more)
    for (source, target), value in found.items():
        assert value > 0.0
        if target.startswith("process/"):
            into[target] += value
        elif source.startswith("process/"):
            out[source] += value
    assert into
    assert into.keys() == out.keys()
    for name, value in into.items():
        assert out[name] == pytest.approx(value)


def test_loss_waste_and_the_remainder_are_flows_of_their_own(browser: Browser) -> None:
    found = flows(browser)
    assert found["resource/electricity", "process/dye"] == pytest.approx(2.0 * 5.0 * KNOWN)
    assert found["process/dye", "loss"] == pytest.approx(2.0 * 1.0 * KNOWN)
    assert found["process/dye", "waste"] == pytest.approx(5.0 * 1.5 * KNOWN)
    assert found["resource/electricity", "unmetered"] == pytest.approx(2.0 * 2.0 * KNOWN)
    assert ("process/weave", "loss") not in found, "less than expected is no loss"
    assert not any("supply" in name for pair in found for name in pair), "the main meter counts once"


def test_water_in_its_own_unit_is_there_although_it_has_no_price(browser: Browser) -> None:
    assert ("resource/water", "process/dye") not in flows(browser)
    assert flows(browser, by="m3") == pytest.approx(
        {
            ("resource/water", "process/dye"): 2.0 * KNOWN,
            ("process/dye", "waste"): 1.5 * KNOWN,
            ("process/dye", "product"): 0.5 * KNOWN,
        }
    )
    page = browser.get(PATH, params=WEEK).text
    assert re.search(r"Not in it.*?Water – [\d,]+ m³ without a price", page, re.DOTALL)


def test_a_main_meter_is_held_against_those_under_it(browser: Browser) -> None:
    (row,) = browser.get(BALANCES, params=WEEK).json()
    assert (row["main"], row["known"]) == ("supply.electricity", KNOWN)
    assert row["amount"] == pytest.approx(10.0 * KNOWN)
    assert row["remainder"] == pytest.approx(2.0 * KNOWN)
    assert row["remainder_pct"] == pytest.approx(20.0)
    assert 0.0 < row["half_width"] < row["remainder"]
    assert row["remainder_cost"] == pytest.approx(4.0 * KNOWN)
    (part,) = browser.get(BALANCES, params=WEEK | {"shift": "day"}).json()
    assert 0 < part["known"] < KNOWN


def test_a_negative_remainder_is_a_finding_and_no_flow() -> None:
    plant, store = works(), store_of(works())
    weaving = ("weave", "electricity")
    store.append_intervals(judged(START - timedelta(days=8), START, lambda _at: 9.0, pair=weaving))
    built = pages_of(store, plant)
    browser = built.browser(Role.OPERATOR)
    assert ("resource/electricity", "unmetered") not in flows(browser)
    assert browser.get(BALANCES, params=WEEK).json()[0]["remainder"] < 0.0
    page = browser.get(PATH, params=WEEK).text
    assert re.search(r'<td class="num bad-text">[-−][\d,]+ kWh', page)
    built.ledger.close()


def test_the_picture_has_a_table_beside_it_and_escapes_names(browser: Browser) -> None:
    page = browser.get(PATH, params=WEEK).text
    assert page.count('<path class="link') == len(flows(browser))
    assert 'class="link loss"' in page
    assert 'class="link unmetered"' in page
    assert "<b>1</b>" not in page
    assert "Dye &lt;b&gt;1&lt;/b&gt;" in page
    assert "style=" not in page
    table = page.split("By process</h2>")[1].split("</table>")[0]
    assert table.count("<tr>") == 1 + 2 + 2
    assert page.index('class="link loss') > page.index('class="link energy'), "the loss is drawn on top"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"by": "<script>"}, "it can be money, kWh, m3"),
        ({"by": "kg"}, "it can be"),
        ({"process": "nothing"}, "it can be"),
        ({"from": "2026-03-02"}, "after the last day"),
    ],
)
def test_what_is_wrong_is_said(browser: Browser, more: dict[str, str], says: str) -> None:
    for path in (PATH, f"{PATH}.csv", f"{PATH}.xlsx"):
        answer = browser.get(path, params=WEEK | more)
        assert answer.status_code == 400
        assert says in answer.text
        assert "<script>" not in answer.text
    assert browser.get(API, params=WEEK | more).status_code == 422


def test_the_files_keep_the_measure(browser: Browser) -> None:
    page = browser.get(PATH, params=WEEK | {"by": "kWh"}).text
    links = re.findall(rf'href="({PATH}\.(?:csv|xlsx)\?[^"]+)"', page)
    assert ["by=kWh" in link for link in links] == [True, True]
    rows, _ = read_book(browser.get(links[1].replace("&amp;", "&")).content).sheets.values()
    assert [cell.value for cell in rows[0].values()] == ["From", "To", "Kind", "Amount [kWh]"]
    assert rows[1][0].value == "Electricity"
    assert "Cost [VND]" in browser.get(f"{PATH}.csv", params=WEEK).text


@pytest.mark.parametrize("more", [{}, {"by": "kWh"}, {"from": "2030-01-01", "to": "2030-01-31"}])
def test_a_plant_on_its_first_day_has_a_clear_page(more: dict[str, str]) -> None:
    built = pages_of(MemorySeries(), the_plant())
    page = built.browser(Role.OPERATOR).get(PATH, params=more)
    assert page.status_code == 200
    assert "is known of this time" in page.text
    assert "<svg" not in page.text.split("<main")[1]
    assert built.browser(Role.OPERATOR).get(API, params=more).json() == []
    built.ledger.close()


def test_what_was_kept_of_a_meter_goes_before_what_was_judged() -> None:
    plant, store = works(), store_of(works())
    starts = pl.datetime_range(
        START - timedelta(days=1), START, "15m", closed="left", time_unit="us", eager=True
    )
    kept = pl.DataFrame({"start": starts}).with_columns(
        meter=pl.lit("supply.electricity"), amount=pl.lit(20.0), mean=pl.lit(None, dtype=pl.Float64),
        quality=pl.lit("measured"), coverage=pl.lit(1.0), interval_s=pl.lit(900, dtype=pl.Int64),
    )  # fmt: skip
    store.append_consumption(kept)
    built = pages_of(store, plant)
    (row,) = built.browser(Role.OPERATOR).get(BALANCES, params=WEEK).json()
    assert row["amount"] == pytest.approx(10.0 * (KNOWN - 92) + 20.0 * 92)
    built.ledger.close()


def test_a_reader_of_vietnamese_reads_vietnamese(browser: Browser) -> None:
    page = browser.get(PATH, params=WEEK, headers={"accept-language": "vi"}).text
    for words in ("Tổn thất tránh được", "Không có đồng hồ nhánh", "Phần còn lại"):
        assert words in page
