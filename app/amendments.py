"""What the commands `meter` and `correct` share: local times, the meter's unit, the journal as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app.wiring import load_configuration, open_ledger, open_store
from domain.amendment import Amendment, AmendmentKind, in_force
from domain.errors import ConfigError, Problem
from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.ports import LedgerTx, SeriesStore
from domain.units import canonical_value
from store.ledger import SqlLedger


class Opened(NamedTuple):
    """What an amendment is checked against and written to."""

    plant: Plant
    store: SeriesStore
    ledger: SqlLedger


@contextmanager
def opened(settings_file: Path | None, plant_file: Path | None) -> Iterator[Opened]:
    """Open plant, store and ledger, and close them; the ledger's tables are brought up to date."""
    settings, plant = load_configuration(settings_file, plant_file)
    store, ledger = open_store(settings), open_ledger(settings)
    try:
        ledger.migrate()
        yield Opened(plant, store, ledger)
    finally:
        store.close()
        ledger.close()


def problem(option: str, value: object, message: str) -> Problem:
    """Return something wrong with the command's options: where, what, and what is allowed."""
    return Problem("command line", "", option, "" if value is None else str(value), message)


def refuse(problems: Sequence[Problem]) -> None:
    """Raise with every problem, if there is one."""
    if problems:
        raise ConfigError(problems)


def meter_of(plant: Plant, name: str, problems: list[Problem]) -> Meter | Variable | None:
    """Return the meter or variable of an id; None and a problem if there is none."""
    found = plant.meters.get(name) or plant.variables.get(name)
    if found is None:
        known = ", ".join([*plant.meters, *plant.variables])
        problems.append(problem("METER", name, f"is no meter or variable of the plant; there are {known}"))
    return found


def said(options: dict[str, str], problems: list[Problem]) -> None:
    """Note every option of those that a person has to say but did not."""
    for name, value in options.items():
        if not value.strip():
            problems.append(problem(name, "", "is needed: an amendment says who made it, and why"))


def instant(option: str, text: str, zone: ZoneInfo, problems: list[Problem]) -> datetime | None:
    """Return the instant of a local time, or of one with an offset; None and a problem if it is none."""
    example = "2026-11-20 09:30, or with an offset 2026-11-20T09:30+07:00"
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        wrong = "is no date and time" if text.strip() else "is needed"
        problems.append(problem(option, text, f"{wrong}; write {example}"))
        return None
    if at.tzinfo is None:
        wrong = _not_once(at, zone)
        if wrong:
            problems.append(problem(option, text, wrong))
            return None
        at = at.replace(tzinfo=zone)
    return at.astimezone(_UTC)


_UTC = ZoneInfo("UTC")


def _not_once(at: datetime, zone: ZoneInfo) -> str:
    """Return why a local time does not name one instant; "" if it does."""
    first, second = at.replace(tzinfo=zone, fold=0), at.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return ""
    both = " or ".join(one.isoformat() for one in (first, second))
    if first.astimezone(_UTC).astimezone(zone).replace(tzinfo=None) == at:
        return f"happens twice in {zone.key}, where the clocks go back: write {both}"
    return f"does not happen in {zone.key}, where the clocks go forward; write it with an offset"


def canonical(meter: Meter | Variable, value: float) -> float:
    """Return a value in the meter's unit as its readings are kept: canonical, or turned into energy."""
    return canonical_value(value, meter.unit) * _heating(meter)


def canonical_difference(meter: Meter | Variable, value: float) -> float:
    """Return a difference in the meter's unit as its readings are kept (degF: without the offset)."""
    return value * meter.unit.factor * _heating(meter)


def shown(meter: Meter | Variable | None, value: float | None) -> float | None:
    """Return a kept value in the meter's unit, to 12 digits; as it is kept where the meter is gone."""
    if value is None or meter is None:
        return value
    return float(f"{(value / _heating(meter) - meter.unit.offset) / meter.unit.factor:.12g}")


