"""Why the product itself took a step with an alert, for people; alerts.machine gives the reasons."""

from __future__ import annotations

import re

from web.language import N_
from web.visit import Visit

#: a step of the product itself is by one of its parts
OWN = "alerts."
_SPAN = r"(?P<span>[\d.]+(?:e\+\d+)?) s"
_REASONS = (
    (re.compile(r"holds"), N_("it holds")),
    (
        re.compile(f"holds; fires when it has held for {_SPAN}"),
        N_("it is raised when it has held for %(span)s"),
    ),
    (re.compile(f"has held for {_SPAN}"), N_("it has held for %(span)s")),
    (re.compile(f"has been gone for {_SPAN}"), N_("it has been gone for %(span)s")),
    (
        re.compile(f"gone; resolves when it has been gone for {_SPAN}"),
        N_("it is gone; over when it has been gone for %(span)s"),
    ),
    (re.compile(f"not acknowledged for {_SPAN}"), N_("nobody has acknowledged it for %(span)s")),
    (re.compile(r"came back before it was resolved"), N_("it came back before it was over")),
)


def reason(visit: Visit, who: str, why: str) -> str:
    """Return why a step was taken: a person's words as they are, ours in the reader's language."""
    if not who.startswith(OWN):
        return why
    for pattern, words in _REASONS:
        found = pattern.fullmatch(why)
        if found is not None:
            spans = {name: visit.figures.duration(float(text)) for name, text in found.groupdict().items()}
            return visit.say(words) % spans if spans else visit.say(words)
    return why


def actor(who: str) -> str:
    """Return who took a step: a person, or the product by its name."""
    return "Wastenot" if who.startswith(OWN) else who
