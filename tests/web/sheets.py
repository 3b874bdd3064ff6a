"""Reads an XLSX file as a spreadsheet would: the kind and the content of every cell."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

_NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
#: day 0 of a spreadsheet
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's times have no zone


@dataclass(frozen=True)
class Cell:
    """A cell as it is kept."""

    value: str | float | bool
    is_formula: bool
    is_quoted: bool

    @property
    def moment(self) -> datetime:
        return EPOCH + timedelta(days=float(self.value))


@dataclass(frozen=True)
class Book:
    """Sheets by name; each a list of rows, a row place -> cell."""

    sheets: dict[str, list[dict[int, Cell]]]


def read_book(content: bytes) -> Book:
    """Return what is in an XLSX file."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = [
            sheet.attrib["name"]
            for sheet in ET.fromstring(file.read("xl/workbook.xml")).iterfind("m:sheets/m:sheet", _NAMES)
        ]
        styles = ET.fromstring(file.read("xl/styles.xml")).findall("m:cellXfs/m:xf", _NAMES)
        quoted = [style.attrib.get("quotePrefix") == "1" for style in styles]
        return Book(
            {
                name: _rows(file.read(f"xl/worksheets/sheet{number}.xml"), quoted)
                for number, name in enumerate(names, 1)
            }
        )


def _rows(xml: bytes, quoted: list[bool]) -> list[dict[int, Cell]]:
    rows = ET.fromstring(xml).iterfind("m:sheetData/m:row", _NAMES)
    return [{_place(cell.attrib["r"]): _cell(cell, quoted) for cell in row} for row in rows]


def _cell(cell: ET.Element, quoted: list[bool]) -> Cell:
    is_formula = cell.find("m:f", _NAMES) is not None
    is_quoted = quoted[int(cell.attrib.get("s", 0))]
    if cell.attrib.get("t") == "inlineStr":
        text = "".join(part.text or "" for part in cell.iterfind("m:is/m:t", _NAMES))
        return Cell(text, is_formula, is_quoted)
    value = cell.findtext("m:v", "", _NAMES)
    if cell.attrib.get("t") == "b":
        return Cell(value == "1", is_formula, is_quoted)
    return Cell(float(value), is_formula, is_quoted)


def _place(name: str) -> int:
    place = 0
    for letter in re.sub(r"\d", "", name):
        place = 26 * place + ord(letter) - 64
    return place - 1
