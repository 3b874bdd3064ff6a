"""Ids for what has none yet: from topic levels and words, in the letters that an id may have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from ingest.discovery.vocabulary import EMPTY_LEVELS, FILLERS, QUANTITIES
from ingest.discovery.words import words_of

LONGEST = 64
_ODD = re.compile(r"[^A-Za-z0-9_.:-]+")


def an_id(text: str) -> str:
    """Return the nearest id to a text; "" if no letter of it can stay.

    >>> an_id("Chuyền nhuộm 2"), an_id("_x"), an_id("水")
    ('Chuyen_nhuom_2', 'x', '')
    """
    plain = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _ODD.sub("_", plain).lstrip("_.:-")[:LONGEST].rstrip("_")


def telling_levels(topic: str) -> list[str]:
    """Return the levels of a topic that name something, the quantity at its end left out; all if none does.

    >>> telling_levels("tele/boiler/SENSOR"), telling_levels("plant/dye_line_2/water/total")
    (['boiler'], ['dye_line_2', 'water'])
    """
    levels = [level for level in topic.split("/") if an_id(level)]
    found = [level for level in levels if level.lower() not in EMPTY_LEVELS]
    while len(found) > 1 and _is_quantity(found[-1]):
        found.pop()
    return found or levels or ["unnamed"]


def _is_quantity(level: str) -> bool:
    words = words_of(level)
    return bool(words) and all(word in FILLERS or word in QUANTITIES for word in words)


def process_of(levels: list[str], known: Collection[str]) -> str:
    """Return the process that a topic's levels name: one the plant has, else the level before the last."""
    names = {one.casefold(): one for one in known}
    for level in reversed(levels):
        if an_id(level).casefold() in names:
            return names[an_id(level).casefold()]
    return an_id(levels[-2] if len(levels) > 1 else levels[-1])


def meter_id(process: str, parts: Iterable[str], taken: set[str]) -> str:
    """Return an id that nobody has, and take it: the process and what is measured there.

    >>> taken = {"dyeing.water"}
    >>> meter_id("dyeing", ["water"], taken), meter_id("dyeing", ["water"], taken)
    ('dyeing.water-2', 'dyeing.water-3')
    """
    named = [one for one in map(an_id, parts) if one]
    name = ".".join(dict.fromkeys([process, *named]))[:LONGEST].rstrip("_.:-")
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name[: LONGEST - 6]}-{number}"
    taken.add(free)
    return free
