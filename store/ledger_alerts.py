"""The verbs of a ledger transaction about what alerts went through, silences, feedback and held notices."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select, update

from domain.alert import Alert
from domain.alert_change import AlertChange
from domain.feedback import Feedback
from domain.notice import Notice, Quota
from domain.photo import Photo
from domain.silence import Silence
from store.codec import alert_of, change_of, feedback_of, row_of, silence_of, silence_row
from store.ledger_sql import insert_once, upsert
from store.ledger_verbs import Verbs
from store.tables import ALERT, ALERT_CHANGE, FEEDBACK, NOTICE, PHOTO, QUOTA, SILENCE


class AlertVerbs(Verbs):
    """A part of SqlTx; see `domain.alert_ports`."""

    def alert_episodes(self, *, fingerprint: str | None = None, since: datetime | None = None) -> list[Alert]:
        """Return every episode, by pending_at; `since` keeps those that were not resolved before it."""
        t = ALERT.c
        asked = select(ALERT).order_by(t.pending_at, t.fingerprint, t.episode)
        if fingerprint is not None:
            asked = asked.where(t.fingerprint == fingerprint)
        if since is not None:
            asked = asked.where(t.resolved_at.is_(None) | (t.resolved_at >= since))
        return [alert_of(row) for row in self._rows(asked)]

    def add_change(self, change: AlertChange) -> None:
        """Append a step to the history of alerts; the tables let nobody change or remove it."""
        self._numbered_row(ALERT_CHANGE, row_of(change))

    def changes(self, *, fingerprint: str | None = None, since: datetime | None = None) -> list[AlertChange]:
        """Return the steps that alerts took, in the order in which they were taken."""
        asked = select(ALERT_CHANGE).order_by(ALERT_CHANGE.c.id)
        if fingerprint is not None:
            asked = asked.where(ALERT_CHANGE.c.fingerprint == fingerprint)
        if since is not None:
            asked = asked.where(ALERT_CHANGE.c.at >= since)
        return [change_of(row) for row in self._rows(asked)]

    def silences(self, *, since: datetime | None = None) -> list[Silence]:
        """Return the silences in the order of entry; `since` keeps those that end after it."""
        asked = select(SILENCE).order_by(SILENCE.c.id)
        if since is not None:
            asked = asked.where(SILENCE.c.ends_at > since)
        return [silence_of(row) for row in self._rows(asked)]

    def save_silence(self, silence: Silence) -> Silence:
        """Keep a silence: id 0 gets the next number, any other replaces the one of that number."""
        if not silence.id:
            return replace(silence, id=self._numbered_row(SILENCE, silence_row(silence)))
        self._run(upsert(self._dialect, SILENCE, silence_row(silence)))
        return silence

    def feedback(self, *, since: datetime | None = None) -> list[Feedback]:
        """Return what people said about alerts, in the order in which they said it."""
        asked = select(FEEDBACK).order_by(FEEDBACK.c.id)
        if since is not None:
            asked = asked.where(FEEDBACK.c.at >= since)
        return [feedback_of(row) for row in self._rows(asked)]

    def add_feedback(self, feedback: Feedback) -> Feedback:
        """Append a word to the feedback; the tables let nobody change or remove it."""
        return replace(feedback, id=self._numbered_row(FEEDBACK, row_of(feedback)))

    def save_photo(self, photo: Photo) -> None:
        """Keep a photo; one that is kept already stays as it is."""
        self._run(insert_once(self._dialect, PHOTO, row_of(photo)))

    def photo(self, photo_id: str) -> Photo | None:
        """Return a photo; None where there is none of this id."""
        rows = self._rows(select(PHOTO).where(PHOTO.c.id == photo_id))
        return Photo(**rows[0]) if rows else None

    def hold(self, notice: Notice) -> bool:
        """Keep a notice back; False when its dedup_key is kept, or was told, already."""
        return bool(self._run(insert_once(self._dialect, NOTICE, row_of(notice))).all())

    def held(self) -> list[Notice]:
        """Return the notices that are kept back, in the order in which they were made."""
        t = NOTICE.c
        asked = select(NOTICE).where(t.told_in == "").order_by(t.made_at, t.fingerprint, t.dedup_key)
        return [Notice(**row) for row in self._rows(asked)]

    def release(self, dedup_keys: Collection[str], told_in: str) -> None:
        """Note that these notices leave in one outbox message."""
        named = update(NOTICE).where(NOTICE.c.dedup_key.in_(list(dedup_keys)), NOTICE.c.told_in == "")
        self._run(named.values(told_in=told_in))

    def quotas(self) -> dict[str, Quota]:
        """Return the token bucket of every channel that has one, by channel."""
        return {row["channel"]: Quota(**row) for row in self._rows(select(QUOTA))}

    def save_quota(self, quota: Quota) -> None:
        """Replace a channel's token bucket."""
        self._run(upsert(self._dialect, QUOTA, row_of(quota)))

    def _numbered_row(self, table: Table, row: dict[str, Any]) -> int:
        """Insert a row under the next number; return that."""
        values = {name: value for name, value in row.items() if name != "id"}
        return int(self._run(insert(table).values(values).returning(table.c.id)).scalar_one())
