"""`wastenot user ...`: accounts from the command line of whoever runs the machine.

A password is never an argument: other users of the machine could read it in the list of processes.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from app.accounts import AccountError, Accounts
from app.clock import WallClock
from app.passwords import Passwords
from app.wiring import open_ledger
from config.durations import parse_duration
from config.settings import load_settings
from domain.credential import ApiToken
from domain.user import LONGEST_PASSWORD, Role, Scope, User


def run_list(settings_file: Path | None, *, as_json: bool) -> int:
    """Show everybody; return 0."""
    with _accounts(settings_file) as accounts:
        rows = [_user_row(user) for user in accounts.users()]
    _show(rows, as_json=as_json, empty="There are no users yet: wastenot user add NAME --role admin")
    return 0


def run_add(
    settings_file: Path | None, name: str, roles: Collection[Role], *, display_name: str, language: str,
    channels: Sequence[str], no_password: bool, as_json: bool,
) -> int:  # fmt: skip
    """Add a user; return 0, or 1 when that is not possible."""

    def add(accounts: Accounts) -> dict[str, Any]:
        password = "" if no_password else _password(name)
        made = accounts.add(
            name, password, roles, by=_who(), display_name=display_name, language=language, channels=channels
        )
        return _user_row(made)

    return _change(settings_file, add, as_json=as_json)


def run_passwd(settings_file: Path | None, name: str, *, as_json: bool) -> int:
    """Set a password; return 0, or 1 when that is not possible."""

    def change(accounts: Accounts) -> dict[str, Any]:
        accounts.set_password(name, _password(name), by=_who())
        return _row_of(accounts, name)

    return _change(settings_file, change, as_json=as_json)


def run_active(settings_file: Path | None, name: str, *, active: bool, as_json: bool) -> int:
    """Disable or enable a user; return 0, or 1 when that is not possible."""

    def change(accounts: Accounts) -> dict[str, Any]:
        accounts.set_active(name, active=active, by=_who())
        return _row_of(accounts, name)

    return _change(settings_file, change, as_json=as_json)


def run_role(settings_file: Path | None, name: str, roles: Collection[Role], *, as_json: bool) -> int:
    """Replace a user's roles; return 0, or 1 when that is not possible."""

    def change(accounts: Accounts) -> dict[str, Any]:
        accounts.set_roles(name, roles, by=_who())
        return _row_of(accounts, name)

    return _change(settings_file, change, as_json=as_json)


def run_add_token(
    settings_file: Path | None, user: str, name: str, scopes: Collection[Scope], lasts: str, *, as_json: bool
) -> int:
    """Make a token and show it; return 0, or 1 when that is not possible."""

    def add(accounts: Accounts) -> dict[str, Any]:
        made, text = accounts.issue_token(user, name, scopes, _lasting(lasts), by=_who())
        return {"token": text, **_token_row(made)}

    return _change(settings_file, add, as_json=as_json)


def run_list_tokens(settings_file: Path | None, user: str, *, as_json: bool) -> int:
    """Show tokens; return 0."""
    with _accounts(settings_file) as accounts:
        rows = [_token_row(token) for token in accounts.tokens(user or None)]
    _show(rows, as_json=as_json, empty="There are no tokens.")
    return 0


def run_revoke(settings_file: Path | None, token: str, *, as_json: bool) -> int:
    """End a token; return 0, or 1 where there is none of that id."""
    return _change(
        settings_file, lambda accounts: _token_row(accounts.revoke_token(token, by=_who())), as_json=as_json
    )


def _change(
    settings_file: Path | None, change: Callable[[Accounts], dict[str, Any]], *, as_json: bool
) -> int:
    with _accounts(settings_file) as accounts:
        try:
            row = change(accounts)
        except AccountError as wrong:
            typer.echo(f"wastenot: {wrong}", err=True)
            return 1
    if as_json:
        typer.echo(json.dumps(row, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(f"{key}: {_cell(value)}" for key, value in row.items()))
    return 0


@contextmanager
def _accounts(settings_file: Path | None) -> Iterator[Accounts]:
    ledger = open_ledger(load_settings(settings_file))
    try:
        ledger.migrate()
        yield Accounts(ledger, WallClock(), Passwords())
    finally:
        ledger.close()


def _password(name: str) -> str:
    """Return a password: typed twice at a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(4 * LONGEST_PASSWORD).rstrip("\r\n")
    first = getpass.getpass(f"Password of {name}: ")
    if getpass.getpass("Again: ") != first:
        raise AccountError("the two are not the same; nothing was changed")
    return first


def _lasting(written: str) -> timedelta | None:
    if written == "forever":
        return None
    try:
        return timedelta(seconds=parse_duration(written))
    except (ValueError, OverflowError) as wrong:
        raise AccountError(f'--lasts {written!r}: {wrong}; or "forever"') from wrong


def _who() -> str:
    """Return who is at the machine, for the audit trail."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def _row_of(accounts: Accounts, name: str) -> dict[str, Any]:
    user = accounts.user(name)
    assert user is not None
    return _user_row(user)


def _user_row(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "display_name": user.display_name,
        "language": user.language,
        "roles": sorted(map(str, user.roles)),
        "channels": list(user.channels),
        "active": user.active,
        "password": bool(user.password_hash),
        "created_at": user.created_at.isoformat(),
    }


def _token_row(token: ApiToken) -> dict[str, Any]:
    def told(instant: Any) -> str | None:
        return None if instant is None else instant.isoformat()

    return {
        "id": token.prefix,
        "user": token.user,
        "name": token.name,
        "scopes": sorted(map(str, token.scopes)),
        "created_at": told(token.created_at),
        "expires_at": told(token.expires_at),
        "last_used_at": told(token.last_used_at),
        "revoked_at": told(token.revoked_at),
    }


def _show(rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str) -> None:
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        typer.echo(empty)
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*map(_cell, row.values()))
    Console().print(table)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
