"""A message's parts before layout, and what the messages of every kind share: title, place, since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts import figures
from alerts.figures import Letterhead
from alerts.words import N_, words
from domain.baseline import Severity

#: a lock screen shows this much
TITLE_LETTERS = 60
_SHORTEST_NAMES = 12

_LEVELS = {
    Severity.CRITICAL: ("▲", N_("HIGH")),
    Severity.WARNING: ("△", N_("MEDIUM")),
    Severity.INFO: ("○", N_("LOW")),
}
#: names that the built-in resources carry in the plant file, as they stand in a sentence
_RESOURCES = {
    "electricity": N_("electricity"),
    "gas": N_("gas"),
    "steam": N_("steam"),
    "compressed_air": N_("compressed air"),
    "water": N_("water"),
    "wastewater": N_("wastewater"),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a message says, in order. `link` "" = there are no pages to link to."""

    title: str
    lines: tuple[str, ...]
    link: str = ""
    deeds: tuple[tuple[str, str], ...] = ()  # what can be done by following an address: label, address
    checks_title: str = ""
    checks: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()  # a group's or a digest's entries
    foot: str = ""


def headline(level: str, place: str, resource: str, ending: str) -> str:
    """Return one line that stands alone within the first 60 letters: long names are shortened for it.

    >>> headline("▲ HIGH", "Dye line 2", "water", " +4.1 m³/h (+46%)")
    '▲ HIGH · Dye line 2 · water +4.1 m³/h (+46%)'
    """
    fixed = len(level) + len(" · ") + len(ending) + (len(" · ") if resource else 0)
    room = max(TITLE_LETTERS - fixed, _SHORTEST_NAMES)
    what = shortened(resource, max(room // 2, room - len(place)))
    where = shortened(place, room - len(what))
    return " · ".join(part for part in (level, where, what) if part) + ending


def shortened(name: str, letters: int) -> str:
    """Return a name of at most so many letters.

    >>> shortened("Dye line 2", 10), shortened("Dye line 2", 8)
    ('Dye line 2', 'Dye lin…')
    """
    return name if len(name) <= letters else name[: letters - 1].rstrip() + "…"


def level(item: Mapping[str, Any], head: Letterhead) -> str:
    """Return how much it matters: a mark and a word."""
    mark, word = _LEVELS[Severity(item["severity"])]
    return f"{mark} {words(head.language).gettext(word)}"


def resource_name(facts: Mapping[str, Any], head: Letterhead) -> str:
    """Return the resource's name in the reader's language, unless the plant gave it a name of its own."""
    name, builtin = str(facts.get("resource_name", "")), _RESOURCES.get(str(facts.get("resource")))
    if builtin is None or name.lower().replace("_", " ") != builtin:
        return name
    return words(head.language).gettext(builtin)


def place_name(facts: Mapping[str, Any]) -> str:
    """Return the process's name, or the meter's id where no process is known."""
    return str(facts.get("process_name") or facts.get("meter") or "")


def since_words(item: Mapping[str, Any], head: Letterhead, now: datetime) -> dict[str, str]:
    """Return since when and for how long: up to what was judged, so that replayed history tells its own."""
    facts = item["facts"]
    since = since_instant(item)
    until = facts.get("judged_until")
    lasted = (datetime.fromisoformat(until) if until else now) - since
    return {
        "since": figures.moment(since, head, now),
        "lasting": figures.duration(lasted.total_seconds(), head),
    }


def since_instant(item: Mapping[str, Any]) -> datetime:
    """Return since when it holds."""
    return datetime.fromisoformat(item["facts"].get("since") or item["since"])
