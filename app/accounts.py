"""Accounts: the users, sessions and tokens of the ledger, every change with its line in the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.passwords import Passwords
from domain.credential import (
    ApiToken,
    Session,
    digest_of,
    is_same,
    new_secret,
    new_token_id,
    split_token,
    token_text,
)
from domain.errors import RefusedError
from domain.ports import Clock, Ledger, LedgerTx
from domain.user import Caller, Role, Scope, User, name_trouble, password_trouble

#: a session or a token in use is noted this often
SEEN_EVERY = timedelta(minutes=1)
LANGUAGES = ("", "vi", "en")


class AccountError(RefusedError):
    """A change of users or tokens that is not possible; the text says why and what is."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long a session lasts."""

    idle: timedelta = timedelta(hours=12)
    whole: timedelta = timedelta(days=7)


class Accounts:
    """Everything that can be done with users. Each verb is one ledger transaction and raises LedgerError.

    Args:
        clock: the wall clock: sessions do not live in simulated time.
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, passwords: Passwords, lengths: Lengths | None = None
    ) -> None:
        self._ledger, self._clock, self._passwords = ledger, clock, passwords
        self._lengths = lengths or Lengths()

    # users

    def users(self) -> list[User]:
        """Return everybody, by name."""
        with self._ledger.begin() as tx:
            return tx.users()

    def user(self, name: str) -> User | None:
        """Return a user; None where there is none."""
        with self._ledger.begin() as tx:
            return tx.user(name)

    def add(
        self, name: str, password: str, roles: Collection[Role], *, by: str, display_name: str = "",
        language: str = "", channels: Collection[str] = (),
    ) -> User:  # fmt: skip
        """Return the new user; "" as password: one who cannot log in until there is one.

        Raises:
            AccountError: the name is taken or is none, no role, or the password will not do.
        """
        _refuse(name_trouble(name), "" if roles else "a user needs a role", _language_trouble(language))
        _refuse(password_trouble(password, name) if password else "")
        made = User(
            name=name, display_name=" ".join(display_name.split())[:80], language=language,
            roles=frozenset(roles), password_hash=self._passwords.hashed(password) if password else "",
            channels=tuple(channels), active=True, created_at=self._clock.now(),
        )  # fmt: skip
        with self._ledger.begin() as tx:
            if tx.user(name) is not None:
                raise AccountError("there is a user of this name already")
            tx.save_user(made)
            self._note(tx, by, "added", name, {"roles": sorted(map(str, roles))})
        return made

    def add_first(self, name: str, password: str, **named: Any) -> User:
        """Return the first administrator; raise AccountError when there are users already."""
        if self.users():
            raise AccountError("there are users already: an administrator adds the others")
        return self.add(name, password, {Role.ADMIN}, by="set-up", **named)

    def set_password(self, name: str, password: str, *, by: str, keep_session: str = "") -> None:
        """Give a user a new password, and end the user's sessions.

        Args:
            keep_session: the cookie of the one session that goes on: the user's own.

        Raises:
            AccountError: no such user, or the password will not do.
        """
        _refuse(password_trouble(password, name))
        hashed = self._passwords.hashed(password)
        with self._changing(name, by, "password_set", {}) as (tx, user):
            tx.save_user(replace(user, password_hash=hashed))
            kept = tx.session(digest_of(keep_session)) if keep_session else None
            tx.drop_sessions(name)
            if kept is not None and kept.user == name:
                tx.save_session(kept)

    def set_active(self, name: str, *, active: bool, by: str) -> None:
        """Let a user in, or nobody of that name any more: sessions end, tokens no longer work."""
        with self._changing(name, by, "enabled" if active else "disabled", {}) as (tx, user):
            before = _has_admin(tx)
            tx.save_user(replace(user, active=active))
            _keep_an_admin(tx, before)
            if not active:
                tx.drop_sessions(name)

    def set_roles(self, name: str, roles: Collection[Role], *, by: str) -> None:
        """Replace a user's roles; the last administrator stays one."""
        _refuse("" if roles else "a user needs a role: disable who needs none")
        details = {"roles": sorted(map(str, roles))}
        with self._changing(name, by, "roles_set", details) as (tx, user):
            before = _has_admin(tx)
            tx.save_user(replace(user, roles=frozenset(roles)))
            _keep_an_admin(tx, before)

    def set_profile(self, name: str, *, display_name: str, language: str, by: str) -> None:
        """Change how a user is shown, and the language of the user's pages."""
        _refuse(_language_trouble(language))
        shown = " ".join(display_name.split())[:80]
        details = {"display_name": shown, "language": language}
        with self._changing(name, by, "profile_set", details) as (tx, user):
            tx.save_user(replace(user, display_name=shown, language=language))

    # sessions

    def log_in(self, name: str, password: str, address: str) -> tuple[User, str] | None:
        """Return the user and the cookie of a new session; None when name or password is wrong.

        Both answers take the same time, whoever exists.
        """
        user = self.user(name) if not name_trouble(name) else None
        kept = user.password_hash if user is not None and user.active else ""
        if not self._passwords.is_right(password, kept) or user is None:
            return None
        secret = new_secret()
        now = self._clock.now()
        renewed = self._passwords.hashed(password) if self._passwords.is_outdated(kept) else kept
        with self._ledger.begin() as tx:
            if renewed != kept:
                tx.save_user(replace(user, password_hash=renewed))
            tx.thin_sessions(now, now - self._lengths.idle)
            whole = now + self._lengths.whole
            tx.save_session(Session(digest_of(secret), user.name, now, now, whole, address))
            self._note(tx, user.name, "logged_in", user.name, {"address": address})
        return user, secret

    def is_password(self, name: str, password: str) -> bool:
        """Return whether it is the user's password."""
        user = self.user(name)
        return self._passwords.is_right(password, user.password_hash if user is not None else "")

    def visitor(self, secret: str) -> User | None:
        """Return whose session it is; None when there is none, or it is over."""
        now = self._clock.now()
        with self._ledger.begin() as tx:
            session = tx.session(digest_of(secret))
            if session is None or session.expires_at <= now or now - session.seen_at > self._lengths.idle:
                return None
            user = tx.user(session.user)
            if user is None or not user.active:
                return None
            if now - session.seen_at >= SEEN_EVERY:
                tx.save_session(replace(session, seen_at=now))
            return user

    def log_out(self, secret: str) -> None:
        """End a session; one that there is not is no trouble."""
        with self._ledger.begin() as tx:
            session = tx.session(digest_of(secret))
            tx.drop_session(digest_of(secret))
            if session is not None:
                self._note(tx, session.user, "logged_out", session.user, {})

    # tokens

    def tokens(self, user: str | None = None) -> list[ApiToken]:
        """Return the tokens of a user, or of all."""
        with self._ledger.begin() as tx:
            return tx.api_tokens(user)

    def issue_token(
        self, user: str, name: str, scopes: Collection[Scope], lasts: timedelta | None, *, by: str
    ) -> tuple[ApiToken, str]:
        """Return a new token and its text, which is shown this once and kept nowhere."""
        _refuse("" if scopes else "a token needs a scope", "" if name.strip() else "a token needs a name")
        _refuse("a token lasts longer than no time" if lasts is not None and lasts <= timedelta(0) else "")
        now, secret = self._clock.now(), new_secret()
        made = ApiToken(
            id=new_token_id(), user=user, name=" ".join(name.split())[:80], scopes=frozenset(scopes),
            digest=digest_of(secret), created_at=now, expires_at=None if lasts is None else now + lasts,
        )  # fmt: skip
        details = {"token": made.prefix, "scopes": sorted(map(str, scopes))}
        with self._changing(user, by, "token_issued", details) as (tx, _):
            tx.save_api_token(made)
        return made, token_text(made.id, secret)

    def revoke_token(self, token_id: str, *, by: str) -> ApiToken:
        """Return the token, which no longer works; raise AccountError where there is none of that id."""
        with self._ledger.begin() as tx:
            token = tx.api_token(token_id.removeprefix("wn_"))
            if token is None:
                raise AccountError(f"there is no token {token_id}")
            if token.revoked_at is None:
                token = replace(token, revoked_at=self._clock.now())
                tx.save_api_token(token)
                self._note(tx, by, "token_revoked", token.user, {"token": token.prefix})
            return token

    def program(self, text: str) -> Caller | None:
        """Return who a token speaks for; None when it is none, wrong, revoked or over."""
        parts = split_token(text)
        if parts is None:
            return None
        now = self._clock.now()
        with self._ledger.begin() as tx:
            token = tx.api_token(parts[0])
            if token is None or not is_same(parts[1], token.digest) or not token.is_valid(now):
                return None
            user = tx.user(token.user)
            if user is None or not user.active:
                return None
            if token.last_used_at is None or now - token.last_used_at >= SEEN_EVERY:
                tx.save_api_token(replace(token, last_used_at=now))
            return Caller(user, token.scopes)

    @contextmanager
    def _changing(
        self, name: str, by: str, what: str, details: dict[str, Any]
    ) -> Iterator[tuple[LedgerTx, User]]:
        with self._ledger.begin() as tx:
            user = tx.user(name)
            if user is None:
                known = ", ".join(one.name for one in tx.users()) or "nobody yet"
                raise AccountError(f"there is no user {name}; there is: {known}")
            yield tx, user
            self._note(tx, by, what, name, details)

    def _note(self, tx: LedgerTx, by: str, what: str, name: str, details: dict[str, Any]) -> None:
        tx.audit(
            at=self._clock.now(), who=by, what=f"user.{what}", about=f"user/{name}", why="", details=details
        )


def _refuse(*troubles: str) -> None:
    for trouble in troubles:
        if trouble:
            raise AccountError(trouble)


def _language_trouble(language: str) -> str:
    return "" if language in LANGUAGES else "the language is vi or en"


def _has_admin(tx: LedgerTx) -> bool:
    return any(user.active and Role.ADMIN in user.roles for user in tx.users())


def _keep_an_admin(tx: LedgerTx, before: bool) -> None:
    if before and not _has_admin(tx):
        raise AccountError("this is the last administrator: make somebody else one first")
