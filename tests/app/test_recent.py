"""Answers of a moment ago."""

from __future__ import annotations

from app.recent import Recent


def test_an_answer_is_found_once_while_it_is_fresh_and_only_a_few_are_kept() -> None:
    seconds, found = [0.0], []
    recent: Recent[str] = Recent(10.0, 2, lambda: seconds[0])

    def ask(key: str) -> str:
        return recent.get(key, lambda: found.append(key) or key.upper())

    assert [ask("a"), ask("a"), ask("b")] == ["A", "A", "B"]
    assert found == ["a", "b"]
    ask("c")
    ask("a")
    assert found == ["a", "b", "c", "a"], "the oldest made room"
    seconds[0] = 10.1
    ask("c")
    assert found[-1] == "c", "too old"


def test_what_could_not_be_found_is_asked_for_again() -> None:
    recent: Recent[int] = Recent(10.0, 2, lambda: 0.0)

    def away() -> int:
        raise OSError("away")

    for _ in range(2):
        try:
            recent.get("a", away)
        except OSError:
            continue
        raise AssertionError("it was kept")
    assert recent.get("a", lambda: 1) == 1
