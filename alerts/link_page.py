"""The words of the page behind a link that acts."""

from __future__ import annotations

from collections.abc import Mapping

from alerts.words import N_, words

_PHRASES = {
    "acknowledge?": N_("Acknowledge this alert?"),
    "snooze?": N_("Snooze this alert for 8 hours?"),
    "acknowledge": N_("Acknowledge"),
    "snooze": N_("Snooze"),
    "done": N_("Done. Thank you, %(who)s."),
    "away": N_("This cannot be kept just now. Please try again in a minute."),
}


def phrases(language: str) -> Mapping[str, str]:
    """Return the page's words in a language."""
    return {name: words(language).gettext(text) for name, text in _PHRASES.items()}
