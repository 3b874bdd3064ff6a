"""Two people decide about one baseline at the same moment: one does, the other is told, on every ledger."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from app.baseline_cards import BaselineDesk
from domain.baseline import Baseline, BaselineStatus
from domain.errors import RefusedError
from store.ledger import SqlLedger
from tests.app.trends_builders import Clock
from tests.contract.conftest import LEDGERS
from tests.store.builders import START, a_baseline
from tests.web.site import the_plant
from web.baseline_card import Choice


@pytest.mark.parametrize("kind", LEDGERS)
def test_of_two_decisions_at_once_one_holds_and_one_is_refused(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    if kind == "postgresql":
        server = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    ledger = SqlLedger(url)
    ledger.migrate()
    desk = BaselineDesk(the_plant(), ledger, Clock(START))
    for version in range(1, 9):
        with ledger.begin() as tx:
            tx.save_baseline(a_baseline(decision=None, findings=(), acceptance=()))
        together = Barrier(2)

        def decide(status: BaselineStatus, version: int = version, together: Barrier = together) -> object:
            card = desk.one("dye_line_2", "water")
            assert card is not None
            choice = Choice("dye_line_2", "water", version, status, str(status), "why", seen=card.seen())
            together.wait(10)
            try:
                return desk.decide(choice)
            except RefusedError as told:
                return told

        with ThreadPoolExecutor(2) as people:
            found = list(people.map(decide, (BaselineStatus.APPROVED, BaselineStatus.REJECTED)))
        held = [one for one in found if isinstance(one, Baseline)]
        assert len(held) == 1, found
        card = desk.one("dye_line_2", "water")
        assert card is not None
        kept = card.version(version)
        assert kept is not None
        assert kept.decision is not None
        assert (kept.status, kept.decision.who) == (held[0].status, str(held[0].status))
    ledger.close()
