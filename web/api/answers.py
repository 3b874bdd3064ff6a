"""Answers of the API: JSON, and the same list as CSV or XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from starlette.responses import Response

from web.export import Cell, Column, Table, plain_text, xlsx_file
from web.language import N_
from web.visit import Visit

ABOUT_API = {"address": N_("Address"), "plant": N_("Plant"), "zone": N_("Time zone"), "made": N_("Made at")}


def json_answer(value: object) -> Response:
    """Return a value as JSON; instants are ISO 8601 with their zone."""
    return Response(msgspec.json.encode(value), media_type="application/json")


def csv_answer(item: type[msgspec.Struct], items: Sequence[msgspec.Struct], name: str) -> Response:
    """Return a list as CSV with a header: UTF-8 with a mark, so that spreadsheets read Vietnamese."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(item.__struct_fields__)
    for one in items:
        writer.writerow([csv_cell(getattr(one, field)) for field in item.__struct_fields__])
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def csv_cell(value: Any) -> str:
    """Return a value for a spreadsheet; a text never becomes a formula, unknown is empty.

    >>> csv_cell("=cmd()"), csv_cell(-4.5), csv_cell(None), csv_cell(True), csv_cell(["a", "b"])
    ("'=cmd()", '-4.5', '', 'true', 'a b')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return csv_cell(" ".join(map(str, value)))
    return plain_text(str(value))


def xlsx_answer(
    item: type[msgspec.Struct], items: Sequence[msgspec.Struct], name: str, visit: Visit
) -> Response:
    """Return a list as a workbook; instants in the plant's time, fields under the names they have in JSON."""
    fields = item.__struct_fields__
    rows = ([sheet_cell(getattr(one, field)) for field in fields] for one in items)
    zone, url, say = visit.site.zone, visit.request.url, visit.say
    about = [
        (say(ABOUT_API["plant"]), visit.site.plant),
        (say(ABOUT_API["address"]), f"{url.path}?{url.query}" if url.query else url.path),
        (say(ABOUT_API["zone"]), str(zone)),
        (say(ABOUT_API["made"]), datetime.now(zone).isoformat(timespec="seconds")),
    ]
    return xlsx_file(Table(name, [Column(field) for field in fields], rows, about, zone), visit)


def sheet_cell(value: Any) -> Cell:
    """Return a value as a cell: numbers, truths, days and instants as they are, the rest in words."""
    if value is None or isinstance(value, str | int | float | date):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(map(str, value))
    return str(value)
