"""The plant, from a file in which everything has been checked."""

from __future__ import annotations

from typing import TypeVar
from zoneinfo import ZoneInfo

from config.meter_schema import MeterRow, PayloadRow, RuleRow, SourceRow, ValueRow, VariableRow
from config.plant_alerts import maintenance_windows, severity_bands
from config.plant_balances import flow_of
from config.plant_resources import BUILT_IN, resource_units
from config.plant_rules import written_figures
from config.plant_schema import BaselineTable, PlantFile, ShiftRow
from config.plant_sources import value_field, value_path
from config.plant_units import usual_kind
from config.resource_schema import FactorRow, PriceRow, ResourceRow, WindowRow
from domain.acceptance import AcceptanceProfile
from domain.meter import Meter, MeterKind, PayloadRule, Source, SourceValue, Variable
from domain.plant import BalanceRule, BaselineRule, Detection, Plant, Process, Shift
from domain.resource import EmissionFactor, Price, Resource, ResourceKind, TariffWindow
from domain.rule import MeterRule, RuleKind

T = TypeVar("T")


def build_plant(file: PlantFile) -> Plant:
    """Return the plant of a file without faults."""
    plant = file.plant
    return Plant(
        name=_sure(plant.name),
        timezone=ZoneInfo(_sure(plant.timezone)),
        country=_sure(plant.country),
        currency=_sure(plant.currency),
        language=plant.language,
        interval_s=plant.interval,
        resources=_resources(file),
        processes={process.id: process for process in _processes(file)},
        meters={meter.id: meter for meter in map(_meter, file.meter)},
        variables={variable.id: variable for variable in map(_variable, file.variable)},
        sources=tuple(map(_source, file.source)),
        shifts=tuple(map(_shift, file.shift)),
        closed=tuple(sorted(plant.closed)),
        subdivision=plant.subdivision,
        extra_holidays=frozenset(plant.extra_holidays),
        not_holidays=frozenset(plant.not_holidays),
        detection=Detection(
            file.detection.min_cost_per_hour,
            file.detection.min_excess_pct,
            file.detection.false_per_year,
            file.detection.standing_days,
        ),
        baseline=_baseline(file.baseline),
        severity=severity_bands(file),
        maintenance=maintenance_windows(file),
        balance=BalanceRule(file.balance.max_closure_pct),
    )


def _baseline(table: BaselineTable) -> BaselineRule:
    return BaselineRule(
        period=table.period,
        min_days=table.min_days,
        profile=_profile(table.profile),
        judge_failed=table.judge_failed,
        max_age_days=table.max_age_days,
        provisional=table.provisional,
    )


def _profile(name: str | None) -> AcceptanceProfile | None:
    return None if name is None else AcceptanceProfile(name)


def _sure(value: T | None) -> T:
    """Return a value that the checks have found to be there."""
    assert value is not None, "build_plant is for a file without faults"
    return value


def _resources(file: PlantFile) -> dict[str, Resource]:
    """Return the built-in resources, as the file overrides them, and its own."""
    rows = {row.id: row for row in file.resource if row.id is not None}
    return {
        name: _resource(name, rows.get(name) or ResourceRow(id=name), unit)
        for name, unit in resource_units(file).items()
    }


def _resource(name: str, row: ResourceRow, unit: str) -> Resource:
    built_in = BUILT_IN.get(name)
    return Resource(
        id=name,
        name=row.name or (built_in.name if built_in else name),
        kind=ResourceKind(row.kind) if row.kind else _sure(built_in).kind,
        unit=unit,
        prices=tuple(sorted(map(_price, row.price), key=lambda price: price.start)),
        emission_factors=tuple(sorted(map(_factor, row.emission_factor), key=lambda factor: factor.start)),
    )


def _price(row: PriceRow) -> Price:
    return Price(_sure(row.start), row.to, _sure(row.amount), tuple(map(_window, row.window)))


def _window(row: WindowRow) -> TariffWindow:
    return TariffWindow(_sure(row.name), row.days, _sure(row.start), _sure(row.end), _sure(row.amount))


def _factor(row: FactorRow) -> EmissionFactor:
    return EmissionFactor(
        _sure(row.start), row.to, _sure(row.amount), _sure(row.scope), _sure(row.source), row.method
    )


def _processes(file: PlantFile) -> list[Process]:
    return [
        Process(
            _sure(row.id),
            row.name or _sure(row.id),
            tuple(row.feeds),
            tuple(row.variables),
            _profile(row.baseline_profile),
            tuple(row.output),
            tuple(row.stock),
            tuple(row.feed_shares.items()),
            row.system_cost_per_hour,
            row.waste_cost,
        )
        for row in file.process
    ]


def _shift(row: ShiftRow) -> Shift:
    return Shift(_sure(row.name), row.days, _sure(row.start), _sure(row.end))


def _rule(row: PayloadRow, topic: str) -> PayloadRule:
    return PayloadRule(
        topic,
        row.format,
        row.value,
        row.time,
        row.time_unit,
        row.scale,
        row.offset,
        row.seq,
        tuple(row.when.items()),
        row.partial,
        row.records,
        row.broker,
    )


def _source(row: SourceRow) -> Source:
    values = tuple(_value(name, value, row) for name, value in row.values.items())
    rule = _rule(row, _sure(row.topic))
    return Source(rule, row.unit, row.max_meters, values, row.meter, row.meter_path)


def _value(name: str, row: ValueRow, source: SourceRow) -> SourceValue:
    unit = _sure(row.unit)
    kind = MeterKind(row.kind) if row.kind else usual_kind(unit)
    path, field = value_path(name, row, source), value_field(name, row, source)
    return SourceValue(name, path, unit, kind, row.scale, row.offset, field)


def _register(row: VariableRow, heating_value: float = 1.0) -> float | None:
    """Return the register's size as readings count it: canonical, and as energy where values become one."""
    return None if row.rollover is None else row.rollover * _sure(row.unit).factor * heating_value


def _meter(row: MeterRow) -> Meter:
    return Meter(
        id=_sure(row.id),
        process=_sure(row.process),
        resource=_sure(row.resource),
        kind=MeterKind(_sure(row.kind)),
        unit=_sure(row.unit),
        rule=_rule(row, row.topic or ""),
        every_s=row.every,
        rollover=_register(row, row.heating_value or 1.0),
        heating_value=row.heating_value,
        zero_is_missing=row.zero_is_missing,
        stamp=row.stamp,
        flow=flow_of(row),
        under=row.under or "",
        accuracy_pct=row.accuracy_pct,
        rules=tuple(map(_meter_rule, row.rule)),
    )


def _meter_rule(row: RuleRow) -> MeterRule:
    return MeterRule(RuleKind(_sure(row.kind)), written_figures(row), row.enabled)


def _variable(row: VariableRow) -> Variable:
    return Variable(
        id=_sure(row.id),
        kind=MeterKind(_sure(row.kind)),
        unit=_sure(row.unit),
        rule=_rule(row, row.topic or ""),
        every_s=row.every,
        rollover=_register(row),
        zero_is_missing=row.zero_is_missing,
        stamp=row.stamp,
    )
