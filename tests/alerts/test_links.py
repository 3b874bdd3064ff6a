"""A link does one thing, for one person, on one alert, for a time; nothing else passes for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.links import make_token, read_token
from domain.errors import RefusedError
from tests.alerts.builders import NOW

TOKEN = make_token("s3cret", "2ebb3f37ceecd725", 2, "acknowledge", "lan", NOW + timedelta(days=3))


def test_a_token_says_what_it_was_made_for() -> None:
    order = read_token("s3cret", TOKEN, NOW)
    assert (order.fingerprint, order.episode, order.action, order.who) == (
        "2ebb3f37ceecd725", 2, "acknowledge", "lan",
    )  # fmt: skip
    assert TOKEN.isascii()
    assert len(TOKEN) < 200
    assert set(TOKEN) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


def test_it_is_over_when_its_time_is_over() -> None:
    read_token("s3cret", TOKEN, NOW + timedelta(days=3))
    with pytest.raises(RefusedError, match="was valid until 2026-11-25"):
        read_token("s3cret", TOKEN, NOW + timedelta(days=3, seconds=1))


@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_a_changed_letter_makes_it_nothing(place: int, letter: str) -> None:
    forged = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if forged != TOKEN:
        with pytest.raises(RefusedError):
            read_token("s3cret", forged, NOW)


@given(st.one_of(st.text(), st.sampled_from(["", ".", "a.b", TOKEN[:-1], TOKEN + "=", TOKEN * 10, "é.é"])))
def test_whatever_else_stands_there_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        read_token("s3cret", text, NOW)


def test_another_secret_or_none_makes_no_link_work_and_only_known_actions_have_links() -> None:
    for secret in ("other", ""):
        with pytest.raises(RefusedError):
            read_token(secret, TOKEN, NOW)
    with pytest.raises(RefusedError, match="allowed: acknowledge, snooze"):
        make_token("s3cret", "f", 1, "resolve", "lan", NOW)
