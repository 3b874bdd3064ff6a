"""What people do with alerts, as the pages and the API ask for it: one ledger transaction each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from alerts.acting import acknowledge, assign, comment, snooze, unacknowledge, unsnooze
from alerts.judging import give_feedback
from alerts.shifts import Shifts
from alerts.working import finish_work, order_work, take_work, tick
from domain.alert import Alert
from domain.errors import RefusedError
from domain.feedback import Verdict
from domain.ports import Clock, Ledger, LedgerTx

#: how long a snooze lasts in a plant that has no shifts
SNOOZE = timedelta(hours=8)

Deed = Callable[[LedgerTx, datetime], Alert]


class AlertActions:
    """Answers the pages and the API. Raises LedgerError, and RefusedError for what cannot be meant.

    Every verb returns the alert as it then stands; None where there is none of this fingerprint.
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, shifts: Shifts, order_channels: Collection[str] = ()
    ) -> None:
        """Prepare.

        Args:
            order_channels: names of the channels that make work orders in a maintenance system.
        """
        self._ledger, self._clock, self._shifts = ledger, clock, shifts
        self._order_channels = tuple(order_channels)

    def alerts(self, *, open_only: bool = True) -> list[Alert]:
        """Return the latest episode of every alert that was told, the oldest first."""
        with self._ledger.begin() as tx:
            return [alert for alert in tx.alerts(open_only=open_only) if alert.fired_at is not None]

    def acknowledge(self, fingerprint: str, who: str, why: str = "") -> Alert | None:
        """Acknowledge."""
        return self._do(fingerprint, lambda tx, now: acknowledge(tx, fingerprint, who, why, now))

    def unacknowledge(self, fingerprint: str, who: str, why: str = "") -> Alert | None:
        """Take an acknowledgement back."""
        return self._do(fingerprint, lambda tx, now: unacknowledge(tx, fingerprint, who, why, now))

    def snooze(
        self, fingerprint: str, who: str, why: str = "", until: datetime | None = None
    ) -> Alert | None:
        """Keep quiet until an instant; until the end of the shift where none is given."""

        def quiet(tx: LedgerTx, now: datetime) -> Alert:
            at = until or self._shifts.end_of_shift(now) or now + SNOOZE
            return snooze(tx, fingerprint, at, who, why, now)

        return self._do(fingerprint, quiet)

    def unsnooze(self, fingerprint: str, who: str, why: str = "") -> Alert | None:
        """End a snooze."""
        return self._do(fingerprint, lambda tx, now: unsnooze(tx, fingerprint, who, why, now))

    def assign(self, fingerprint: str, to: str, who: str, why: str = "") -> Alert | None:
        """Make it a user's to look after; "" = nobody's again."""

        def give(tx: LedgerTx, now: datetime) -> Alert:
            if to and (tx.user(to) is None):
                raise RefusedError(f"there is no user {to[:40]!r}")
            return assign(tx, fingerprint, to, who, why, now)

        return self._do(fingerprint, give)

    def comment(self, fingerprint: str, who: str, text: str) -> Alert | None:
        """Write into its history."""
        return self._do(fingerprint, lambda tx, now: comment(tx, fingerprint, text, who, now))

    def add_photo(self, fingerprint: str, who: str, data: bytes, text: str = "") -> Alert | None:
        """Add a photo, with a word or without, to its history."""
        from alerts.photos import add_photo, clean_photo  # Pillow is not loaded where nobody sends photos

        clean = clean_photo(data)
        return self._do(fingerprint, lambda tx, now: add_photo(tx, fingerprint, clean, text, who, now))

    def photo(self, fingerprint: str, photo_id: str) -> bytes | None:
        """Return a photo of an alert's history; None where there is none."""
        with self._ledger.begin() as tx:
            changes = tx.changes(fingerprint=fingerprint)
            known = any(one.details.get("photo") == photo_id for one in changes)
            found = tx.photo(photo_id) if known else None
        return None if found is None else found.data

    def judge(self, fingerprint: str, verdict: Verdict, who: str, why: str) -> Alert | None:
        """Keep what it turned out to be; a false alarm widens a limit."""

        def said(tx: LedgerTx, now: datetime) -> Alert:
            give_feedback(tx, fingerprint, verdict, why, who, now)
            return next(alert for alert in tx.alerts() if alert.fingerprint == fingerprint)

        return self._do(fingerprint, said)

    def tick(self, fingerprint: str, check: str, who: str, *, done: bool) -> Alert | None:
        """Say that a first check is done, or is not after all."""
        return self._do(fingerprint, lambda tx, now: tick(tx, fingerprint, check, who, now, done=done))

    def order_work(self, fingerprint: str, what: str, due: date | None, who: str) -> Alert | None:
        """Order work, here and in the maintenance systems there are."""
        channels = self._order_channels
        return self._do(
            fingerprint, lambda tx, now: order_work(tx, fingerprint, what, due, who, now, channels)
        )

    def take_work(self, fingerprint: str, who: str, instead_of: str = "") -> Alert | None:
        """Do the work that was ordered."""
        return self._do(
            fingerprint, lambda tx, now: take_work(tx, fingerprint, who, now, instead_of=instead_of)
        )

    def finish_work(self, fingerprint: str, outcome: str, who: str) -> Alert | None:
        """Say what was found and done."""
        return self._do(fingerprint, lambda tx, now: finish_work(tx, fingerprint, outcome, who, now))

    def _do(self, fingerprint: str, deed: Deed) -> Alert | None:
        with self._ledger.begin() as tx:
            if all(alert.fingerprint != fingerprint for alert in tx.alerts()):
                return None
            return deed(tx, self._clock.now())
