"""Whatever is published, the proposal is TOML that a plant file takes."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.discovery.fragment import fragment, toml_string
from tests.ingest.discovered import expected_values, heard_of, plant_of, proposed, repeated, several_dialects

ODD = st.text(st.characters(exclude_characters="+#\0", exclude_categories=("Cs",)), min_size=1, max_size=12)
NAMES = ODD | st.sampled_from(
    [
        "total_m3",
        "kwh",
        "value",
        "unit",
        "name",
        "ts",
        "power",
        'a"b',
        "a\nb",
        "a\\b",
        "{meter}",
        "]",
        "'''",
        '"""',
        "é",
        "#",
    ]
)
VALUES = (
    st.integers()
    | st.floats(allow_nan=False)
    | ODD
    | st.booleans()
    | st.none()
    | st.sampled_from(["m3", "kWh"])
)
DOCUMENTS = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, max_size=3), max_size=5)
PAYLOADS = (
    DOCUMENTS.map(lambda one: json.dumps(one).encode())
    | st.binary(max_size=40)
    | st.integers().map(lambda n: b"%d" % n)
)
TOPICS = st.lists(NAMES.filter(lambda one: not set("+#") & set(one)), min_size=1, max_size=4).map("/".join)


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_a_string_of_toml_says_what_was_put_in(text: str) -> None:
    assert tomllib.loads(f"x = {toml_string(text)}") == {"x": text}


@given(st.lists(st.tuples(TOPICS, PAYLOADS), min_size=1, max_size=12))
@settings(max_examples=150, deadline=None)
def test_any_messages_give_a_fragment_that_loads(messages: list[tuple[str, bytes]]) -> None:
    found = proposed(heard_of(*messages, *messages))
    text = fragment(found, "a test\nof [[meter]]")
    assert len(tomllib.loads(text).get("meter", [])) == sum(
        row.table == "meter" and not row.blocked for row in found.rows
    )
    plant_of(found)


@pytest.mark.parametrize(
    "topic",
    [
        'a/"quoted"',
        "a/back\\slash",
        "a/tab\there",
        "a/new\nline",
        "a/\x7f",
        "a/{meter}",
        "a/[[meter]]",
        "a/'''",
    ],
)
@pytest.mark.parametrize(
    "key", ["total_m3", 'tot"al_m3', "tot\nal_m3", "tot.al_m3", "tot]al_m3", "= 1 # _m3"]
)
def test_names_that_would_break_toml_are_escaped_or_left_out(topic: str, key: str) -> None:
    found = proposed(heard_of(*repeated(topic, *({key: n} for n in range(5)))))
    for meter in plant_of(found).meters.values():
        assert meter.rule.topic == topic
    assert found.rows or found.left_out


def test_every_guess_says_why_in_a_comment_behind_it() -> None:
    found = proposed(
        heard_of(*repeated("plant/dyeing/water", *({"ts": 0, "total_m3": n} for n in range(12))))
    )
    lines = fragment(found, "12 messages").splitlines()
    assert 'kind = "counter"                   # rose in 11 of 11 messages, never fell' in lines
    assert 'unit = "m3"                        # from the name total_m3' in lines
    assert 'every = "10s"                      # 11 intervals, median 10.0 s' in lines
    assert 'process = "dyeing"                 # check: from the topic' in lines
    assert "#   plant/dyeing/water: ts (constant)" in lines


def test_much_that_is_left_out_takes_few_lines() -> None:
    found = proposed(heard_of(*((f"x/{n}", b"Online") for n in range(2000))))
    lines = fragment(found, "a test").splitlines()
    assert "#   x/0 and 1999 more: text, no number" in lines
    assert len(lines) < 10


def test_the_dialects_give_the_expected_rows() -> None:
    found = proposed(heard_of(*several_dialects(6), every_us=0))
    rules = {(one.rule.topic, one.rule.value) for one in plant_of(found).meters.values() if one.rule.topic}
    assert rules >= set(expected_values(6))
