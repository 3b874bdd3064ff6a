"""Words for a person who mistyped a name: what was probably meant, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

SHOWN_MAX = 16  # a longer list of allowed names is not read by anybody


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return "did you mean ...?" for the nearest options, or "" when nothing is near.

    >>> did_you_mean("kwh", ["kWh", "MWh"])
    'did you mean "kWh"?'
    >>> did_you_mean("zzz", ["kWh"])
    ''
    """
    return _nearest(word[:64], tuple(options))


@lru_cache(maxsize=512)  # one name mistyped in a thousand rows is looked up once
def _nearest(word: str, options: tuple[str, ...]) -> str:
    by_lower = {option.lower(): option for option in options}
    if word.lower() in by_lower:
        return f'did you mean "{by_lower[word.lower()]}"?'
    near = get_close_matches(word.lower(), list(by_lower), n=3, cutoff=0.6)
    quoted = " or ".join(f'"{by_lower[name]}"' for name in near)
    return f"did you mean {quoted}?" if near else ""


def one_of(options: Iterable[str], none: str = "none") -> str:
    """Return the allowed names as a list a person reads, shortened when it is long.

    >>> one_of(["json", "csv"])
    'json, csv'
    """
    names = list(options)
    more = f", ... ({len(names)} in all)" if len(names) > SHOWN_MAX else ""
    return (", ".join(names[:SHOWN_MAX]) + more) or none


def unknown(what: str, word: str, options: Iterable[str], none: str = "none") -> str:
    """Return the message for a name that is not among the options.

    >>> unknown("format", "jsn", ["json", "csv"])
    'unknown format; did you mean "json"? allowed: json, csv'
    """
    names = list(options)
    hint = did_you_mean(word, names)
    return f"unknown {what}; {hint + ' ' if hint else ''}allowed: {one_of(names, none)}"
