"""Who may do what: users, their roles, and the one table that says which role may do which action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

#: a name is written into addresses, logs and audit lines: small letters, digits and . _ -
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256


class Role(StrEnum):
    """What a person does in the plant; one person may have several roles."""

    OPERATOR = "operator"
    MAINTENANCE = "maintenance"
    ENERGY_MANAGER = "energy_manager"
    ADMIN = "admin"


class Action(StrEnum):
    """Something that a person, or a program in a person's name, can ask for."""

    SEE = "see"  # every page and figure of the plant
    CHANGE_OWN_SETTINGS = "change_own_settings"  # language, password
    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    COMMENT = "comment"
    ASSIGN = "assign"
    RESOLVE = "resolve"  # say why an alert is over: fixed, normal change, meter fault, false alarm
    ORDER_WORK = "order_work"
    WORK = "work"  # take, do and close a work order
    SILENCE = "silence"  # silences and maintenance windows
    APPROVE_BASELINE = "approve_baseline"
    CORRECT_READINGS = "correct_readings"
    SEE_DATA_HEALTH = "see_data_health"  # rejects show raw messages
    EDIT_PLANT = "edit_plant"  # adopt meters, change the plant file
    MANAGE_USERS = "manage_users"


class Scope(StrEnum):
    """What an API token is good for, at most; its owner's roles narrow it further."""

    READ = "read"
    ALERTS = "alerts"
    ANALYSIS = "analysis"
    PLANT = "plant"
    USERS = "users"


_EVERYBODY = frozenset({Action.SEE, Action.CHANGE_OWN_SETTINGS})
_ON_SHIFT = _EVERYBODY | {Action.ACKNOWLEDGE, Action.SNOOZE, Action.COMMENT, Action.ORDER_WORK}
_MAINTAINS = _ON_SHIFT | {
    Action.ASSIGN,
    Action.RESOLVE,
    Action.WORK,
    Action.SILENCE,
    Action.SEE_DATA_HEALTH,
}
_ANALYSES = _MAINTAINS - {Action.WORK} | {Action.APPROVE_BASELINE, Action.CORRECT_READINGS}

#: role -> what it may do
RIGHTS: Mapping[Role, frozenset[Action]] = MappingProxyType(
    {
        Role.OPERATOR: _ON_SHIFT,
        Role.MAINTENANCE: _MAINTAINS,
        Role.ENERGY_MANAGER: _ANALYSES,
        Role.ADMIN: frozenset(Action),
    }
)

#: scope -> what a token with it may do, where its owner may
SCOPES: Mapping[Scope, frozenset[Action]] = MappingProxyType(
    {
        Scope.READ: frozenset({Action.SEE, Action.SEE_DATA_HEALTH}),
        Scope.ALERTS: frozenset(
            {
                Action.ACKNOWLEDGE,
                Action.SNOOZE,
                Action.COMMENT,
                Action.ASSIGN,
                Action.RESOLVE,
                Action.ORDER_WORK,
                Action.WORK,
                Action.SILENCE,
            }
        ),
        Scope.ANALYSIS: frozenset({Action.APPROVE_BASELINE, Action.CORRECT_READINGS}),
        Scope.PLANT: frozenset({Action.EDIT_PLANT}),
        Scope.USERS: frozenset({Action.MANAGE_USERS}),
    }
)


@dataclass(frozen=True, slots=True)
class User:
    """A person who works with the plant."""

    name: str  # what is typed to log in; see NAME
    display_name: str
    language: str  # "vi" | "en"; "" = the browser's
    roles: frozenset[Role]
    password_hash: str  # argon2id; "" = nobody can log in with a password
    channels: tuple[str, ...]  # names of [[alerts.channel]] that reach this person
    active: bool
    created_at: datetime

    @property
    def shown(self) -> str:
        """Return what other people read."""
        return self.display_name or self.name


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user at the pages (scopes None), or a program with a token of that user."""

    user: User
    scopes: frozenset[Scope] | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether something may be done, and why, in words for a log or an answer to a program."""

    allowed: bool
    reason: str


def may(caller: Caller, action: Action) -> Ruling:
    """Return whether the caller may do it, with the reason.

    >>> from datetime import UTC, datetime
    >>> roles, born = frozenset({Role.OPERATOR}), datetime(2026, 1, 1, tzinfo=UTC)
    >>> lan = User("lan", "Lan", "vi", roles, "", (), True, born)
    >>> may(Caller(lan), Action.ACKNOWLEDGE)
    Ruling(allowed=True, reason='the role operator may acknowledge')
    >>> may(Caller(lan), Action.MANAGE_USERS).reason
    'manage_users needs the role admin; lan has operator'
    """
    user = caller.user
    if not user.active:
        return Ruling(False, f"{user.name} is disabled")
    granting = [role for role in Role if role in user.roles and action in RIGHTS[role]]
    if not granting:
        needed = " or ".join(role for role in Role if action in RIGHTS[role])
        has = ", ".join(sorted(user.roles)) or "no role"
        return Ruling(False, f"{action} needs the role {needed}; {user.name} has {has}")
    if caller.scopes is not None and not any(action in SCOPES[scope] for scope in caller.scopes):
        needed = " or ".join(scope for scope in Scope if action in SCOPES[scope]) or "none: people only"
        return Ruling(False, f"{action} needs a token with the scope {needed}")
    return Ruling(True, f"the role {granting[0]} may {action}")


def name_trouble(name: str) -> str:
    """Return what is wrong with a user's name; "" if nothing is."""
    if NAME.fullmatch(name):
        return ""
    return "a name has 1 to 32 small letters without accents, digits, and . _ - after the first"


def password_trouble(password: str, name: str) -> str:
    """Return what is wrong with a new password; "" if nothing is."""
    if len(password) < SHORTEST_PASSWORD:
        return f"a password has at least {SHORTEST_PASSWORD} characters; several words are best"
    if len(password) > LONGEST_PASSWORD:
        return f"a password has at most {LONGEST_PASSWORD} characters"
    if name and password.casefold().replace(" ", "") in {name * times for times in range(1, 20)}:
        return "a password is not the name"
    if len(set(password)) < 4:
        return "a password has at least four different characters"
    return ""
