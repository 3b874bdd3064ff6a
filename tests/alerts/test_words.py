"""The catalogues hold every word that is used, in both languages, and nothing else."""

from __future__ import annotations

import itertools
import re
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from alerts.checks import first_checks
from alerts.words import LANGUAGES, words
from domain.alert import AlertKind
from domain.hotspot import Cause

ROOM = Path(str(files("alerts")))
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def catalogue(language: str) -> Catalog:
    with (ROOM / "locale" / language / "LC_MESSAGES" / "wastenot.po").open("rb") as lines:
        return read_po(lines, locale=language, abort_invalid=True)


def used() -> set[str]:
    found = {str(message) for _, _, message, _, _ in extract_from_dir(ROOM, [("**.py", "python")])}
    assert len(found) > 150
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_used_is_in_the_catalogue_and_every_word_there_is_used(language: str) -> None:
    known = {str(message.id): message for message in catalogue(language) if message.id}
    assert set(known) == used()
    assert [key for key, message in known.items() if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_keeps_its_placeholders(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            wanted, kept = (sorted(PLACEHOLDER.findall(str(text))) for text in (message.id, message.string))
            assert kept == wanted, message.id


def test_english_says_what_the_code_says_and_vietnamese_something_else() -> None:
    assert all(message.string == message.id for message in catalogue("en") if message.id)
    assert [message.id for message in catalogue("vi") if message.id and message.string == message.id] == []


def test_vietnamese_is_written_with_its_diacritics() -> None:
    plain = [
        message.string
        for message in catalogue("vi")
        if message.id and len(str(message.string).split()) > 3 and str(message.string).isascii()
    ]
    assert plain == []


def test_no_template_holds_words_of_its_own() -> None:
    for template in (ROOM / "templates").iterdir():
        text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>|[·\s.*:]", "", template.read_text())
        assert text == "", template.name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("resource", ["electricity", "gas", "steam", "compressed_air", "water", "wastewater"])
def test_every_cause_and_resource_has_three_checks_of_its_own(language: str, resource: str) -> None:
    translate = words(language).gettext
    for cause in Cause:
        kind = "water" if "water" in resource else "energy"
        facts = {"resource": resource, "resource_kind": kind, "cause": str(cause)}
        steps = [translate(step) for step in first_checks(AlertKind.HOTSPOT, facts)]
        assert len(set(steps)) == 3


def test_what_to_check_depends_on_cause_and_resource() -> None:
    causes = [Cause.BASE_LOAD_UP, Cause.OUT_OF_HOURS, Cause.PROPORTIONAL, Cause.ONE_SHIFT, Cause.SLOW_RISE]
    places = [("electricity", "energy"), ("gas", "energy"), ("steam", "energy"), ("compressed_air", "energy"),
              ("water", "water"), ("caustic", "material")]  # fmt: skip
    tables = [
        first_checks(AlertKind.HOTSPOT, {"resource": name, "resource_kind": kind, "cause": str(cause)})
        for (name, kind), cause in itertools.product(places, causes)
    ]
    assert len(set(tables)) == len(tables)


@pytest.mark.parametrize(
    "facts",
    [
        {"resource": "chilled_water", "resource_kind": "energy", "cause": "base_load_up"},
        {"resource": "", "resource_kind": "", "cause": "one_shift"},
        {"resource": "water", "resource_kind": "water", "cause": "a cause of next year"},
        {},
    ],
)
def test_a_resource_or_cause_that_is_not_in_the_table_still_gets_three_checks(facts: dict[str, str]) -> None:
    assert len(first_checks(AlertKind.HOTSPOT, facts)) == 3


def test_an_unknown_language_speaks_english_and_a_region_its_language() -> None:
    assert words("xx").gettext("water") == "water"
    assert words("vi-VN").gettext("water") == "nước"
    assert words("vi") is words("vi")
