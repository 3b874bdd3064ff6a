"""What a candidate measures; and which candidates measure the same thing again, to be counted once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from domain.meter import MeterKind
from domain.units import ENERGY, MASS, VOLUME, amount_unit
from ingest.discovery.candidates import Candidate, LeftOut
from ingest.discovery.rows import Measured
from ingest.discovery.vocabulary import FILLERS, PARTIAL, PHASES, QUANTITIES, SPELLINGS
from ingest.discovery.words import resource_in, words_of

#: resource -> the canonical units in which it may be counted; heat is the one that is not built in
FITS = {
    "electricity": ("kWh",),
    "gas": ("kWh", "m3"),
    "steam": ("kg", "kWh"),
    "compressed_air": ("m3", "kWh"),
    "water": ("m3",),
    "wastewater": ("m3",),
    "heat": ("kWh",),
}
_USUAL = {"kWh": "electricity", "m3": "water"}
_UNIT_WORDS = {word for spelled in SPELLINGS for word in words_of(spelled) if not word.isdecimal()} | {
    "k",
    "m",
    "h",
    "min",
}
_VARIABLES = {"degC", "pcs"}
_PART = re.compile(r"[^a-z0-9]+")


def measured(candidate: Candidate, own: Mapping[str, str]) -> Measured:
    """Return what a candidate measures.

    Args:
        candidate: of one topic.
        own: the plant's resources -> their canonical unit.
    """
    topic_words = [word for level in candidate.topic.split("/") for word in words_of(level)]
    words = [*topic_words, *candidate.words]
    resource, why, blocked = _resource(candidate, words, own)
    phase = next((part for part in _PART.split(candidate.path.lower()) if part in PHASES), "")
    inside = [word for word in candidate.words if word not in _IDLE and word not in words_of(phase)]
    partial = next((PARTIAL[word] for word in [*candidate.words, *topic_words[-2:]] if word in PARTIAL), "")
    plain = [word for word in inside if word not in PARTIAL]
    around = [level for level in candidate.topic.split("/") if not _is_idle(level)]
    return Measured(
        candidate, resource, why, (*around, *plain), phase, partial, "_".join(dict.fromkeys(plain)), blocked
    )


def _is_idle(level: str) -> bool:
    """Return whether a topic level says what is counted, and not where."""
    return all(word in _IDLE or word in PARTIAL for word in words_of(level))


_IDLE = FILLERS | set(QUANTITIES) | _UNIT_WORDS


def _resource(candidate: Candidate, words: list[str], own: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the resource, why, and why the row cannot be used without a person."""
    if candidate.unit is None:
        return "", "", "its unit is not known"
    amount = amount_unit(candidate.unit)
    if amount not in {"kWh", "m3", "kg"}:
        return "", "", "" if amount in _VARIABLES else f"{candidate.unit.name} measures no resource"
    spelled = {name: words_of(name) for name in own if name not in FITS}
    if named := resource_in(words, spelled):
        name, word = named
        if amount in ((own[name],) if name in own and name not in FITS else FITS.get(name, ())):
            return name, f"from the word {word} and the unit", ""
    usual = "compressed_air" if candidate.unit.basis else _USUAL.get(amount)
    if usual is None:
        return "", "", f"{amount} of what? No word tells the resource"
    return usual, f"likely for {candidate.unit.name}", ""


def without_known(
    found: Iterable[Measured], known: Iterable[Measured]
) -> tuple[list[Measured], list[LeftOut]]:
    """Return candidates that measure nothing that topics of the plant measure already; and the others."""
    topics = {(one.resource, one.subject): one.candidate.topic for one in known if one.resource}
    kept: list[Measured] = []
    left: list[LeftOut] = []
    for one in found:
        topic = topics.get((one.resource, one.subject))
        if topic is None:
            kept.append(one)
        else:
            left.append(one.candidate.left_out(f"the same again as {topic}, which is read: counted once"))
    return kept, left


def without_twins(found: Iterable[Measured]) -> tuple[list[Measured], list[LeftOut]]:
    """Return candidates of which none counts what another one counts already; and those left out for it.

    Of a register and the rate of the same thing the register stays, of a total and its parts the total.
    """
    found = list(found)
    kept = [one for one in found if not one.resource]
    left: list[LeftOut] = []
    wholes: dict[tuple[str, str], tuple[str, ...]] = {}  # topic, resource -> the subject of its total
    for one in found:
        if not one.partial:
            wholes.setdefault((one.candidate.topic, one.resource), one.subject)
    groups: dict[tuple[str, tuple[str, ...]], list[Measured]] = {}
    for one in found:
        if one.resource:
            whole = wholes.get((one.candidate.topic, one.resource)) if one.partial else None
            groups.setdefault((one.resource, whole or one.subject), []).append(one)
    for group in groups.values():
        stays, goes = _sorted_out(group)
        kept += stays
        left += goes
    return kept, left


def _sorted_out(group: list[Measured]) -> tuple[list[Measured], list[LeftOut]]:
    best = min(group, key=_rank)
    phased = [one for one in group if one.phase] if best.phase else []
    phases = dict.fromkeys(one.phase for one in phased if one.phase != best.phase)
    stays = [best, *(min((one for one in phased if one.phase == phase), key=_rank) for phase in phases)]
    goes = [one.candidate.left_out(_why_twin(one, best)) for one in group if one not in stays]
    if best.partial == "what is given back":
        return [], [best.candidate.left_out(f"counts {best.partial}"), *goes]
    return stays, goes


def _why_twin(one: Measured, best: Measured) -> str:
    place = best.candidate.path if one.candidate.topic == best.candidate.topic else best.candidate.topic
    what = f"{one.partial} of" if one.partial else "one phase of" if one.phase else "the same again as"
    return f"{what} {place}: counted once"


def _rank(one: Measured) -> tuple[bool, bool, bool, bool, bool, int]:
    """Return how far a candidate is from the register of the whole."""
    counts = one.candidate.unit is not None and one.candidate.unit.dimension in {ENERGY, VOLUME, MASS}
    return (
        one.partial == "what is given back",
        bool(one.partial),
        bool(one.phase),
        not counts,
        one.candidate.kind.text != MeterKind.COUNTER,
        len(one.candidate.path),
    )
