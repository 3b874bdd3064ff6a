"""What the commands that look back ask for: a window of local days, ids of the plant, where the facts are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analytics.calendar import local_day
from analytics.enpi.outputs import outputs_of
from analytics.readiness import floor_to
from app.judged import Judged, Window, judged_in_history, judged_in_store
from config.plant_file import load_plant
from config.suggest import unknown
from domain.amendment import Amendment, in_force
from domain.errors import ConfigError, Problem
from domain.plant import Plant
from domain.ports import Ledger, SeriesStore

#: days looked back when no beginning is given
DAYS = 30
#: days looked at in one go: ten years
MOST_DAYS = 3653


@dataclass(frozen=True, slots=True)
class Asked:
    """The options as they were written."""

    first: str  # --from
    last: str  # --to, inclusive
    settings: Path | None
    plant: Path | None
    data: Sequence[Path]  # history files; none = the store
    baseline: str = ""  # --baseline of history files


@dataclass(frozen=True, slots=True)
class Facts:
    """A plant with what is known of it in a window."""

    plant: Plant
    store: SeriesStore
    ledger: Ledger | None  # None: history files
    window: Window
    learned: Window | None  # history files: what baselines are fitted on

    def judged(self, pair: tuple[str, str]) -> Judged:
        """Return one process and resource over the window, against its baseline."""
        if self.ledger is not None:
            return judged_in_store(self.plant, self.store, self.ledger, pair, self.window)
        assert self.learned is not None, "history files come with a baseline period"
        return judged_in_history(self.plant, self.store, pair, self.learned, self.window)

    def amendments(self) -> tuple[Amendment, ...]:
        """Return the replacements and corrections in force; none for history files."""
        if self.ledger is None:
            return ()
        with self.ledger.begin() as tx:
            return in_force(tx.amendments())


@contextmanager
def opened(asked: Asked, names: dict[str, str], *, needs_baseline: bool = True) -> Iterator[Facts]:
    """Yield the facts that the options speak of.

    Args:
        names: of process, resource, shift, product, as written; "" = not given.
        needs_baseline: history files need --baseline.

    Raises:
        ConfigError: with everything that is wrong with the options, or with the files.
    """
    problems: list[Problem] = []
    days = [_day(name, text, problems) for name, text in (("from", asked.first), ("to", asked.last))]
    if asked.data:
        yield from _history(asked, names, days, problems, needs_baseline=needs_baseline)
        return
    from app.wiring import load_configuration, open_ledger, open_store

    settings, plant = load_configuration(asked.settings, asked.plant)
    if asked.baseline:
        problems.append(_problem("baseline", asked.baseline, "goes with --data: the store has its baselines"))
    now = datetime.now(UTC)
    window = _until(
        now, _window(plant, days, now.astimezone(plant.timezone).date(), problems), plant, problems
    )
    _raise(problems + list(_unknown_names(plant, names)))
    store = open_store(settings)
    try:
        ledger = open_ledger(settings)
        try:
            ledger.migrate()
            yield Facts(plant, store, ledger, window, None)
        finally:
            ledger.close()
    finally:
        store.close()


def _history(
    asked: Asked,
    names: dict[str, str],
    days: list[date | None],
    problems: list[Problem],
    *,
    needs_baseline: bool,
) -> Iterator[Facts]:
    from app.commands.backtest import load_history, local_period
    from store.memory import MemorySeries

    if asked.plant is None:
        problems.append(_problem("plant", "", "is needed with --data: the plant file"))
    for name, text in (("from", asked.first), ("to", asked.last)):
        if not text:
            problems.append(_problem(name, "", "is needed with --data: a date, such as 2026-01-31"))
    if needs_baseline and not asked.baseline:
        problems.append(_problem("baseline", "", "is needed with --data: 2025-01-01/2025-12-31"))
    if asked.plant is None:
        raise ConfigError(problems)
    plant = load_plant(asked.plant, days[1])
    learned = local_period("baseline", asked.baseline, plant, problems) if asked.baseline else None
    window = _window(plant, days, days[1] or date.max - timedelta(days=1), problems)
    if learned is not None and not problems and window[0] < learned[1]:
        problems.append(_problem("from", asked.first, "lies in the baseline period"))
    _raise(problems + list(_unknown_names(plant, names)))
    store = MemorySeries()
    load_history(store, asked.data, plant)
    yield Facts(plant, store, None, window, learned)


def _window(plant: Plant, days: list[date | None], today: date, problems: list[Problem]) -> Window:
    """Return [start, end) of local days, both ends included; without a beginning it is DAYS long."""
    last = days[1] or today
    first = days[0] or last - timedelta(days=DAYS - 1)
    if last < first:
        problems.append(_problem("to", last.isoformat(), f"is before --from {first}"))
    if (last - first).days >= MOST_DAYS:
        problems.append(
            _problem("from", first.isoformat(), f"more than {MOST_DAYS} days before --to: ask less")
        )
    return local_day(first, plant), local_day(last + timedelta(days=1), plant)


def _until(now: datetime, window: Window, plant: Plant, problems: list[Problem]) -> Window:
    """Return the window without intervals that are not over yet: those are not missing, they are to come."""
    end = min(window[1], floor_to(now, plant.interval_s))
    if end <= window[0] and not problems:
        problems.append(
            _problem("from", window[0].astimezone(plant.timezone).date().isoformat(), "lies in the future")
        )
    return window[0], end


def _day(name: str, text: str, problems: list[Problem]) -> date | None:
    """Return a date as written, None where none is given or it is none."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        problems.append(_problem(name, text, "write a date, such as 2026-01-31"))
        return None
    if not 1971 <= day.year <= 9000:
        problems.append(_problem(name, text, "lies outside the years 1971 to 9000"))
        return None
    return day


def _unknown_names(plant: Plant, names: dict[str, str]) -> Iterator[Problem]:
    """Yield a problem for each id that the plant does not have."""
    known: dict[str, Iterable[str]] = {
        "process": plant.processes,
        "resource": sorted({resource for _, resource in plant.streams()}),
        "shift": [shift.name for shift in plant.shifts],
        "product": sorted({one.id for name in plant.processes for one in outputs_of(plant, name)}),
    }
    for name, text in names.items():
        if text and text not in known[name]:
            yield _problem(name, text, unknown(name, text, known[name]))


def _problem(name: str, value: str, message: str) -> Problem:
    return Problem("command line", "", f"--{name}", value, message)


def _raise(problems: Sequence[Problem]) -> None:
    if problems:
        raise ConfigError(problems)
