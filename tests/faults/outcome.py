"""What came of a run: figures, and which conditions were not met."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.faults.site import Tally


@dataclass
class Outcome:
    """Figures of one run. `broken` counts lost and doubled things; `slow` depends on the machine, too.

    A test asserts that nothing is broken. `make soak` also fails on what is slow.
    """

    fault: int
    title: str
    tally: Tally
    rss_growth_mb: float | None = None
    drain: float | None = None  # rate at which a backlog was stored, as a multiple of the live rate
    notes: dict[str, object] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Every run must store what was acknowledged, once."""
        if not self.tally.is_whole:
            self.broken.append(f"not every message is stored once: {self.tally}")

    def demand(self, holds: bool, what: str) -> None:
        """Note a condition that is not met whatever the machine."""
        if not holds:
            self.broken.append(what)

    def hope(self, holds: bool, what: str) -> None:
        """Note a condition that is not met, maybe because the machine is slow."""
        if not holds:
            self.slow.append(what)

    @property
    def cells(self) -> list[str]:
        """Return the row of the table of figures."""
        tally = self.tally
        verdict = "; ".join([*self.broken, *self.slow]) or "held"
        notes = ", ".join(f"{name} {_shown(value)}" for name, value in self.notes.items())
        return [
            str(self.fault),
            self.title,
            f"{tally.acknowledged:,}",
            f"{tally.stored:,}",
            f"{tally.missing:,}",
            f"{tally.doubled + tally.foreign:,}",
            "" if self.rss_growth_mb is None else f"{self.rss_growth_mb:+.1f}",
            "" if self.drain is None else f"{self.drain:.1f}",
            notes,
            verdict,
        ]


#: heads of `Outcome.cells`
HEADS = [
    "fault", "run", "acknowledged", "stored", "missing", "doubled", "RSS MB", "drain x", "more", "verdict",
]  # fmt: skip


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
