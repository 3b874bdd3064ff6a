"""What is asked from outside about an alert: read, carried out once, refused with the reason."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from alerts.commands import Command, HookMap, carry_out, check_right, hook_command, named_by, read_command
from domain.alert import AlertState
from domain.errors import RefusedError
from domain.feedback import Verdict
from domain.ports import Ledger
from domain.user import User
from store.ledger import SqlLedger
from tests.alerts.builders import NOW, a_hotspot_condition, after, an_alert
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.test_quality import a_user

LEAK = a_hotspot_condition()


def a_ledger() -> MemoryLedger:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        tx.save_alert(replace(an_alert(LEAK, AlertState.FIRING), told={}))
    return ledger


def do(ledger: MemoryLedger, command: Command) -> None:
    with ledger.begin() as tx:
        carry_out(tx, command, after(60), "mqtt")


def payload(**changes: Any) -> bytes:
    said = {"fingerprint": LEAK.fingerprint, "action": "acknowledge", "who": "lan"}
    return json.dumps({**said, **changes}).encode()


def test_an_acknowledgement_is_kept_with_who_and_how_and_twice_is_as_good_as_once() -> None:
    ledger = a_ledger()
    for _ in range(2):
        do(ledger, read_command(payload()))
    (alert,) = ledger.tables.alerts.values()
    assert (alert.acknowledged_by, alert.acknowledged_at) == ("lan", after(60))
    ((change),) = ledger.tables.changes
    assert (change.who, change.why) == ("lan", "by mqtt")


def test_snooze_comment_and_resolve_work_as_well() -> None:
    ledger = a_ledger()
    do(ledger, read_command(payload(action="snooze")))
    do(ledger, read_command(payload(action="comment", why="valve ordered")))
    do(ledger, read_command(payload(action="resolve", verdict="fixed", why="valve changed")))
    (alert,) = ledger.tables.alerts.values()
    assert alert.snoozed_until == after(60 + 8 * 3600)
    (word,) = ledger.tables.feedback
    assert (word.verdict, word.who, word.reason) == (Verdict.FIXED, "lan", "valve changed")


@pytest.mark.parametrize(
    "text",
    [b"", b"acknowledge", b"[]", b"\xff", payload(action="delete"), payload(who=7), b"[" * 3000,
     json.dumps({"fingerprint": "f"}).encode(), payload(why="x" * 5000)],
)  # fmt: skip
def test_what_is_no_command_is_refused_with_the_reason(text: bytes) -> None:
    with pytest.raises(RefusedError):
        read_command(text)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fingerprint": "0" * 16}, "there is no alert"),
        ({"episode": 7}, "is over"),
        ({"who": " "}, "a name is needed"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(changes: dict[str, Any], reason: str) -> None:
    ledger = a_ledger()
    with pytest.raises(RefusedError, match=reason):
        do(ledger, read_command(payload(**changes)))
    assert ledger.tables.changes == []


def a_ledger_with(*users: User) -> SqlLedger:
    ledger = SqlLedger("sqlite://")
    ledger.migrate()
    with ledger.begin() as tx:
        tx.save_alert(replace(an_alert(LEAK, AlertState.FIRING), told={}))
        for user in users:
            tx.save_user(user)
    return ledger


def asked(ledger: Ledger, name: str, **changes: Any) -> None:
    command = named_by(read_command(payload(**changes)), name)
    with ledger.begin() as tx:
        check_right(tx, command)
        carry_out(tx, command, after(60), "mqtt")


def test_a_command_is_of_whom_its_topic_names() -> None:
    ledger = a_ledger_with(a_user("lan"))
    asked(ledger, "lan", who="")
    with ledger.begin() as tx:
        assert [change.who for change in tx.changes()] == ["lan"]


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("minh", {"who": "lan"}, "published as minh, but says it is of somebody else"),
        ("nobody", {"who": ""}, "there is no user 'nobody'"),
        ("gone", {"who": ""}, "gone is disabled"),
        ("lan", {"action": "resolve"}, "resolve needs the role maintenance"),
        ("<img onerror=x>", {"who": ""}, "there is no user '‹img onerror=x›'"),
    ],
)
def test_nobody_asks_in_anothers_name_or_beyond_their_rights(
    name: str, changes: dict[str, Any], reason: str
) -> None:
    ledger = a_ledger_with(a_user("lan"), a_user("minh"), a_user("gone", active=False))
    with pytest.raises(RefusedError, match=reason):
        asked(ledger, name, **changes)
    with ledger.begin() as tx:
        assert tx.changes() == []
        assert tx.alerts()[0].acknowledged_at is None


def test_hostile_names_are_inert_in_the_history() -> None:
    ledger = a_ledger()
    do(ledger, read_command(payload(who="<img onerror=x>\r\n@channel", why="=cmd()")))
    (change,) = ledger.tables.changes
    assert "<" not in change.who
    assert "\n" not in change.who
    assert change.why.startswith("'=")


@pytest.mark.parametrize(
    ("said", "shape", "action"),
    [
        ({"title": "x [wn-%s-1]", "status": "COMPLETE"}, HookMap(), "resolve"),
        ({"title": "x [wn-%s-1]", "status": "In Progress"}, HookMap(), "acknowledge"),
        ({"data": {"name": "[wn-%s-1]", "stage": ["9", "Repaired"]}},
         HookMap("data.name", "data.stage.1"), "resolve"),
        ({"key": "wn-%s-1", "state": "99"}, HookMap("key", "state", {"99": "resolve"}), "resolve"),
    ],
)  # fmt: skip
def test_a_maintenance_systems_word_becomes_ours(said: Any, shape: HookMap, action: str) -> None:
    filled = json.loads(json.dumps(said).replace("%s", LEAK.fingerprint))
    command = hook_command(filled, shape, "cmms")
    assert command is not None
    assert (command.fingerprint, command.episode, command.action) == (LEAK.fingerprint, 1, action)
    do(a_ledger(), command)


@pytest.mark.parametrize("said", [None, [], "x", 7, {"title": {"a": 1}, "status": "done"}, {"status": "done"},
                                  {"title": f"wn-{LEAK.fingerprint}-1", "status": "open"}])  # fmt: skip
def test_what_is_not_about_us_or_changes_nothing_is_no_command(said: Any) -> None:
    assert hook_command(said, HookMap(), "cmms") is None


def test_the_moment_is_the_plants() -> None:
    assert after(0) == NOW
