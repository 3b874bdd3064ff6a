"""Languages: which one a visitor reads, and the catalogues of words.

Every `web/locale/vi/*.po` is read, one file for each page or two: pages can be worked on side by side.
English is what stands in code and templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES: Mapping[str, str] = {"vi": "Tiếng Việt", "en": "English"}
COOKIE = "wastenot_language"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translated later", which extractors look for
    """Return the text as it is; marks it for the catalogues."""
    return text


@cache
def words(language: str) -> NullTranslations:
    """Return the catalogue of a language; one that gives English back for English."""
    if language == "en" or language not in LANGUAGES:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, _catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def own_words() -> frozenset[str]:
    """Return every text of the pages, in English: whatever else is asked for comes from a plant."""
    return frozenset(
        each
        for message in _catalogue("vi")
        for each in (message.id if isinstance(message.id, tuple | list) else (message.id,))
    )


def _catalogue(language: str) -> Catalog:
    whole = Catalog(locale=language)
    for file in sorted(
        (files("web") / "locale" / language).iterdir(), key=lambda path: path.name
    ):  # "sorted": which of two same words wins must not hang on the file system
        if file.name.endswith(".po"):
            with file.open("rb") as lines:
                for message in read_po(lines, locale=language):
                    if message.id:
                        whole[message.id] = message
    return whole


def choose(candidates: Sequence[str], accepted: str, fallback: str) -> str:
    """Return the language of a page.

    Args:
        candidates: what somebody chose, the best first; "" = nothing was chosen.
        accepted: the browser's Accept-Language header.
        fallback: the plant's.

    >>> choose(["", "xx"], "fr, vi-VN;q=0.8, en;q=0.5", "en")
    'vi'
    >>> choose(["en"], "vi", "vi"), choose([], "de;q=broken", "vi")
    ('en', 'vi')
    """
    for candidate in candidates:
        if candidate in LANGUAGES:
            return candidate
    for name in _by_preference(accepted):
        if name in LANGUAGES:
            return name
    return fallback if fallback in LANGUAGES else "en"


def _by_preference(accepted: str) -> list[str]:
    weighed: list[tuple[float, str]] = []
    for part in accepted[:500].split(","):
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight or 1), name.split("-")[0].lower()))
        except ValueError:
            continue
    return [name for weight, name in sorted(weighed, key=lambda one: -one[0]) if weight > 0]
