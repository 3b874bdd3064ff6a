"""What is asked from outside about an alert: by a link, an MQTT message, a maintenance system's webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from alerts.acting import acknowledge, comment, snooze
from alerts.clean import inert
from alerts.judging import give_feedback
from alerts.links import Order
from domain.alert import Alert
from domain.errors import RefusedError
from domain.feedback import Verdict
from domain.ports import LedgerTx
from domain.user import Action, Caller, may

#: how long a snooze lasts that names no time: a shift
SHIFT = timedelta(hours=8)
MAX_BYTES = 4096
_LONGEST_NAME = 64
_KEY = re.compile(r"\bwn-([0-9a-f]{16})-(\d{1,6})\b")


class Command(msgspec.Struct, frozen=True):
    """One thing to do about one alert."""

    fingerprint: str
    action: Literal["acknowledge", "snooze", "comment", "resolve"]
    who: str = ""
    why: str = ""
    episode: int | None = None
    verdict: Literal["fixed", "confirmed", "false_alarm", "normal_change"] = "fixed"


def read_command(payload: bytes) -> Command:
    """Return the command of a JSON payload: {"fingerprint", "action"}, and perhaps "who", "why", "episode".

    >>> read_command(b'{"fingerprint": "2ebb3f37", "action": "acknowledge", "who": "lan"}').action
    'acknowledge'

    Raises:
        RefusedError: with what is wrong about it.
    """
    if len(payload) > MAX_BYTES:
        raise RefusedError(f"a command has at most {MAX_BYTES} bytes, this one {len(payload)}")
    try:
        return msgspec.json.decode(payload, type=Command)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise RefusedError(f"not a command: {wrong}") from None


def named_by(command: Command, name: str) -> Command:
    """Return the command in the name under which the broker let it be published.

    Raises:
        RefusedError: it says that it comes from somebody else.
    """
    if command.who not in {"", name}:
        raise RefusedError(f"published as {inert(name, _LONGEST_NAME)}, but says it is of somebody else")
    return msgspec.structs.replace(command, who=name)


def check_right(tx: LedgerTx, command: Command) -> None:
    """Let a command pass whose name is a user's who may do this.

    Raises:
        RefusedError: there is no such user, the user is disabled, or has no role that may.
    """
    user = tx.user(command.who)
    if user is None:
        raise RefusedError(f"there is no user {inert(command.who, _LONGEST_NAME)!r}")
    ruling = may(Caller(user), Action(command.action))
    if not ruling.allowed:
        raise RefusedError(ruling.reason)


def carry_out(tx: LedgerTx, command: Command, now: datetime, through: str) -> Alert | None:
    """Return the alert after the command, None where only words about it were kept; twice is as good as once.

    Args:
        through: the way it came, for the history: "mqtt", "link", "cmms".
    Raises:
        RefusedError: it cannot be meant: no such alert, an episode that is over, nobody who says it.
    """
    who, why = inert(command.who, _LONGEST_NAME), inert(command.why) or f"by {through}"
    name, episode = command.fingerprint, command.episode
    match command.action:
        case "acknowledge":
            return acknowledge(tx, name, who, why, now, episode)
        case "snooze":
            return snooze(tx, name, now + SHIFT, who, why, now, episode)
        case "comment":
            return comment(tx, name, why, who, now, episode)
        case "resolve":
            give_feedback(tx, name, Verdict(command.verdict), why, who, now, episode)
            return None


def link_command(order: Order) -> Command:
    """Return what a link asks for."""
    action: Literal["acknowledge", "snooze"] = "acknowledge" if order.action == "acknowledge" else "snooze"
    return Command(order.fingerprint, action, order.who, "", order.episode)


@dataclass(frozen=True, slots=True)
class HookMap:
    """How a maintenance system's words become ours.

    Args:
        key: where in the payload our key stands ("wn-<fingerprint>-<episode>"), as a dotted path; what
            stands there may hold more text around it.
        status: where the status stands.
        words: status -> acknowledge, comment or resolve; any other status changes nothing.
        who: where the person's name stands; "" = the hook's own name.
    """

    key: str = "title"
    status: str = "status"
    words: Mapping[str, str] = field(default_factory=lambda: dict(COMMON_WORDS))
    who: str = ""


#: of Atlas CMMS, Odoo, MaintainX and most others, in small letters
COMMON_WORDS: Mapping[str, str] = {
    "in_progress": "acknowledge", "in progress": "acknowledge", "assigned": "acknowledge",
    "on_hold": "comment", "on hold": "comment", "cancelled": "comment", "canceled": "comment",
    "complete": "resolve", "completed": "resolve", "done": "resolve", "closed": "resolve",
    "repaired": "resolve",
}  # fmt: skip


def hook_command(payload: Any, shape: HookMap, name: str) -> Command | None:
    """Return what a maintenance system's message asks for; None where it is not about us, or changes nothing.

    >>> done = {"title": "Leak [wn-2ebb3f37ceecd725-2]", "status": "DONE"}
    >>> command = hook_command(done, HookMap(), "atlas")
    >>> command.fingerprint, command.episode, command.action, command.who
    ('2ebb3f37ceecd725', 2, 'resolve', 'atlas')
    >>> hook_command({"title": "Paint the fence", "status": "DONE"}, HookMap(), "atlas") is None
    True
    """
    found = _KEY.search(str(_at(payload, shape.key)))
    status = str(_at(payload, shape.status)).strip().lower()
    action = shape.words.get(status)
    if found is None or action is None:
        return None
    who = str(_at(payload, shape.who)) if shape.who else name
    return Command(
        fingerprint=found[1],
        action=_action(action),
        who=who or name,
        why=f"{name}: {status}",
        episode=int(found[2]),
    )


def _action(written: str) -> Literal["acknowledge", "comment", "resolve"]:
    match written:
        case "acknowledge" | "comment" | "resolve":
            return written
        case _:
            raise RefusedError(f"a hook can acknowledge, comment or resolve, not {written!r}")


def _at(payload: Any, path: str) -> Any:
    """Return what stands at a dotted path; "" where nothing does."""
    for key in path.split("."):
        if isinstance(payload, list) and key.isdigit() and int(key) < len(payload):
            payload = payload[int(key)]
        elif isinstance(payload, Mapping) and key in payload:
            payload = payload[key]
        else:
            return ""
    return payload if isinstance(payload, str | int) else ""
