"""Users, API tokens and sessions on every ledger: SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.credential import ApiToken, Session
from domain.user import Role, Scope, User
from store.ledger import SqlLedger
from tests.contract.conftest import LEDGERS

START, HOUR = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC), timedelta(hours=1)
LAN = User(
    "lan", "Nguyễn Thị Lan", "vi", frozenset({Role.OPERATOR, Role.ADMIN}), "$argon2id$x", ("phone", "mail"),
    True, START,
)  # fmt: skip
TOKEN = ApiToken("k7f3m2xq", "lan", "báo cáo", frozenset({Scope.READ, Scope.ALERTS}), "d" * 64, START, None)


def a_session(digest: str, hours: float = 0.0, *, user: str = "lan", lasts: float = 24.0) -> Session:
    at = START + hours * HOUR
    return Session(digest, user, at, at, at + lasts * HOUR, "10.0.0.7")


@pytest.fixture(params=["memory", *LEDGERS])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlLedger]:
    url = "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path}/ledger.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    with closing(SqlLedger(url)) as made:
        made.migrate()
        yield made


def test_a_user_comes_back_as_saved_and_by_name(book: SqlLedger) -> None:
    other = replace(LAN, name="binh", roles=frozenset(), channels=(), active=False, password_hash="")
    with book.begin() as tx:
        tx.save_user(LAN)
        tx.save_user(other)
    with book.begin() as tx:
        assert tx.users() == [other, LAN]
        assert tx.user("lan") == LAN
        assert tx.user("LAN") is None


def test_a_saved_user_replaces_the_one_before(book: SqlLedger) -> None:
    with book.begin() as tx:
        tx.save_user(LAN)
        tx.save_user(replace(LAN, active=False, roles=frozenset({Role.MAINTENANCE})))
        assert [user.active for user in tx.users()] == [False]


def test_a_token_comes_back_revoked_or_not_and_by_its_owner(book: SqlLedger) -> None:
    over = replace(TOKEN, id="a2", user="binh", expires_at=START, last_used_at=START, revoked_at=START + HOUR)
    with book.begin() as tx:
        tx.save_api_token(TOKEN)
        tx.save_api_token(over)
    with book.begin() as tx:
        assert tx.api_tokens() == [over, TOKEN]
        assert tx.api_tokens("lan") == [TOKEN]
        assert tx.api_token("a2") == over
        assert tx.api_token("nothing") is None


def test_sessions_end_one_by_one_by_user_and_by_time(book: SqlLedger) -> None:
    with book.begin() as tx:
        for session in (a_session("a"), a_session("b", 1), a_session("c", 2, user="binh")):
            tx.save_session(session)
        assert tx.session("b") == a_session("b", 1)
        assert [session.digest for session in tx.sessions("lan")] == ["a", "b"]
        tx.drop_session("a")
        tx.drop_session("nothing")
        assert tx.session("a") is None
        tx.drop_sessions("lan")
        assert (tx.sessions("lan"), len(tx.sessions("binh"))) == ([], 1)


def test_what_has_expired_or_was_not_seen_for_long_is_forgotten(book: SqlLedger) -> None:
    with book.begin() as tx:
        for session in (a_session("old", -48), a_session("idle", -10), a_session("fresh", -1)):
            tx.save_session(session)
        tx.thin_sessions(START, START - 8 * HOUR)
        assert [session.digest for session in tx.sessions("lan")] == ["fresh"]


def test_a_role_or_scope_of_a_newer_version_is_none_here(book: SqlLedger) -> None:
    from sqlalchemy import text

    with book.begin() as tx:
        tx.save_user(LAN)
    with book._engine.begin() as connection:
        connection.execute(text("""UPDATE user_account SET roles = '["auditor", "operator"]'"""))
    with book.begin() as tx:
        (user,) = tx.users()
    assert user.roles == {Role.OPERATOR}
