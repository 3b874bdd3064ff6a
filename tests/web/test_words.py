"""Every word that pages use exists in Vietnamese; what nobody uses any more is taken out."""

from __future__ import annotations

import re
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from web.language import LANGUAGES, words

ROOM = Path(str(files("web")))
#: the same in every language
NAMES = {"CO", "CV", "RMSE", "NMBE", "CSV", "XLSX", "QR", "CUSUM", "API", "MB"}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def used() -> set[str]:
    with (ROOM / "locale" / "babel.cfg").open() as lines:
        methods, options = parse_mapping_cfg(lines)
    found = extract_from_dir(ROOM, methods, options)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def catalogues() -> dict[str, Catalog]:
    files = sorted((ROOM / "locale" / "vi").glob("*.po"))
    return {file.name: read_po(BytesIO(file.read_bytes()), locale="vi", abort_invalid=True) for file in files}


def messages() -> dict[str, str]:
    found: dict[str, str] = {}
    for catalogue in catalogues().values():
        for message in catalogue:
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                found[key] = message.string if isinstance(message.string, str) else message.string[0]
    return found


def test_every_word_of_the_pages_is_in_the_catalogue_and_every_word_there_is_used() -> None:
    assert set(messages()) == used()
    assert [key for key, text in messages().items() if not text] == []


def test_no_word_is_translated_twice_in_two_ways() -> None:
    seen: dict[str, str] = {}
    for name, catalogue in catalogues().items():
        for message in catalogue:
            if message.id:
                assert seen.setdefault(str(message.id), str(message.string)) == str(message.string), name
                assert not message.fuzzy


def test_a_translation_keeps_its_placeholders_and_is_no_copy() -> None:
    for key, text in messages().items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(key)), key
    long = {key: text for key, text in messages().items() if len(key.split()) > 3}
    assert [key for key, text in long.items() if text == key or text.isascii()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_says_something(language: str) -> None:
    shown = words(language).gettext("Log in")
    assert shown == ("Đăng nhập" if language == "vi" else "Log in")


def test_no_template_holds_words_outside_the_catalogue() -> None:
    for template in (ROOM / "templates").rglob("*.html"):
        text = template.read_text()
        text = re.sub(r"{#.*?#}|{%-?\s*trans.*?endtrans\s*-?%}", "", text, flags=re.DOTALL)
        text = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", "", text, flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-zÀ-ỹ]{2,}", text)) <= NAMES, template.name


def test_no_attribute_that_is_read_aloud_holds_words_outside_the_catalogue() -> None:
    spoken = re.compile(r'(?:aria-label|title|placeholder|alt)="([^"{]*[A-Za-z][^"{]*)')
    for template in (ROOM / "templates").rglob("*.html"):
        assert spoken.findall(template.read_text()) == [], template.name
