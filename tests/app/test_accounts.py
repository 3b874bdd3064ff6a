"""Accounts: what is refused and why, who stays, and what the audit trail says; the command line over them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import Result
from typer.testing import CliRunner

from app.accounts import AccountError, Accounts
from app.cli.user import user_cli
from app.passwords import Passwords
from domain.user import RIGHTS, SCOPES, Action, Caller, Role, Scope, may, name_trouble, password_trouble
from store.ledger import SqlLedger

START = datetime(2026, 3, 1, tzinfo=UTC)
PASSWORD = "correct horse battery"


class StillClock:
    def now(self) -> datetime:
        return START


@pytest.fixture
def ledger() -> SqlLedger:
    return SqlLedger("sqlite://")


@pytest.fixture
def accounts(ledger: SqlLedger) -> Accounts:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Accounts(ledger, StillClock(), Passwords(quick))


def test_every_action_is_somebodys_and_people_alone_change_their_own_settings() -> None:
    assert set().union(*RIGHTS.values()) == set(Action)
    assert set(Action) - set().union(*SCOPES.values()) == {Action.CHANGE_OWN_SETTINGS}
    assert RIGHTS[Role.OPERATOR] < RIGHTS[Role.MAINTENANCE] < RIGHTS[Role.ADMIN]


def test_a_ruling_says_why(accounts: Accounts) -> None:
    lan = accounts.add("lan", PASSWORD, {Role.OPERATOR}, by="test")
    asked = [
        (Caller(lan), Action.SNOOZE, "the role operator may snooze"),
        (Caller(lan), Action.WORK, "work needs the role maintenance or admin; lan has operator"),
        (Caller(lan, frozenset({Scope.READ})), Action.SNOOZE, "snooze needs a token with the scope alerts"),
        (Caller(lan, frozenset(Scope)), Action.CHANGE_OWN_SETTINGS,
         "change_own_settings needs a token with the scope none: people only"),
    ]  # fmt: skip
    for caller, action, reason in asked:
        assert may(caller, action).reason == reason
    accounts.set_active("lan", active=False, by="test")
    gone = accounts.user("lan")
    assert gone is not None
    assert may(Caller(gone), Action.SEE).reason == "lan is disabled"


@pytest.mark.parametrize(
    "name", ["", "Lan", "lân", "-a", "a b", "a/b", "a\n", "x" * 33, "..", "a@b", "a\x00"]
)
def test_a_name_that_would_not_do_is_refused(accounts: Accounts, name: str) -> None:
    assert name_trouble(name)
    with pytest.raises(AccountError, match="small letters"):
        accounts.add(name, PASSWORD, {Role.OPERATOR}, by="test")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 10"),
        ("x" * 257, "at most 256"),
        ("longlonglong", "not the name"),
        ("aaaaaaaaaaaa", "four"),
    ],
)
def test_a_password_that_would_not_do_is_refused(password: str, why: str) -> None:
    assert why in password_trouble(password, "long")


def test_a_user_is_there_once(accounts: Accounts) -> None:
    accounts.add("lan", PASSWORD, {Role.OPERATOR}, by="test")
    with pytest.raises(AccountError, match="already"):
        accounts.add("lan", PASSWORD, {Role.ADMIN}, by="test")
    with pytest.raises(AccountError, match="needs a role"):
        accounts.add("binh", PASSWORD, (), by="test")
    with pytest.raises(AccountError, match="there is no user binh; there is: lan"):
        accounts.set_password("binh", PASSWORD, by="test")


def test_the_last_administrator_stays(accounts: Accounts) -> None:
    accounts.add("lan", PASSWORD, {Role.ADMIN}, by="test")
    for change in (
        lambda: accounts.set_active("lan", active=False, by="test"),
        lambda: accounts.set_roles("lan", {Role.OPERATOR}, by="test"),
    ):
        with pytest.raises(AccountError, match="last administrator"):
            change()
    assert accounts.users()[0].active
    accounts.add("binh", PASSWORD, {Role.ADMIN}, by="test")
    accounts.set_roles("lan", {Role.OPERATOR}, by="test")


def test_a_user_without_a_password_cannot_log_in(accounts: Accounts) -> None:
    accounts.add("robot", "", {Role.OPERATOR}, by="test")
    for password in ("", "a password that nobody has"):
        assert accounts.log_in("robot", password, "") is None


def test_a_hash_of_older_parameters_is_renewed_at_the_next_login(ledger: SqlLedger) -> None:
    old, new = (Passwords(PasswordHasher(time_cost=cost, memory_cost=8, parallelism=1)) for cost in (1, 2))
    Accounts(ledger, StillClock(), old).add("lan", PASSWORD, {Role.ADMIN}, by="test")
    accounts = Accounts(ledger, StillClock(), new)
    before = accounts.users()[0].password_hash
    assert accounts.log_in("lan", PASSWORD, "") is not None
    after = accounts.users()[0].password_hash
    assert before != after
    assert not new.is_outdated(after)
    assert accounts.log_in("lan", PASSWORD, "") is not None


def test_every_change_is_in_the_audit_trail_and_no_secret_is(accounts: Accounts, ledger: SqlLedger) -> None:
    accounts.add("lan", PASSWORD, {Role.ADMIN}, by="set-up")
    token, text = accounts.issue_token("lan", "report", {Scope.READ}, timedelta(days=1), by="lan")
    accounts.revoke_token(token.id, by="lan")
    accounts.revoke_token(token.id, by="lan")
    accounts.set_password("lan", f"{PASSWORD} 2", by="lan")
    with ledger.begin() as tx:
        trail = tx.audit_trail("user/lan")
    assert [line["what"].removeprefix("user.") for line in trail] == [
        "password_set", "token_revoked", "token_issued", "added",
    ]  # fmt: skip
    assert PASSWORD not in repr(trail)
    assert text not in repr(trail)
    assert token.prefix in repr(trail)


def cli(folder: Path, *arguments: str, typed: str = "") -> Result:
    settings = folder / "wastenot.toml"
    settings.write_text(f'data_dir = "{folder}/var"\n')
    options = ["--settings", str(settings)]
    return CliRunner().invoke(user_cli, [*arguments, *options], input=typed)


def test_the_command_line_adds_lists_changes_and_disables(tmp_path: Path) -> None:
    made = cli(
        tmp_path,
        "add",
        "lan",
        "--role",
        "admin",
        "--display-name",
        "Nguyễn Thị Lan",
        "--json",
        typed=PASSWORD,
    )
    assert made.exit_code == 0, made.output
    assert json.loads(made.stdout)["display_name"] == "Nguyễn Thị Lan"
    assert PASSWORD not in made.stdout + made.stderr
    weak = cli(tmp_path, "passwd", "lan", typed="weak\n")
    assert (weak.exit_code, "at least 10" in weak.stderr) == (1, True)
    last = cli(tmp_path, "disable", "lan")
    assert (last.exit_code, "last administrator" in last.stderr) == (1, True)
    token = json.loads(
        cli(tmp_path, "token", "add", "lan", "--name", "report", "--scope", "read", "--json").stdout
    )
    assert token["token"].startswith(f"{token['id']}_")
    listed = json.loads(cli(tmp_path, "token", "list", "--json").stdout)
    assert [row["id"] for row in listed] == [token["id"]]
    assert "digest" not in listed[0]
    assert cli(tmp_path, "token", "revoke", token["id"]).exit_code == 0
    assert cli(tmp_path, "role", "lan", "janitor").exit_code == 2
    (row,) = json.loads(cli(tmp_path, "list", "--json").stdout)
    assert (row["roles"], row["active"], row["password"]) == (["admin"], True, True)
