"""The part of a ledger transaction that alerts' history, silences, feedback and held notices need."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from domain.alert import Alert
from domain.alert_change import AlertChange
from domain.feedback import Feedback
from domain.notice import Notice, Quota
from domain.photo import Photo
from domain.silence import Silence


class AlertTx(Protocol):
    """What LedgerTx can do beside the alerts themselves. Raises LedgerError."""

    def alert_episodes(self, *, fingerprint: str | None = None, since: datetime | None = None) -> list[Alert]:
        """Return every episode, by pending_at; `since` keeps those that were not resolved before it."""
        ...

    def add_change(self, change: AlertChange) -> None:
        """Append a step (id 0) to the history of alerts."""
        ...

    def changes(self, *, fingerprint: str | None = None, since: datetime | None = None) -> list[AlertChange]:
        """Return the steps that alerts took, in the order in which they were taken."""
        ...

    def silences(self, *, since: datetime | None = None) -> list[Silence]:
        """Return the silences in the order of entry; `since` keeps those that end after it."""
        ...

    def save_silence(self, silence: Silence) -> Silence:
        """Keep a silence: id 0 gets the next number, any other replaces the one of that number."""
        ...

    def feedback(self, *, since: datetime | None = None) -> list[Feedback]:
        """Return what people said about alerts, in the order in which they said it."""
        ...

    def add_feedback(self, feedback: Feedback) -> Feedback:
        """Append a word (id 0) to the feedback; it gets the next id."""
        ...

    def save_photo(self, photo: Photo) -> None:
        """Keep a photo; one that is kept already stays as it is."""
        ...

    def photo(self, photo_id: str) -> Photo | None:
        """Return a photo; None where there is none of this id."""
        ...

    def hold(self, notice: Notice) -> bool:
        """Keep a notice back; False when its dedup_key is kept, or was told, already."""
        ...

    def held(self) -> list[Notice]:
        """Return the notices that are kept back, in the order in which they were made."""
        ...

    def release(self, dedup_keys: Collection[str], told_in: str) -> None:
        """Note that these notices leave in one outbox message."""
        ...

    def quotas(self) -> dict[str, Quota]:
        """Return the token bucket of every channel that has one, by channel."""
        ...

    def save_quota(self, quota: Quota) -> None:
        """Replace a channel's token bucket."""
        ...
