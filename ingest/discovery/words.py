"""What the words of topics and payload keys say of a value: unit, resource."""

from __future__ import annotations

import re

from domain.units import UNITS, Unit
from ingest.discovery.vocabulary import DOUBTFUL, RESOURCES, SPELLINGS, WRITTEN

_WORD = re.compile(r"[NSns]?[mM][3³]|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_]+")
_UNIT_AT_END = re.compile(r".*[a-z0-9](kWh|KWh|MWh|Wh|kW|Kw|KW|M3|m3|Nm3|Kg)")


def words_of(text: str) -> list[str]:
    """Return the words of a key or a topic level, in small letters.

    >>> words_of("totalActEnergy"), words_of("line_1.kWh"), words_of("em:0 m3")
    (['total', 'act', 'energy'], ['line', '1', 'k', 'wh'], ['em', '0', 'm3'])
    """
    return [word.lower() for word in _WORD.findall(text)]


def written_unit(text: str) -> Unit | None:
    """Return the unit that a payload or a declaration writes out, None for one that is not ours.

    >>> written_unit("m³").name, written_unit("KWH").name, written_unit("mW"), written_unit("V")
    ('m³', 'kWh', None, None)
    """
    text = text.strip()
    return UNITS.get(text) or UNITS.get(WRITTEN.get(text, ""))


def unit_in_key(key: str) -> tuple[Unit, str] | None:
    """Return the unit with which a key ends, and what about it is doubtful.

    >>> [unit_in_key(key)[0].name for key in ("total_m3", "flow_m3_h", "energyKWh", "power_w", "kWh")]
    ['m3', 'm3/h', 'kWh', 'W', 'kWh']
    >>> unit_in_key("total"), unit_in_key("phase_c")
    (None, None)
    """
    parts = [part for part in re.split(r"[^\w³/]+|_", key) if part]
    if not parts:
        return None
    ends = ["/".join(parts[-2:]), "/".join([parts[-2][-2:], parts[-1]]) if len(parts) > 1 else "", parts[-1]]
    if found := _UNIT_AT_END.fullmatch(parts[-1]):
        ends.append(found[1])
    for end in ends:
        spelled = end.lower()
        if spelled in SPELLINGS:
            return UNITS[SPELLINGS[spelled]], DOUBTFUL.get(spelled, "")
    return _short_unit(parts)


def _short_unit(parts: list[str]) -> tuple[Unit, str] | None:
    """Return the unit of a single letter, where the words before it say the same: total_l, temperature_c."""
    words = {word for part in parts[:-1] for word in words_of(part)}
    end = parts[-1].lower()
    if parts[-1] in {"tC", "tF"}:
        return UNITS["degC" if end == "tc" else "degF"], ""
    if end == "l" and words & {"volume", "total", "water", "consumption", "usage"}:
        return UNITS["L"], ""
    if end == "t" and words & {"mass", "weight", "steam", "output"}:
        return UNITS["t"], ""
    if end in {"c", "f"} and words & {"temp", "temperature"}:
        return UNITS["degC" if end == "c" else "degF"], ""
    return None


def resource_in(words: list[str], own: dict[str, list[str]]) -> tuple[str, str] | None:
    """Return the resource that words name and the words that do; the last one named counts.

    Args:
        words: of the topic, then of the path.
        own: the plant's resources by their id, each as its words; they go before the common words.
    """
    for name, spelled in own.items():
        if spelled and any(words[at : at + len(spelled)] == spelled for at in range(len(words))):
            return name, " ".join(spelled)
    for word in reversed(words):
        if word in RESOURCES:
            return RESOURCES[word], word
    return None
