"""Exports: real numbers and local times, units in the header, no formula, no name that leads elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from math import inf, nan
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from domain.user import Action, Role
from tests.web.sheets import read_book
from tests.web.site import Browser, a_site
from web import export
from web.api.endpoint import Endpoint, api_pages
from web.export import Column, Table, export_pages

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
AT = datetime(2026, 3, 1, 17, 45, tzinfo=UTC)  # 00:45 of the next day in the plant
HOSTILE = ("=cmd()", "+1", "-2+3", "@sum", "\tx", "\rx", "\nx", '"; DROP', "<img onerror=x>", "a\x00\x0bb")


class Row(msgspec.Struct):
    """A row of the API."""

    name: str
    start: datetime
    cost: float | None
    words: list[str]


def a_table(name: str = "losses ../Nhuộm") -> Table:
    columns = [Column("Name"), Column("Excess", "m3"), Column("Start"), Column("Day"), Column("Known")]
    rows: list[list[Any]] = [[text, -4.25, AT, date(2026, 3, 2), True] for text in HOSTILE]
    rows += [
        ["none", None, None, None, None],
        ["odd", nan, None, None, False],
        ["end", inf, None, None, None],
    ]
    return Table(name, columns, rows, [("Plant", "=Sông Hồng")], HANOI)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    lists = Endpoint(
        "/rows", lambda _call: [Row("=x", AT, None, ["+a", "b"]), Row("y", AT, 2.5, [])], Action.SEE, "Rows.",
        list[Row], item=Row,
    )  # fmt: skip
    built = a_site((*export_pages("/things", lambda _visit: a_table()), *api_pages((lists,))))
    yield built.browser(Role.OPERATOR)
    built.ledger.close()


def test_a_csv_file_has_units_local_times_and_no_formula(browser: Browser) -> None:
    answer = browser.get("/things.csv?from=2026-03-01")
    assert answer.headers["content-disposition"] == 'attachment; filename="losses-Nhuom.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf"), "or spreadsheets misread Vietnamese"
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Name", "Excess [m3]", "Start", "Day", "Known"]
    assert rows[1][1:] == ["-4.25", "2026-03-02T00:45:00+07:00", "2026-03-02", "true"]
    assert [row[0] for row in rows[1:8]] == [f"'{text}" for text in HOSTILE[:7]]
    assert [row[1] for row in rows[-3:]] == ["", "", ""], "unknown and impossible are no numbers"


def test_a_workbook_has_numbers_times_and_a_sheet_on_what_it_is(browser: Browser) -> None:
    answer = browser.get("/things.xlsx")
    assert answer.headers["content-type"] == export.XLSX
    assert answer.headers["content-disposition"] == 'attachment; filename="losses-Nhuom.xlsx"'
    book = read_book(answer.content)
    (_, rows), (about, told) = book.sheets.items()
    assert [cell.value for cell in rows[0].values()] == ["Name", "Excess [m3]", "Start", "Day", "Known"]
    assert rows[1][1].value == -4.25
    assert rows[1][2].moment == datetime(2026, 3, 2, 0, 45)  # noqa: DTZ001 - as a spreadsheet keeps it
    assert rows[1][3].moment == datetime(2026, 3, 2)  # noqa: DTZ001
    assert rows[1][4].value is True
    assert [place for row in rows[-3:] for place in row] == [0, 0, 4, 0]
    assert about == "About this file"
    assert [cell.value for cell in told[0].values()] == ["Plant", "=Sông Hồng"]


def test_in_a_workbook_nothing_is_a_formula_and_what_looks_like_one_is_quoted(browser: Browser) -> None:
    rows, told = read_book(browser.get("/things.xlsx").content).sheets.values()
    assert not any(cell.is_formula for row in (*rows, *told) for cell in row.values())
    assert [row[0].is_quoted for row in rows[1:]] == [True] * 7 + [False] * 6
    assert told[0][1].is_quoted
    assert rows[1][0].value == "=cmd()"


def test_more_rows_than_a_sheet_holds_are_refused_and_not_cut(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 3)
    answer = browser.get("/things.xlsx")
    assert answer.status_code == 422
    assert "3 rows at most" in answer.text
    assert browser.get("/things.csv").status_code == 200


def test_every_list_of_the_api_is_a_workbook_too(browser: Browser) -> None:
    answer = browser.get("/api/v1/rows.xlsx")
    rows, told = read_book(answer.content).sheets.values()
    assert [cell.value for cell in rows[0].values()] == ["name", "start", "cost", "words"]
    assert rows[1].keys() == {0, 1, 3}
    assert rows[1][0].is_quoted
    assert rows[1][3].is_quoted
    assert rows[2][2].value == 2.5
    assert "/api/v1/rows.xlsx" in {cell.value for row in told for cell in row.values()}


def test_who_may_not_see_a_page_does_not_get_its_file() -> None:
    built = a_site(export_pages("/things", lambda _visit: a_table(), Action.MANAGE_USERS))
    for ending in ("csv", "xlsx"):
        assert built.browser(Role.OPERATOR).get(f"/things.{ending}").status_code == 403
    built.ledger.close()
