"""The verbs of a ledger transaction about users, their sessions and their tokens."""

from __future__ import annotations

from datetime import datetime

from domain.credential import ApiToken, Session
from domain.user import User
from store import ledger_sql as sql
from store.codec import row_of, session_of, token_of, token_row, user_of, user_row
from store.ledger_verbs import Verbs
from store.tables import API_TOKEN, SESSION, USER


class UserVerbs(Verbs):
    """A part of SqlTx; see `domain.user_ports`."""

    def users(self) -> list[User]:
        """Return everybody, by name."""
        return [user_of(row) for row in self._rows(sql.some_users(None))]

    def user(self, name: str) -> User | None:
        """Return a user; None where there is none of that name."""
        rows = self._rows(sql.some_users(name))
        return user_of(rows[0]) if rows else None

    def save_user(self, user: User) -> None:
        """Insert or replace by name."""
        self._run(sql.upsert(self._dialect, USER, user_row(user)))

    def api_tokens(self, user: str | None = None) -> list[ApiToken]:
        """Return the tokens of a user, or all, the oldest first; revoked and expired ones too."""
        return [token_of(row) for row in self._rows(sql.some_tokens(user))]

    def api_token(self, token_id: str) -> ApiToken | None:
        """Return a token, revoked and expired or not."""
        rows = self._rows(sql.one_token(token_id))
        return token_of(rows[0]) if rows else None

    def save_api_token(self, token: ApiToken) -> None:
        """Insert or replace by id."""
        self._run(sql.upsert(self._dialect, API_TOKEN, token_row(token)))

    def session(self, digest: str) -> Session | None:
        """Return a session, expired or not."""
        rows = self._rows(sql.one_session(digest))
        return session_of(rows[0]) if rows else None

    def sessions(self, user: str) -> list[Session]:
        """Return the sessions of a user, the oldest first."""
        return [session_of(row) for row in self._rows(sql.sessions_of(user))]

    def save_session(self, session: Session) -> None:
        """Insert or replace by digest."""
        self._run(sql.upsert(self._dialect, SESSION, row_of(session)))

    def drop_session(self, digest: str) -> None:
        """End one session."""
        self._run(sql.session_gone(digest))

    def drop_sessions(self, user: str) -> None:
        """End all sessions of a user."""
        self._run(sql.sessions_gone(user))

    def thin_sessions(self, now: datetime, seen_before: datetime) -> None:
        """Forget the sessions that have expired, or that were last seen before an instant."""
        self._run(sql.sessions_over(now, seen_before))
