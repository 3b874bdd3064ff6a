"""A table for people as a file: CSV, and XLSX with real numbers, real times and a sheet on what it is.

In both a text never becomes a formula, unknown is empty, and times are the plant's local ones.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from math import isfinite
from typing import Any, TypeAlias

from starlette.responses import Response
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from domain.user import Action
from web.errors import Refusal
from web.language import N_
from web.page import Page
from web.visit import Visit

#: what spreadsheets take for the beginning of a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: what a sheet can hold
MOST_ROWS, LONGEST_TEXT = 1_048_575, 32_767
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ABOUT = N_("About this file")
TOO_LARGE = N_("A sheet holds %(most)s rows at most: ask for a shorter time, or take CSV.")

Cell: TypeAlias = str | float | bool | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column, in the reader's language."""

    title: str
    unit: str = ""  # "" = it has none, or there is a column for it

    @property
    def heading(self) -> str:
        """Return what stands above it.

        >>> Column("Excess", "m3").heading
        'Excess [m3]'
        """
        return f"{self.title} [{self.unit}]" if self.unit else self.title


@dataclass(frozen=True, slots=True)
class Table:
    """What is exported.

    Args:
        name: of the file, without its ending; anything that a file system could mistake is taken out.
        rows: as many cells as there are columns; None = unknown.
        about: labels and texts on what it is: plant, span, time zone, when it was made, coverage.
        zone: in which instants are written.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    about: Sequence[tuple[str, str]] = ()
    zone: tzinfo = UTC


def export_pages(
    path: str, table_of: Callable[[Visit], Table], right: Action = Action.SEE
) -> tuple[Page, ...]:
    """Return the rows of a page's exports: its address with .csv and .xlsx, and the same query."""

    def as_csv(visit: Visit) -> Response:
        return csv_file(table_of(visit))

    def as_xlsx(visit: Visit) -> Response:
        return xlsx_file(table_of(visit), visit)

    return (Page(f"{path}.csv", as_csv, right), Page(f"{path}.xlsx", as_xlsx, right))


def csv_file(table: Table) -> Response:
    """Return a table as CSV: UTF-8 with a mark, so that spreadsheets read Vietnamese; decimal points."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([plain_text(column.heading) for column in table.columns])
    writer.writerows([_csv_cell(cell, table.zone) for cell in row] for row in table.rows)
    return Response(
        "\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=_attached(table.name, "csv")
    )


def xlsx_file(table: Table, visit: Visit) -> Response:
    """Return a table as a workbook with a second sheet about it.

    Raises:
        Refusal: 422, it has more rows than a sheet can hold.
    """
    file = io.BytesIO()
    # a row is written away when the next one begins: memory does not grow with the table
    with Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        book.set_properties({"title": table.name, "author": visit.site.plant})
        sheet = _Sheet(book, book.add_worksheet(_sheet_name(table.name)), table.zone)
        sheet.head([column.heading for column in table.columns])
        for number, row in enumerate(table.rows, 1):
            if number > MOST_ROWS:
                raise Refusal(422, visit.say(TOO_LARGE) % {"most": MOST_ROWS})
            sheet.write(number, row)
        about = _Sheet(book, book.add_worksheet(_sheet_name(visit.say(ABOUT))), table.zone)
        for number, pair in enumerate(table.about):
            about.write(number, pair)
        about.sheet.set_column(0, 0, 24)
        about.sheet.set_column(1, 1, 80)
    return Response(file.getvalue(), media_type=XLSX, headers=_attached(table.name, "xlsx"))


class _Sheet:
    """Writes cells as what they are."""

    def __init__(self, book: Workbook, sheet: Worksheet, zone: tzinfo) -> None:
        self.sheet, self._zone = sheet, zone
        self._bold = _format(book, {"bold": True, "text_wrap": True, "valign": "top"})
        self._day = _format(book, {"num_format": "yyyy-mm-dd"})
        self._moment = _format(book, {"num_format": "yyyy-mm-dd hh:mm"})
        # a text that looks like a formula stays a text, also after somebody has edited its cell
        self._quoted = _format(book, {"quote_prefix": True})

    def head(self, titles: Sequence[str]) -> None:
        """Write the first row, and keep it in sight."""
        for place, title in enumerate(titles):
            self.sheet.set_column(place, place, min(40, max(12, len(title) + 2)))
        for place, title in enumerate(titles):
            self.sheet.write_string(0, place, title[:LONGEST_TEXT], self._bold)
        self.sheet.freeze_panes(1, 0)

    def write(self, number: int, row: Sequence[Cell]) -> None:
        """Write a row; what is unknown, or no number at all, stays empty."""
        for place, cell in enumerate(row):
            match cell:
                case None:
                    continue
                case bool():
                    self.sheet.write_boolean(number, place, cell)
                case int() | float():
                    if isfinite(cell):
                        self.sheet.write_number(number, place, cell)
                case datetime():
                    local = cell.astimezone(self._zone).replace(tzinfo=None)
                    self.sheet.write_datetime(number, place, local, self._moment)
                case date():
                    self.sheet.write_datetime(number, place, cell, self._day)
                case str():
                    shape = self._quoted if cell.startswith(FORMULA) else None
                    self.sheet.write_string(number, place, cell[:LONGEST_TEXT], shape)


def _format(book: Workbook, properties: dict[str, Any]) -> Format:
    return book.add_format(properties)


def plain_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> plain_text("=cmd()"), plain_text("Nước")
    ("'=cmd()", 'Nước')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def _csv_cell(cell: Cell, zone: tzinfo) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return repr(cell) if isfinite(cell) else ""
        case datetime():
            return cell.astimezone(zone).isoformat(timespec="seconds")
        case date():
            return cell.isoformat()
        case str():
            return plain_text(cell)


def file_name(text: str) -> str:
    """Return a name that is safe on every file system and in a header.

    >>> file_name("losses Nhuộm 2/../x"), file_name("<>")
    ('losses-Nhuom-2-x', 'export')
    """
    letters = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    plain = letters.encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-")[:100] or "export"


def _sheet_name(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", text).strip()[:31] or "1"


def _attached(name: str, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{file_name(name)}.{ending}"'}
