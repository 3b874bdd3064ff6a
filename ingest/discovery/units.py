"""Which unit a value has: declared, written beside it, in its name, implied by its device, or only likely."""

from __future__ import annotations

from domain.units import UNITS, Unit
from ingest.discovery.devices import unit_of_device
from ingest.discovery.places import Place
from ingest.discovery.vocabulary import NO_METER, QUANTITIES, RESOURCES, SET_VALUES, USUAL_UNIT
from ingest.discovery.words import unit_in_key, words_of, written_unit


def why_no_meter(place: Place) -> str:
    """Return why a number is no meter's and no variable's, "" if it may be one."""
    words = words_of(str(place.steps[-1])) if place.steps else words_of(place.topic.split("/")[-1])
    words += words_of(place.label)
    words += words_of(place.declared.device_class) if place.declared else []
    if place.declared and place.declared.unit and written_unit(place.declared.unit) is None:
        return f"its unit {place.declared.unit!a} is none of ours ({place.declared.where})"
    told = place.told
    if told and written_unit(told) is None:
        return f"its unit {told[:20]!a} is none of ours"
    for word in words:
        if word in NO_METER:
            return NO_METER[word]
        if word in SET_VALUES:
            return f"set or computed, not measured ({word})"
    if "current" in words and not set(words) & {*QUANTITIES, *RESOURCES}:
        return "an electric current"
    return ""


def guess_unit(place: Place) -> tuple[Unit | None, str, bool]:
    """Return the unit, where it comes from, and whether that leaves no doubt."""
    if place.declared and (unit := written_unit(place.declared.unit)):
        return unit, place.declared.where, True
    if unit := written_unit(place.told):
        return unit, "written beside the value", True
    names = [str(step) for step in reversed(place.steps) if isinstance(step, str)]
    if place.label:
        names.insert(0, place.label)
    for name in [*names[:2], *([place.topic.split("/")[-1]] if place.bare else [])]:
        if found := unit_in_key(name):
            unit, doubt = found
            return unit, f"from the name {name[:40]}" + (f": {doubt}" if doubt else ""), not doubt
    if device := unit_of_device(place.topic, place.path):
        return device[0], f"as {device[1]} sends it", True
    return _likely_unit(place)


def _likely_unit(place: Place) -> tuple[Unit | None, str, bool]:
    levels = place.topic.split("/") if place.bare else []
    words = [*place.words, *(word for level in reversed(levels[-2:]) for word in words_of(level))]
    for word in words:
        if word in QUANTITIES:
            return UNITS[QUANTITIES[word]], f"likely for {word}, not told", False
    for word in words:
        if word in RESOURCES:
            return UNITS[USUAL_UNIT[RESOURCES[word]]], f"likely for {word}, not told", False
    return None, "not told", False
