"""Many topics of one shape -> one pattern with placeholders, if that pattern means just them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ingest.discovery.rows import Measured
from ingest.topics import check_pattern, matcher

ENOUGH = 5  # topics: fewer are easier to read as rows of their own
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")  # ingest/sources.py: it is taken as it is


class Family(NamedTuple):
    """Topics that one [[source]] reads. `ids` are what ingest will call their meters."""

    pattern: str
    members: list[Measured]
    ids: list[tuple[str, str]]  # process ("" if the pattern has none) and meter


def find_families(
    found: Sequence[Measured], others: Collection[str], taken: set[str]
) -> tuple[list[Family], list[Measured]]:
    """Return the families, and what is in none. The ids of families are added to `taken`.

    Args:
        found: candidates; only topics with a single one can be in a family.
        others: topics that a pattern must not match, because they say something else.
        taken: ids that exist.
    """
    topics: dict[str, int] = {}
    for one in found:
        topics[one.candidate.topic] = topics.get(one.candidate.topic, 0) + 1
    shapes: dict[tuple[object, ...], list[Measured]] = {}
    for one in found:
        if topics[one.candidate.topic] == 1:
            shapes.setdefault(_shape(one), []).append(one)
    families: list[Family] = []
    for members in shapes.values():
        inside = {one.candidate.topic for one in members}
        strange = {topic for topic in (*others, *topics) if topic not in inside}
        for family in _split(members, strange, taken):
            taken |= {f"{process}.{meter}" if process else meter for process, meter in family.ids}
            families.append(family)
    placed = {id(one) for family in families for one in family.members}
    return families, [one for one in found if id(one) not in placed]


def _shape(one: Measured) -> tuple[object, ...]:
    what = one.candidate
    return what.format, what.path, what.time, what.time_unit, what.seq, what.partial, what.topic.count("/")


def _split(members: list[Measured], strange: Collection[str], taken: Collection[str]) -> Iterator[Family]:
    """Yield the families of one shape: all of it, else the parts that agree in one more level."""
    if len(members) < ENOUGH:
        return
    rows = [one.candidate.topic.split("/") for one in members]
    spread = {at: len({row[at] for row in rows}) for at in range(len(rows[0]))}
    varying = [at for at, distinct in spread.items() if distinct > 1]
    family = _family(members, rows, varying, taken)
    if family is not None and not any(map(matcher(family.pattern).fullmatch, strange)):
        yield family
        return
    if len(varying) < 2:
        return
    level = min(varying, key=lambda at: spread[at])
    for name in dict.fromkeys(row[level] for row in rows):
        part = [one for one, row in zip(members, rows, strict=True) if row[level] == name]
        yield from _split(part, {*strange, *_topics(members)} - _topics(part), taken)


def _topics(members: Sequence[Measured]) -> set[str]:
    return {one.candidate.topic for one in members}


def _family(
    members: list[Measured], rows: list[list[str]], varying: list[int], taken: Collection[str]
) -> Family | None:
    """Return the family whose pattern has placeholders at the varying levels, None if that cannot be one."""
    if not 1 <= len(varying) <= 2:
        return None
    process_at, meter_at = (varying[0], varying[1]) if len(varying) == 2 else (None, varying[0])
    levels = list(rows[0])
    if any(set("{}+#") & set(level) for at, level in enumerate(levels) if at not in varying):
        return None
    levels[meter_at] = "{meter}"
    if process_at is not None:
        levels[process_at] = "{process}"
    ids = [(row[process_at] if process_at is not None else "", row[meter_at]) for row in rows]
    names = [f"{process}.{meter}" if process else meter for process, meter in ids]
    pattern = "/".join(levels)
    usable = all(_ID.fullmatch(name) for name in names) and len({*names, *taken}) == len(names) + len(taken)
    return Family(pattern, members, ids) if usable and not check_pattern(pattern) else None
