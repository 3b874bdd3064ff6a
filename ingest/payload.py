"""The payload formats: how a message's bytes become rows of raw values.

To add a format: one function from the asked paths to a reader, and one row in FORMATS.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence

from msgspec import UNSET

from ingest.json_fields import json_fields
from ingest.rows import MAX_ROWS, Extract, Row, Unreadable

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_SPECIAL = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


def number_of(text: str) -> object:
    """Return the number a text writes (NaN and infinities included), or the text itself if it is none.

    Stricter than float(): no underscores, no foreign digits, no hexadecimal.

    >>> number_of(" 12.5 "), number_of("1700000000000"), number_of("1_0"), number_of("off")
    (12.5, 1700000000000, '1_0', 'off')
    """
    text = text.strip(" \t\r\n")
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) or _SPECIAL.fullmatch(text):
        return float(text)
    return text


def number_fields(paths: Sequence[str]) -> Extract:
    """Return a reader of payloads that are one bare number; the first path is the value, others lead nowhere.

    >>> number_fields(["value"])(b"12.5")
    [(12.5,)]
    """
    nothing = (UNSET,) * (len(paths) - 1)

    def extract(payload: bytes) -> list[Row]:
        text = _text(payload).strip()
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = text[1:-1]
        if not text:
            raise Unreadable("empty")
        return [(number_of(text), *nothing)]

    return extract


def csv_fields(paths: Sequence[str]) -> Extract:
    """Return a reader of CSV payloads, one row per line; a path is a column number from 0 on or a name.

    Names need a header line in every message. Separator: the first of ; tab , found in the first line.

    >>> csv_fields(["1", "0"])(b"1700000000000,12.5")
    [(12.5, 1700000000000)]
    >>> csv_fields(["kwh"])(b"ts;kwh\\n1;2.5\\n2;2.6")
    [(2.5,), (2.6,)]
    """
    if any(not path for path in paths):
        raise ValueError("a column number from 0 on or a column name is needed")
    by_name = any(not path.isdecimal() for path in paths)

    def extract(payload: bytes) -> list[Row]:
        lines = _lines(_text(payload))
        header = [name.strip() for name in lines.pop(0)] if by_name else []
        columns = [_column(path, header) for path in paths]
        if not lines:
            raise Unreadable("a header line without data")
        return [tuple([_cell(line, column) for column in columns]) for line in lines]

    return extract


def _column(path: str, header: Sequence[str]) -> int:
    """Return the column's number, -1 for one that is not there."""
    if path in header:
        return header.index(path)
    return int(path) if path.isdecimal() else -1


def _cell(line: Sequence[str], column: int) -> object:
    return number_of(line[column]) if 0 <= column < len(line) else UNSET


def _lines(text: str) -> list[list[str]]:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise Unreadable("empty")
    if len(lines) > MAX_ROWS:
        raise Unreadable(f"more than {MAX_ROWS} lines")
    separator = next((mark for mark in ";\t" if mark in first), ",")
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error as error:
        raise Unreadable(f"not CSV: {error}") from None
    return [row for row in rows if any(cell.strip() for cell in row)]


def _text(payload: bytes) -> str:
    try:
        text = payload.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8: {error.reason}") from None
    if "\0" in text:
        raise Unreadable("holds a NUL")
    return text


def metric_fields(paths: Sequence[str]) -> Extract:
    """Return a reader for a Sparkplug metric, which refuses all: a payload says nothing without its births.

    What reads them is ingest.sparkplug; this is here so that the format has its name.
    """
    if any(not path for path in paths):
        raise ValueError("the name of a metric is needed")

    def extract(payload: bytes) -> list[Row]:
        raise Unreadable(f"{len(payload)} bytes outside the topics of an edge node")

    return extract


#: a plant file's `format` -> a function from the asked paths to a reader
FORMATS: dict[str, Callable[[Sequence[str]], Extract]] = {
    "json": json_fields,
    "number": number_fields,
    "csv": csv_fields,
    "sparkplug_b": metric_fields,
}
