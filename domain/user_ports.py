"""What the ledger keeps about users, their sessions and their tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.credential import ApiToken, Session
from domain.user import User


class UserTx(Protocol):
    """What LedgerTx can do about users. Raises LedgerError."""

    def users(self) -> list[User]:
        """Return everybody, by name."""
        ...

    def user(self, name: str) -> User | None:
        """Return a user; None where there is none of that name."""
        ...

    def save_user(self, user: User) -> None:
        """Insert or replace by name."""
        ...

    def api_tokens(self, user: str | None = None) -> list[ApiToken]:
        """Return the tokens of a user, or all, the oldest first; revoked and expired ones too."""
        ...

    def api_token(self, token_id: str) -> ApiToken | None:
        """Return a token, revoked and expired or not."""
        ...

    def save_api_token(self, token: ApiToken) -> None:
        """Insert or replace by id."""
        ...

    def session(self, digest: str) -> Session | None:
        """Return a session, expired or not."""
        ...

    def sessions(self, user: str) -> list[Session]:
        """Return the sessions of a user, the oldest first."""
        ...

    def save_session(self, session: Session) -> None:
        """Insert or replace by digest."""
        ...

    def drop_session(self, digest: str) -> None:
        """End one session."""
        ...

    def drop_sessions(self, user: str) -> None:
        """End all sessions of a user."""
        ...

    def thin_sessions(self, now: datetime, seen_before: datetime) -> None:
        """Forget the sessions that have expired, or that were last seen before an instant."""
        ...
