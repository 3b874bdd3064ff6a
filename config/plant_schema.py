"""The plant file as it is written: one class per table, one line per key.

Resources stand in resource_schema.py; meters, variables and sources in meter_schema.py.

A key added here is read, checked and suggested at once; what it means to the product is decided in
plant_build.py. Keys that must be there are listed in `required`, with what to write.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from config.dates import EVERY_DAY
from config.durations import parse_duration, parse_interval
from config.meter_schema import MeterRow, SourceRow, VariableRow
from config.places import parse_country, parse_currency, parse_time_zone
from config.plant_values import (
    WRITE_CLOCK,
    Amount,
    Day,
    Days,
    End,
    Id,
    MatcherText,
    Share,
    Start,
    Text,
    Weekdays,
)
from config.resource_schema import ResourceRow
from config.salvage import Row

Profile = Literal["doe-sep", "ipmvp", "ashrae14-hourly", "ashrae14-monthly"]


class PlantTable(Row):
    """[plant]."""

    required: ClassVar[dict[str, str]] = {
        "name": "write the plant's name",
        "timezone": 'write an IANA time zone, such as "Asia/Ho_Chi_Minh"',
        "country": 'write the ISO 3166 code of the country whose public holidays count, such as "VN"',
        "currency": 'write an ISO 4217 code, such as "VND"',
    }
    name: Text | None = None
    timezone: Annotated[str, AfterValidator(parse_time_zone)] | None = None
    country: Annotated[str, AfterValidator(parse_country)] | None = None
    subdivision: str = ""
    currency: Annotated[str, AfterValidator(parse_currency)] | None = None
    language: Literal["vi", "en"] = "en"
    interval: Annotated[int, BeforeValidator(parse_interval)] = 900
    closed: list[Days] = Field(default_factory=list)
    extra_holidays: list[Day] = Field(default_factory=list)
    not_holidays: list[Day] = Field(default_factory=list)


class ShiftRow(Row):
    """[[shift]]."""

    required: ClassVar[dict[str, str]] = {
        "name": "write the shift's name",
        "start": WRITE_CLOCK,
        "end": WRITE_CLOCK,
    }
    name: Text | None = None
    days: Weekdays = EVERY_DAY
    start: Start | None = None
    end: End | None = None


class ProcessRow(Row):
    """[[process]]."""

    required: ClassVar[dict[str, str]] = {"id": "write the process's id"}
    id: Id | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    feeds: list[str] = Field(default_factory=list)
    variables: list[str] = Field(default_factory=list)
    baseline_profile: Profile | None = None
    output: list[str] = Field(default_factory=list)
    stock: list[str] = Field(default_factory=list)
    feed_shares: dict[str, Share] = Field(default_factory=dict)
    system_cost_per_hour: Amount | None = None
    waste_cost: Amount | None = None


class DetectionTable(Row):
    """[detection]."""

    min_cost_per_hour: Amount = 0.0
    min_excess_pct: Annotated[float, Field(ge=0, le=1000)] = 3.0
    false_per_year: Annotated[float, Field(ge=0.05, le=50)] = 1.0
    standing_days: Annotated[float, Field(ge=0, le=3650)] = 14.0


class BaselineTable(Row):
    """[baseline]."""

    period: Days | None = None
    min_days: Annotated[int, Field(ge=1, le=366)] = 14
    profile: Profile | None = None
    judge_failed: bool = False
    max_age_days: Annotated[int, Field(ge=30, le=3660)] = 365
    provisional: bool = True


class SeverityTable(Row):
    """[severity]: from what on a hotspot is a warning, and from what critical."""

    warning_per_hour: Amount | None = None
    critical_per_hour: Amount | None = None
    warning_total: Amount | None = None
    critical_total: Amount | None = None
    warning_after: Annotated[float, BeforeValidator(parse_duration)] | None = None
    critical_after: Annotated[float, BeforeValidator(parse_duration)] | None = None


class MaintenanceRow(Row):
    """[[maintenance]]: a planned stretch of work in which nobody is told."""

    required: ClassVar[dict[str, str]] = {
        "name": "write what is done then",
        "match": 'write what it is about, such as ["process=dye_line_2"]; [] is the whole plant',
        "start": WRITE_CLOCK,
        "end": WRITE_CLOCK,
    }
    name: Text | None = None
    match: list[MatcherText] | None = None
    days: Weekdays = EVERY_DAY
    dates: Days | None = None
    start: Start | None = None
    end: End | None = None


class BalanceTable(Row):
    """[balance]."""

    max_closure_pct: Annotated[float, Field(gt=0, le=100)] = 5.0


class PlantFile(Row):
    """The whole file."""

    required: ClassVar[dict[str, str]] = {
        "plant": "begin with [plant] and its name, timezone, country, currency"
    }
    plant: PlantTable = PlantTable()
    shift: list[ShiftRow] = Field(default_factory=list)
    resource: list[ResourceRow] = Field(default_factory=list)
    process: list[ProcessRow] = Field(default_factory=list)
    meter: list[MeterRow] = Field(default_factory=list)
    variable: list[VariableRow] = Field(default_factory=list)
    source: list[SourceRow] = Field(default_factory=list)
    detection: DetectionTable = DetectionTable()
    baseline: BaselineTable = BaselineTable()
    severity: SeverityTable = SeverityTable()
    maintenance: list[MaintenanceRow] = Field(default_factory=list)
    balance: BalanceTable = BalanceTable()
