"""Which lines of a batch are refused, found with few requests and never by throwing a good one away."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import StoreError
from store.influx_refusals import (
    MOST_UNEXPLAINED,
    Refusal,
    find_refused,
    refusal,
    server_words,
    world_trouble,
)

Post = Callable[[Sequence[str]], Refusal | None]


class Engine:
    """Keeps lines as a database does; `stores_rest`: whether a refused batch's good lines are kept (1.x)."""

    def __init__(self, bad: set[str], *, stores_rest: bool) -> None:
        self.bad, self.stores_rest = bad, stores_rest
        self.kept: set[str] = set()
        self.requests = 0

    def post(self, lines: Sequence[str]) -> Refusal | None:
        self.requests += 1
        found = [line for line in lines if line in self.bad]
        if not found or self.stores_rest:
            self.kept |= {*lines} - self.bad
        if not found:
            return None
        dropped = len(found) if self.stores_rest else None
        return Refusal(f"partial write: {found[0]}", about_lines=True, dropped=dropped)


@pytest.mark.parametrize("stores_rest", [True, False])
@pytest.mark.parametrize("bad", [0, 1, 2_499, 2_500, 4_999])
@pytest.mark.fault(18)
def test_one_bad_line_among_5000_costs_at_most_26_more_requests(bad: int, stores_rest: bool) -> None:
    lines = [f"line {number}" for number in range(5_000)]
    engine = Engine({lines[bad]}, stores_rest=stores_rest)
    assert find_refused(lines, engine.post) == [(bad, f"partial write: line {bad}")]
    assert engine.kept == {*lines} - {lines[bad]}
    assert engine.requests - 1 <= 2 * ceil(log2(5_000)) == 26


@settings(deadline=None)
@given(st.integers(1, 200), st.sets(st.integers(0, 199)), st.booleans())
def test_exactly_the_bad_lines_are_refused_and_all_others_kept(
    count: int, bad: set[int], stores_rest: bool
) -> None:
    lines = [f"line {number}" for number in range(count)]
    bad = {number for number in bad if number < count}
    engine = Engine({lines[number] for number in bad}, stores_rest=stores_rest)
    refused = find_refused(lines, engine.post)
    assert {index for index, _ in refused} == bad
    assert len(refused) == len(bad)
    assert engine.kept == {line for number, line in enumerate(lines) if number not in bad}
    assert engine.requests <= 1 + 2 * len(bad) * (ceil(log2(count)) if count > 1 else 0)


def test_a_batch_that_is_dropped_whole_costs_one_request() -> None:
    lines = [f"line {number}" for number in range(5_000)]
    engine = Engine({*lines}, stores_rest=True)
    assert len(find_refused(lines, engine.post)) == 5_000
    assert engine.requests == 1


@pytest.mark.parametrize("count", [1, 2, 5_000])
def test_a_server_that_refuses_everything_without_a_word_about_lines_gets_no_reading_dropped(
    count: int,
) -> None:
    requests = 0

    def post(_lines: Sequence[str]) -> Refusal:
        nonlocal requests
        requests += 1
        return Refusal("database is required", about_lines=False, dropped=None)

    with pytest.raises(StoreError, match="database is required") as caught:
        find_refused(["line"] * count, post)
    assert not caught.value.retryable
    assert requests <= MOST_UNEXPLAINED


def test_an_unexplained_refusal_is_believed_when_other_lines_are_taken() -> None:
    def post(lines: Sequence[str]) -> Refusal | None:
        return Refusal("HTTP 400", about_lines=False, dropped=None) if "bad" in lines else None

    assert find_refused(["good"] * 99 + ["bad"], post) == [(99, "HTTP 400")]


def test_trouble_on_the_way_ends_the_search() -> None:
    def post(lines: Sequence[str]) -> Refusal | None:
        if len(lines) < 10:
            raise StoreError("gone")
        return Refusal("partial write", about_lines=True, dropped=1)

    with pytest.raises(StoreError, match="gone"):
        find_refused(["line"] * 100, post)


RETENTION = "partial write: points beyond retention policy dropped=1"
CONFLICT = (
    "partial write: field type conflict: input field is type float, already exists as type string dropped=2"
)
V2, V2_0 = "failure writing points to database: ", "unexpected error writing points to database: "
V3_LINE = {"original_line": "reading,meter=a", "line_number": 2, "error_message": "invalid column type"}


@pytest.mark.parametrize(
    ("status", "body", "about_lines", "dropped"),
    [
        (400, {"error": RETENTION}, True, 1),  # 1.6.7, recorded
        (400, {"error": CONFLICT}, True, 2),  # 1.6.7, recorded
        (400, {"error": "unable to parse 'reading,meter=a value=': missing field value"}, True, None),
        (400, {"code": "invalid", "message": "unable to parse 'x': missing fields"}, True, None),  # 2.7
        (422, {"code": "unprocessable entity", "message": V2 + RETENTION}, True, 1),  # 2.7
        (500, {"code": "internal error", "message": V2_0 + RETENTION}, True, 1),  # 2.0
        (400, {"error": "partial write of line protocol occurred", "data": [V3_LINE]}, True, None),  # 3
        (413, "<html>Request Entity Too Large</html>", False, None),
        (400, {"error": "database is required"}, False, None),
    ],
)
def test_a_refusal_about_lines_is_recognised(
    status: int, body: object, about_lines: bool, dropped: int | None
) -> None:
    found = refusal(status, json.dumps(body))
    assert found is not None
    assert (found.about_lines, found.dropped) == (about_lines, dropped)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, "error\nunable to parse authentication credentials\n"),  # 1.6.7 with a token, recorded
        (401, '{"code":"unauthorized","message":"unauthorized access"}'),
        (403, '{"error":"\\"reader\\" user is not authorized to write to database \\"db\\""}'),
        (404, '{"error":"database not found: \\"nowhere\\""}'),
        (429, '{"code":"too many requests","message":"partial write"}'),
        (500, '{"error":"timeout"}'),
        (503, "no healthy upstream"),
        (302, "moved"),
    ],
)
def test_trouble_that_is_not_about_lines_is_never_taken_for_it(status: int, body: str) -> None:
    assert refusal(status, body) is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302, 408, 429, 500, 502, 503, 504])
def test_waiting_helps_against_some_troubles_only(status: int) -> None:
    error = world_trouble(status, '{"error":"why"}', {}, "http://db")
    assert error.retryable is (status >= 408)
    assert error.retry_after_s is None
    assert "why" in str(error)


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    assert world_trouble(429, "", {"Retry-After": "17"}, "http://db").retry_after_s == 17.0
    past = world_trouble(503, "", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, "http://db")
    assert past.retry_after_s == 0.0
    future = world_trouble(503, "", {"Retry-After": "Wed, 21 Oct 2199 07:28:00 GMT"}, "http://db")
    assert future.retry_after_s is not None
    assert future.retry_after_s > 1e9
    assert world_trouble(503, "", {"Retry-After": "soon"}, "http://db").retry_after_s is None
    assert world_trouble(401, "", {"Retry-After": "17"}, "http://db").retry_after_s is None


@pytest.mark.parametrize(
    "body", ["", "[]", "null", '{"data":[1]}', '{"error":{"deep":1}}', "[" * 100_000, "\x00"]
)
def test_any_answer_has_some_words(body: str) -> None:
    assert len(server_words(body)) <= 300
