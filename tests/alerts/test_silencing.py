"""Silences: what they match, and what is refused."""

from __future__ import annotations

import pytest

from alerts.silencing import add_silence, end_silence
from domain.errors import RefusedError
from domain.silence import Matcher, Silence, SilenceKind, parse_matcher
from tests.alerts.builders import NOW, after
from tests.alerts.memory_ledger import MemoryLedger

LABELS = {"process": "dye_line_2", "resource": "water", "kind": "hotspot", "severity": "warning"}
HOUR = (NOW, after(3600))


@pytest.mark.parametrize(
    ("text", "does_match"),
    [
        ("process=dye_line_2", True),
        ("process=dye_line", False),
        ("process=~dye_.*", True),
        ("process=~dye", False),
        ("resource!=water", False),
        ("resource!~wat|gas", True),
        (" severity =~ info|warning ", True),
        ("meter=", True),
        ("meter!=", False),
    ],
)
def test_a_matcher_means_what_alertmanagers_means(text: str, does_match: bool) -> None:
    assert parse_matcher(text).matches(LABELS) is does_match


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("process", "no matcher"),
        ("colour=red", "no label of an alert; allowed: process, resource"),
        ("process=~(", "no regular expression"),
        ("process=" + "x" * 201, "at most 200"),
    ],
)
def test_a_matcher_that_means_nothing_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_matcher(text)


def test_a_silence_is_kept_holds_half_open_and_can_be_ended() -> None:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        kept = add_silence(
            tx, SilenceKind.SILENCE, [Matcher("process", "=", "dye_line_2")], HOUR, "Lan", "thay van", NOW
        )
    assert [kept.holds(at) for at in (after(-1), NOW, after(3599), after(3600))] == [False, True, True, False]
    with ledger.begin() as tx:
        ended = end_silence(tx, kept.id, "Minh", "xong", after(60))
        assert not ended.holds(after(60))
        assert end_silence(tx, kept.id, "Lan", "", after(90)) == ended
    assert [line["what"] for line in ledger.tables.audits] == ["silence.added", "silence.ended"]


def test_a_silence_that_has_not_begun_can_be_called_off() -> None:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        later = (after(3600), after(7200))
        kept = add_silence(tx, SilenceKind.MAINTENANCE, [Matcher("meter", "=", "m1")], later, "Lan", "x", NOW)
        assert not end_silence(tx, kept.id, "Lan", "", NOW).holds(after(3700))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"matchers": []}, "says what it is about"),
        ({"comment": " "}, "who made it and"),
        ({"who": ""}, "who made it and"),
        ({"span": (after(60), after(60))}, "ends after it begins"),
        ({"span": (after(-60), after(-1))}, "after now"),
        ({"span": (NOW, after(91 * 86400))}, "at most 90 days"),
    ],
)
def test_what_a_silence_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    asked: dict[str, object] = {
        "kind": SilenceKind.SILENCE, "matchers": [Matcher("process", "=", "a")], "span": HOUR,
        "who": "Lan", "comment": "thay van", "now": NOW,
    }  # fmt: skip
    with MemoryLedger().begin() as tx, pytest.raises(RefusedError, match=message):
        add_silence(tx, **(asked | changes))  # type: ignore[arg-type]


def test_there_is_no_end_to_a_silence_that_is_not_there() -> None:
    with MemoryLedger().begin() as tx, pytest.raises(RefusedError, match="no silence 7"):
        end_silence(tx, 7, "Lan", "", NOW)


def test_a_silence_without_matchers_of_the_plant_file_means_everything() -> None:
    whole = Silence(SilenceKind.MAINTENANCE, (), *HOUR, "plant file", "", NOW)
    assert whole.matches(LABELS)
