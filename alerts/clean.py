"""Names made inert: text that came from a file or a device can be shown anywhere without doing anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

#: longer text is cut; a name that long says nothing more
LONGEST = 200
_FULL_WIDTH_AT = "＠"
_MENTION = re.compile(r"@(?=\w)")
#: what a spreadsheet takes for a formula, in half and full width
_FORMULA = tuple("=+-@|＝＋－＠")
_HARMLESS = str.maketrans({"<": "‹", ">": "›"})


def inert(text: str, longest: int = LONGEST) -> str:
    r"""Return `text` on one line, without control or invisible characters, mark-up, mentions and live links.

    >>> inert("Line 2\r\nBcc: all@plant.lan")
    'Line 2 Bcc: all＠plant.lan'
    >>> inert('<img src="x">'), inert("=cmd()"), inert("http://evil.example")
    ('‹img src="x"›', "'=cmd()", 'http: //evil.example')
    """
    line = (
        " ".join(_visible(unicodedata.normalize("NFC", text)).split())
        .translate(_HARMLESS)
        .replace("://", ": //")
    )
    line = _MENTION.sub(_FULL_WIDTH_AT, line)
    if line.startswith(_FORMULA) and not _is_number(line):
        line = "'" + line
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _visible(text: str) -> str:
    if text.isprintable():  # nearly always; several times faster
        return text
    return "".join(" " if _is_invisible(letter) else letter for letter in text)


def _is_invisible(letter: str) -> bool:
    """Return whether a letter is a control, format, surrogate, private or unassigned one, or a line break."""
    return unicodedata.category(letter)[0] == "C" or unicodedata.category(letter) in ("Zl", "Zp")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def inert_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with every text in them inert, at any depth."""
    return {inert(str(key)): _inert_value(value) for key, value in facts.items()}


def _inert_value(value: Any) -> Any:
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, Mapping):
        return inert_facts(value)
    if isinstance(value, list | tuple):
        return [_inert_value(item) for item in value]
    return value
