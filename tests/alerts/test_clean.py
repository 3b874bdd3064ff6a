"""Text from files and devices is shown, and does nothing else."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.clean import inert, inert_facts

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "a\r\nBcc: everybody@plant.lan",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "@channel",
    "<!channel> <@U123>",
    "bell\x07 null\x00 escape\x1b[31m",
    "right\u202eto left\u2066",
    "in\u200bvisible\ufeff",
    "line\u2028paragraph\u2029",
    "[click](http://evil.example)",
    "{{ 7*7 }} {% raw %} ${x} %(cost)s %s",
    "lone \ud800 surrogate",
    "x" * 5000,
]


@given(st.one_of(st.text(), st.text(st.characters()), st.sampled_from(HOSTILE)))
@pytest.mark.fault(29)
def test_whatever_the_text_it_becomes_one_line_that_does_nothing(text: str) -> None:
    line = inert(text)
    assert len(line) <= 200
    assert len(line.splitlines()) <= 1
    assert not {unicodedata.category(letter) for letter in line} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert "<" not in line
    assert ">" not in line
    assert "://" not in line
    assert not any(
        mark == "@" and (after.isalnum() or after == "_") for mark, after in itertools.pairwise(line)
    )
    line.encode()


@pytest.mark.parametrize("text", ["=cmd()", "+1+1", "-2+3", "@SUM(A1)", "|x"])
@pytest.mark.fault(29)
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert inert(text)[0] == "'"


@pytest.mark.parametrize("name", ["Chuyền nhuộm 2", "Lò hơi số 1 (10 t/h)", "Ø 50, 3/4″", "A & B", "-12.5"])
def test_honest_names_stay_as_they_are(name: str) -> None:
    assert inert(name) == name


@given(st.one_of(st.text(), st.text("@=+-|<>:/' ab.…"), st.sampled_from(HOSTILE)))
def test_making_it_inert_twice_is_the_same_as_once(text: str) -> None:
    assert inert(inert(text)) == inert(text)


def test_facts_are_made_inert_at_any_depth_and_numbers_stay() -> None:
    facts = {"a": {"<b>": ["<i>", 1.5, None]}, "n": -4, "ok": True}
    assert inert_facts(facts) == {"a": {"‹b›": ["‹i›", 1.5, None]}, "n": -4, "ok": True}
