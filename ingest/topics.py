"""MQTT topic filters and patterns: matching, and the filters to subscribe to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_PLACEHOLDER = re.compile(r"\{(\w+)(\.\.\.)?\}")


def check_filter(topic: str) -> str:
    """Return what is wrong with a topic filter, "" if nothing is (MQTT 3.1.1, 4.7).

    >>> check_filter("plant/+/water"), check_filter("plant/#/water")
    ('', '# must be the last level')
    """
    levels = topic.split("/")
    if not topic or len(topic.encode()) > 65535 or "\0" in topic:
        return "a topic has 1 to 65535 bytes and no NUL"
    if "#" in levels[:-1]:
        return "# must be the last level"
    if any(len(level) > 1 and ("+" in level or "#" in level) for level in levels):
        return "+ and # stand for whole levels"
    return ""


def check_pattern(pattern: str) -> str:
    """Return what is wrong with a [[source]] pattern, "" if nothing is.

    >>> check_pattern("plant/{process}/{meter}"), check_pattern("plant/m_{meter}")
    ('', 'a placeholder stands for a whole level: plant/{process}/{meter}')
    """
    names = placeholders(pattern)
    if len(set(names)) < len(names):
        return "a placeholder stands in it twice"
    levels = pattern.split("/")
    if any("{" in level and not _PLACEHOLDER.fullmatch(level) for level in levels):
        return "a placeholder stands for a whole level: plant/{process}/{meter}"
    if any("..." in level for level in levels[:-1]):
        return "{name...} must be the last level"
    return check_filter(subscription(pattern))


def placeholders(pattern: str) -> list[str]:
    """Return the names of a pattern's or template's placeholders.

    >>> placeholders("{process}/x/{meter...}")
    ['process', 'meter']
    """
    return [name for name, _ in _PLACEHOLDER.findall(pattern)]


def filled(template: str, words: Mapping[str, str]) -> str:
    """Return a template with its placeholders replaced.

    >>> filled("{meter}.{value}", {"meter": "pump", "value": "power"})
    'pump.power'
    """
    return _PLACEHOLDER.sub(lambda found: words[found[1]], template)


def subscription(pattern: str) -> str:
    """Return the filter that gets a pattern's topics.

    >>> subscription("plant/{process}/{meter...}")
    'plant/+/#'
    """
    return _PLACEHOLDER.sub(lambda found: "#" if found[2] else "+", pattern)


def matcher(pattern: str) -> re.Pattern[str]:
    """Return an expression whose fullmatch says whether a topic fits, with a group per placeholder."""
    if pattern.endswith("/#"):
        return re.compile(_levels(pattern[:-2]) + "(?:/.*)?", re.DOTALL)
    return re.compile(_levels(pattern), re.DOTALL)


def _levels(pattern: str) -> str:
    return "/".join(_level(level) for level in pattern.split("/"))


def _level(level: str) -> str:
    if found := _PLACEHOLDER.fullmatch(level):
        return f"(?P<{found[1]}>{'.+' if found[2] else '[^/]+'})"
    return {"+": "[^/]*", "#": ".*"}.get(level, re.escape(level))


def covers(wide: str, narrow: str) -> bool:
    """Return whether every topic that `narrow` gets is also got by `wide`; both are filters.

    >>> covers("a/#", "a/+/c"), covers("a/+", "a/#"), covers("a/#", "a")
    (True, False, True)
    """
    ours, theirs = wide.split("/"), narrow.split("/")
    if ours[0] in {"+", "#"} and theirs[0].startswith("$"):
        return False
    for index, level in enumerate(ours):
        if level == "#":
            return True
        if index >= len(theirs) or theirs[index] == "#" or level not in {"+", theirs[index]}:
            return False
    return len(ours) == len(theirs)


def without_covered(filters: Iterable[str]) -> list[str]:
    """Return the filters without those another one covers: some brokers deliver once per matching filter."""
    distinct = list(dict.fromkeys(filters))
    wide = [one for one in distinct if "+" in one or "#" in one]
    return [one for one in distinct if not any(other != one and covers(other, one) for other in wide)]
