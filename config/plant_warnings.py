"""What a plant file may say, but a careful reader would ask about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from config.topics import filters_meet, has_wildcard
from domain.errors import Problem
from domain.meter import Meter, MeterKind, PayloadRule, Variable
from domain.plant import Plant
from domain.resource import Resource

LONGEST_BASELINE_DAYS = 366
#: table, key, message
Doubt = tuple[str, str, str]


def plant_warnings(plant: Plant, today: date, file: str = "plant file") -> list[Problem]:
    """Return what is allowed but doubtful; the plant works without answers, with less insight.

    Args:
        plant: a plant without problems.
        today: local date on which prices and factors are looked up.
        file: the name to show.
    """
    return [
        Problem(file=file, table=table, key=key, value="", message=message)
        for look in _LOOKS
        for table, key, message in look(plant, today)
    ]


def _named(plant: Plant) -> Iterator[tuple[str, Meter | Variable]]:
    """Yield every meter and variable with its table's name."""
    for meter in plant.meters.values():
        yield f"meter ({meter.id})", meter
    for variable in plant.variables.values():
        yield f"variable ({variable.id})", variable


def _has_time(rule: PayloadRule) -> bool:
    return bool(rule.time) or rule.format == "sparkplug_b"


def _readings(plant: Plant, _today: date) -> Iterator[Doubt]:
    if not plant.meters:
        yield "meter", "", "no meter is declared: readings are kept, but nothing is analysed"
    for table, item in _named(plant):
        if not item.rule.topic and not plant.sources:
            yield table, "topic", "no topic, and no [[source]]: its readings can only come by import"
        if item.kind is MeterKind.DELTA and item.rule.topic and not _has_time(item.rule):
            yield table, "time", "amounts without a time: a message that is delivered twice counts twice"
        if item.every_s is None and isinstance(item, Meter):
            yield table, "every", "no cadence: when it falls silent, nobody is told"
        elif item.every_s is not None and item.every_s > plant.interval_s:
            yield (
                table,
                "every",
                "slower than the plant's interval: amounts are spread over several intervals",
            )


def _processes(plant: Plant, _today: date) -> Iterator[Doubt]:
    measured = {meter.process for meter in plant.meters.values()}
    for process in plant.processes.values():
        table = f"process ({process.id})"
        if process.id not in measured:
            yield table, "", "no meter measures this process"
        elif not process.variables:
            yield table, "variables", "no relevant variables: the baseline knows hours and days only"
    used = {name for process in plant.processes.values() for name in process.variables}
    for name in plant.variables:
        if name not in used:
            yield f"variable ({name})", "", "no process lists it among its variables"


def _flow(plant: Plant, _today: date) -> Iterator[Doubt]:
    """Yield each process from which the flow chart leads back to itself."""
    for name in plant.processes:
        seen: set[str] = set()
        ahead = list(plant.processes[name].feeds)
        while ahead:
            following = ahead.pop()
            if following not in seen:
                seen.add(following)
                ahead += plant.processes[following].feeds
        if name in seen:
            yield f"process ({name})", "feeds", "the flow chart leads back here: is it a recycling loop?"


def _money(plant: Plant, today: date) -> Iterator[Doubt]:
    for name in sorted({meter.resource for meter in plant.meters.values()}):
        resource = plant.resources[name]
        table = f"resource ({name})"
        if not resource.prices:
            yield table, "price", "no price: excess of it has no cost, and ranks last"
        elif not any(
            price.start <= today and (price.to is None or today <= price.to) for price in resource.prices
        ):
            yield table, "price", f"no price is valid today ({today})"
        yield from _carbon(resource, table, today)


def _carbon(resource: Resource, table: str, today: date) -> Iterator[Doubt]:
    factors = resource.emission_factors
    if not factors:
        yield table, "emission_factor", "no emission factor: excess of it has no CO2e"
    elif not any(factor.start <= today and (factor.to is None or today <= factor.to) for factor in factors):
        yield table, "emission_factor", f"no emission factor is valid today ({today})"
    for factor in factors:
        if factor.scope == 2 and not factor.method:
            yield table, "emission_factor", f"scope 2 since {factor.start}: is it location or market based?"


def _shared_messages(plant: Plant, _today: date) -> Iterator[Doubt]:
    """Yield each meter whose filter also takes messages that another one reads by the same path."""
    rows = [(table, item.rule) for table, item in _named(plant) if item.rule.topic]
    for table, rule in rows:
        if not has_wildcard(rule.topic):
            continue
        for other, theirs in rows:
            same = rule.topic != theirs.topic and rule.value == theirs.value
            if same and filters_meet(rule.topic, theirs.topic):
                yield table, "topic", f"also takes messages of {other}: they would count twice"


def _baseline(plant: Plant, today: date) -> Iterator[Doubt]:
    if plant.baseline.period is None:
        return
    first, last = plant.baseline.period
    days = (last - first).days + 1
    if last >= today:
        yield "baseline", "period", f"ends on {last}, which is not over yet: no baseline before that"
    if days < plant.baseline.min_days:
        yield "baseline", "period", f"{days} days, fewer than min_days {plant.baseline.min_days}: no baseline"
    if days > LONGEST_BASELINE_DAYS:
        yield "baseline", "period", f"{days} days: a baseline longer than a year hides changes"


_LOOKS: tuple[Callable[[Plant, date], Iterator[Doubt]], ...] = (
    _readings,
    _processes,
    _flow,
    _money,
    _shared_messages,
    _baseline,
)
