"""Answers of the API: JSON, and the same list as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

#: what spreadsheets take for the beginning of a formula
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
