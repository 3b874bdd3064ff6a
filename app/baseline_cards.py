"""What the page about baselines reads, and what people decide there: one ledger transaction each."""

from __future__ import annotations

from collections.abc import Sequence

from app.deciding import UndecidableError, approve, reject, version_of
from domain.baseline import Baseline, BaselineStatus, Decision
from domain.errors import RefusedError
from domain.plant import Plant
from domain.ports import Clock, Ledger, LedgerTx
from web.baseline_card import (
    CHANGED,
    NEEDS_FORCE,
    NOT_POSSIBLE,
    UNKNOWN_VERSION,
    Cards,
    Choice,
    StreamCard,
    steps_of,
)


class BaselineDesk:
    """Answers the page and the API."""

    def __init__(self, plant: Plant, ledger: Ledger, clock: Clock) -> None:
        self._plant, self._ledger, self._clock = plant, ledger, clock

    def answers(self) -> Cards:
        """Return what the page asks."""
        return Cards(self.all, self.one, self.decide)

    def all(self) -> Sequence[StreamCard]:
        """Return every process and resource with its baselines."""
        with self._ledger.begin() as tx:
            found: dict[tuple[str, str], list[Baseline]] = {}
            for baseline in tx.baselines():
                found.setdefault((baseline.process, baseline.resource), []).append(baseline)
        return [self._card(pair, found.get(pair, [])) for pair in self._plant.streams()]

    def one(self, process: str, resource: str) -> StreamCard | None:
        """Return one process and resource; None where the plant has none such."""
        if (process, resource) not in self._plant.streams():
            return None
        with self._ledger.begin() as tx:
            return self._card((process, resource), tx.baselines(process, resource))

    def decide(self, choice: Choice) -> Baseline:
        """Put a version in force, or reject it.

        Raises:
            RefusedError: somebody else was faster, or it cannot be decided so.
        """
        pair = (choice.process, choice.resource)
        with self._ledger.begin() as tx:
            tx.snapshot(*pair)  # who decides about the same stream at the same time waits here
            card = self._card(pair, tx.baselines(*pair))
            if choice.seen and choice.seen != card.seen():
                raise RefusedError(CHANGED)
            return self._decided(tx, card, choice)

    def _decided(self, tx: LedgerTx, card: StreamCard, choice: Choice) -> Baseline:
        try:
            baseline = version_of(tx, choice.process, choice.resource, choice.version)
        except UndecidableError as none:
            raise RefusedError(UNKNOWN_VERSION) from none
        if choice.status not in steps_of(baseline):
            raise RefusedError(NOT_POSSIBLE)
        decision = Decision(self._clock.now(), choice.who, choice.why, choice.forced)
        if choice.status is BaselineStatus.REJECTED:
            return reject(tx, baseline, decision)
        if card.needs_force(baseline) and not choice.forced:
            raise RefusedError(NEEDS_FORCE)
        try:
            return approve(tx, self._plant, baseline, decision)
        except UndecidableError as against:
            raise RefusedError(NEEDS_FORCE) from against

    def _card(self, pair: tuple[str, str], versions: Sequence[Baseline]) -> StreamCard:
        process, resource = pair
        described = self._plant.resources[resource]
        return StreamCard(
            process, self._plant.processes[process].name, resource, described.name, described.unit,
            self._plant.profile_of(process), self._plant.profile_binds(process),
            sorted(versions, key=lambda one: -one.version),
        )  # fmt: skip
