"""The catalogues of words: read from the .po files as they are, so a plant can correct a word in place.

A new word goes through `_` or `N_` in the code and into every .po file; tests/alerts/test_words.py names
the words that one of them lacks, has left over, or gives other placeholders.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "vi")
DOMAIN = "wastenot"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "translated later", which extractors look for
    """Return the text as it is; marks it for the catalogues."""
    return text


@cache
def words(language: str) -> GNUTranslations:
    """Return the catalogue of a language ("vi", "vi_VN" ...); English for one that there is not."""
    name = language.replace("-", "_").split("_")[0].lower()
    folder = name if name in LANGUAGES else "en"
    source = files("alerts") / "locale" / folder / "LC_MESSAGES" / f"{DOMAIN}.po"
    with source.open("rb") as lines:
        catalogue = read_po(lines, locale=folder, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)