def shown_difference(meter: Meter | Variable | None, value: float | None) -> float | None:
    """Return a kept difference in the meter's unit, to 12 digits."""
    if value is None or meter is None:
        return value
    return float(f"{value / _heating(meter) / meter.unit.factor:.12g}")


def _heating(meter: Meter | Variable) -> float:
    found = meter.heating_value if isinstance(meter, Meter) else None
    return 1.0 if found is None else found


def iso(at: datetime) -> str:
    """Return an instant in ISO 8601, UTC, with a Z."""
    return at.astimezone(_UTC).isoformat().replace("+00:00", "Z")


def local(at: datetime, plant: Plant) -> str:
    """Return an instant in the plant's time, with its offset: it has to tell the hours of autumn apart."""
    return at.astimezone(plant.timezone).isoformat(sep=" ", timespec="seconds")


def entry_row(entry: Amendment, plant: Plant, undone: Amendment | None) -> dict[str, Any]:
    """Return an entry of the journal as JSON values; registers and values in the meter's unit."""
    meter = plant.meters.get(entry.meter) or plant.variables.get(entry.meter)
    row: dict[str, Any] = {
        "id": entry.id,
        "meter": entry.meter,
        "kind": str(entry.kind),
        "from": iso(entry.start),
        "to": iso(entry.end),
        "unit": None if meter is None else meter.unit.name,
    }
    if entry.kind is AmendmentKind.REPLACED:
        names = ("old_register", "new_register", "old_rollover", "new_rollover")
        row |= {name: shown(meter, getattr(entry, name)) for name in names}
    elif entry.kind is AmendmentKind.SHIFTED:
        row["value"] = shown_difference(meter, entry.value)
    else:
        row["value"] = entry.value if entry.kind is AmendmentKind.SCALED else shown(meter, entry.value)
    state = (
        None
        if undone is None
        else {"id": undone.id, "who": undone.who, "at": iso(undone.at), "why": undone.why}
    )
    return row | {"who": entry.who, "at": iso(entry.at), "why": entry.why, "undone": state}


def journal_rows(
    journal: Sequence[Amendment], plant: Plant, kinds: Sequence[AmendmentKind], meter: str = ""
) -> list[dict[str, Any]]:
    """Return the entries of some kinds, of one meter or of all, each with its undoing."""
    undone = {entry.undoes: entry for entry in journal if entry.undoes is not None}
    return [
        entry_row(entry, plant, undone.get(entry.id))
        for entry in journal
        if entry.kind in kinds and meter in ("", entry.meter)
    ]


def enter(tx: LedgerTx, entry: Amendment, what: str, details: dict[str, Any]) -> Amendment:
    """Append an entry to the journal, and a line to the audit trail."""
    saved = tx.save_amendment(entry)
    tx.audit(
        at=saved.at, who=saved.who, what=what, about=saved.meter or f"{saved.process}/{saved.resource}",
        why=saved.why,
        details={"amendment": saved.id, **details},
    )  # fmt: skip
    return saved


def undo(
    tx: LedgerTx, number: int, kinds: Sequence[AmendmentKind], who: str, why: str, now: datetime
) -> Amendment:
    """Append the undoing of an entry of some kinds.

    Raises:
        ConfigError: there is no such entry in force.
    """
    journal = {entry.id: entry for entry in tx.amendments()}
    entry = journal.get(number)
    undoing = next((one for one in journal.values() if one.undoes == number), None)
    if entry is None or entry.kind not in kinds:
        allowed = [str(one.id) for one in in_force(tuple(journal.values())) if one.kind in kinds]
        message = f"is no entry that this command can undo; there are: {', '.join(allowed) or 'none'}"
        refuse([problem("ID", number, message)])
    assert entry is not None
    if undoing is not None:
        refuse([problem("ID", number, f"was undone before, by {undoing.who} on {iso(undoing.at)}")])
    facts = Amendment(
        0, now, who, why, entry.meter, AmendmentKind.UNDONE, entry.start, entry.end,
        undoes=number, process=entry.process, resource=entry.resource,
    )  # fmt: skip
    return enter(tx, facts, f"{entry.kind}.undone", {"undoes": number})
