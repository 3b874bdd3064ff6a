"""What meters tell reaches the ledger, also one that was away, and makes the alert at once."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from app import presences
from app.presences import Presences
from domain.errors import LedgerError
from domain.presence import MeterStatus, Presence
from store.ledger import SqlLedger
from tests.ingest.builders import NOW, eventually


def test_a_ledger_that_is_away_keeps_nobody_waiting_and_gets_the_latest_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presences, "RETRY_S", 0.05)
    url = f"sqlite:///{tmp_path}/ledger.db"
    back = threading.Event()

    def open_ledger() -> SqlLedger:
        if not back.is_set():
            raise LedgerError("nobody listens")
        return SqlLedger(url)

    writer = Presences(open_ledger)
    writer.start()
    writer.note([MeterStatus("m", Presence.ONLINE, NOW, "DDATA of p/e/d")])
    gone = MeterStatus("m", Presence.OFFLINE, NOW + timedelta(seconds=1), "DDEATH of p/e/d")
    writer.note([gone])
    with closing(SqlLedger(url)) as ledger:
        ledger.migrate()
        back.set()

        def kept() -> list[MeterStatus]:
            with ledger.begin() as tx:
                return tx.meter_statuses()

        eventually(lambda: kept() == [gone])
        writer.note([MeterStatus("m", Presence.OFFLINE, NOW + timedelta(hours=1), "NDEATH of p/e")])
        writer.note([MeterStatus("other", Presence.ONLINE, NOW, "DDATA of p/e/d")])
        eventually(lambda: len(kept()) == 2)
        assert kept()[0] == gone  # offline since then, not since it was told again
    writer.stop()
