"""MQTT topics, filters and the patterns of a [[source]]: which are well formed, which meet."""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST_BYTES = 65535  # MQTT 3.1.1, 1.5.3: a UTF-8 string's length has two bytes
_PLACEHOLDER = re.compile(r"\{(\w+)(\.\.\.)?\}", re.ASCII)


def parse_filter(written: str) -> str:
    """Return a topic or filter that a broker accepts.

    Raises:
        ValueError: it is empty, too long, has a control character or a misplaced "+" or "#", or shares
            a subscription ("$share"), which would break the order of one meter's readings.
    """
    if not written or len(written.encode()) > LONGEST_BYTES:
        raise ValueError("a topic has at least one character and at most 65535 bytes")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in written):
        raise ValueError("a topic has no control characters")
    levels = written.split("/")
    if levels[0] == "$share":
        raise ValueError("$share breaks the order of one meter's readings: write the topic alone")
    if any("#" in level for level in levels[:-1]) or ("#" in levels[-1] and levels[-1] != "#"):
        raise ValueError('"#" stands alone, as the last level: "plant/#"')
    if any("+" in level and level != "+" for level in levels):
        raise ValueError('"+" stands alone in its level: "plant/+/water"')
    return written


def parse_topic_name(written: str) -> str:
    """Return a topic that can be published to: a filter without wildcards."""
    if "+" in written or "#" in written:
        raise ValueError('a topic to publish to has no "+" or "#"')
    return parse_filter(written)


def parse_pattern(written: str) -> str:
    """Return a source's pattern: a filter in which whole levels may be placeholders such as {meter}.

    {meter...} as the last level takes all levels that are left; so may any other.
    """
    names = placeholders(written)
    levels = written.split("/")
    if any(("{" in level or "}" in level) and not _PLACEHOLDER.fullmatch(level) for level in levels):
        raise ValueError(
            'a placeholder is one word that stands alone in its level: "plant/{process}/{meter}"'
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"{{{twice[0]}}} stands in it twice")
    if any(rest for _, rest in _PLACEHOLDER.findall("/".join(levels[:-1]))):
        raise ValueError("{name...} takes all that is left: it stands last")
    parse_filter(pattern_filter(written))
    return written


def placeholders(pattern: str) -> list[str]:
    """Return the names of the placeholders of a pattern or template.

    >>> placeholders("plant/{process}/{meter...}")
    ['process', 'meter']
    """
    return [name for name, _ in _PLACEHOLDER.findall(pattern)]


def fill(template: str, words: Callable[[str], str]) -> str:
    """Return a pattern or template with the placeholders replaced by what a function makes of their names.

    >>> fill("{meter}.{value}", str.upper)
    'METER.VALUE'
    """
    return _PLACEHOLDER.sub(lambda found: words(found[1]), template)


def pattern_filter(pattern: str) -> str:
    """Return the MQTT filter of a source's pattern.

    >>> pattern_filter("plant/{process}/{meter}"), pattern_filter("zigbee2mqtt/{meter...}")
    ('plant/+/+', 'zigbee2mqtt/#')
    """
    return _PLACEHOLDER.sub(lambda found: "#" if found[2] else "+", pattern)


def has_wildcard(topic: str) -> bool:
    """Return whether a topic is a filter that may match several topics."""
    return any(level in {"+", "#"} for level in topic.split("/"))


def filters_meet(one: str, other: str) -> bool:
    """Return whether some topic matches both filters.

    >>> filters_meet("plant/+/water", "plant/dyeing/#"), filters_meet("plant/a", "plant/b")
    (True, False)
    """
    ours, theirs = one.split("/"), other.split("/")
    for mine, yours in zip(ours, theirs, strict=False):
        if "#" in {mine, yours}:
            return True
        if mine != yours and "+" not in {mine, yours}:
            return False
    longer = ours if len(ours) > len(theirs) else theirs
    rest = longer[min(len(ours), len(theirs)) :]
    return not rest or rest == ["#"]  # "a/#" also matches "a" itself (MQTT 3.1.1, 4.7.1.2)
