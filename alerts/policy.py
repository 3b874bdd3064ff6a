"""How a plant wants its alerts: what the settings and the plant file say, with the product's defaults."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.machine import Rules
from alerts.shifts import Shifts, span
from alerts.stages.explained import Upstream, upstream
from alerts.stages.plant_wide import PlantWide
from alerts.stages.repeated import Nuisance
from alerts.stages.routed import DEFAULT_ROUTES, Route
from domain.plant import Maintenance, Plant
from domain.silence import Silence, SilenceKind


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything the stages ask for beside conditions, alerts and the ledger."""

    rules: Rules = field(default_factory=Rules)
    shifts: Shifts = field(default_factory=lambda: Shifts(ZoneInfo("UTC")))
    routes: tuple[Route, ...] = DEFAULT_ROUTES
    nuisance: Nuisance = field(default_factory=Nuisance)
    plant_wide: PlantWide = field(default_factory=PlantWide)
    maintenance: tuple[Maintenance, ...] = ()
    meters: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)
    before: Upstream = field(default_factory=dict)
    mains: Upstream = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stages:
    """What the settings say about the stages; the plant file says the rest."""

    routes: tuple[Route, ...] = DEFAULT_ROUTES
    nuisance: Nuisance = field(default_factory=Nuisance)
    plant_wide: PlantWide = field(default_factory=PlantWide)


def policy_of(plant: Plant, rules: Rules, stages: Stages) -> Policy:
    """Return a plant's policy."""
    return Policy(
        rules=rules,
        shifts=Shifts(plant.timezone, plant.shifts),
        routes=stages.routes,
        nuisance=stages.nuisance,
        plant_wide=stages.plant_wide,
        maintenance=plant.maintenance,
        meters={pair: [meter.id for meter in plant.meters_of(*pair)] for pair in plant.streams()},
        before=upstream(_led_to(plant)),
        mains=upstream(_held(plant)),
    )


def _led_to(plant: Plant) -> dict[str, list[str]]:
    """Return where each process leads: to what it feeds, and to those whose meters are under its own."""
    ahead = {process.id: list(process.feeds) for process in plant.processes.values()}
    for main, under in _held(plant).items():
        ahead.setdefault(main, []).extend(under)
    return ahead


def _held(plant: Plant) -> dict[str, list[str]]:
    """Return which processes have meters under the main meters of each."""
    held: dict[str, list[str]] = {}
    for meter in plant.meters.values():
        main = plant.meters.get(meter.under)
        if main is not None and main.process != meter.process:
            held.setdefault(main.process, []).append(meter.process)
    return held


def planned(windows: Collection[Maintenance], zone: ZoneInfo, now: datetime) -> list[Silence]:
    """Return the silences that the plant file's maintenance windows make at an instant."""
    found = []
    for window in windows:
        today = now.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):
            if not window.falls_on(day):
                continue
            start, end = span(day, window.start, window.end, zone)
            if start <= now < end:
                found.append(
                    Silence(
                        SilenceKind.MAINTENANCE, window.matchers, start, end, "plant file", window.name,
                        start.astimezone(UTC),
                    )
                )  # fmt: skip
    return found
