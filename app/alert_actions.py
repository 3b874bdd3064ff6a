"""What people do with alerts, as the pages and the API ask for it: one ledger transaction each."""

from __future__ import annotations

from alerts.acting import acknowledge
from domain.alert import Alert
from domain.ports import Clock, Ledger


class AlertActions:
    """Answers the pages and the API. Raises LedgerError, and RefusedError for what cannot be meant."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock

    def alerts(self, *, open_only: bool = True) -> list[Alert]:
        """Return the latest episode of every alert that was told, the oldest first."""
        with self._ledger.begin() as tx:
            return [alert for alert in tx.alerts(open_only=open_only) if alert.fired_at is not None]

    def acknowledge(self, fingerprint: str, who: str, why: str = "") -> Alert | None:
        """Return the alert, acknowledged; None where there is none of this fingerprint."""
        with self._ledger.begin() as tx:
            if all(alert.fingerprint != fingerprint for alert in tx.alerts()):
                return None
            return acknowledge(tx, fingerprint, who, why, self._clock.now())
