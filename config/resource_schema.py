"""Resources as the plant file writes them: their prices by date and time of use, and emission factors."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from config.dates import EVERY_DAY
from config.plant_values import WRITE_CLOCK, Amount, Day, End, Id, Start, Text, Weekdays
from config.salvage import Row

_WRITE_DATE = 'write a date, such as from = "2026-01-01"'
_WRITE_AMOUNT = "write a number: an amount per canonical unit (kWh, m3 or kg)"


class WindowRow(Row):
    """[[resource.price.window]]: a time of use with a price of its own."""

    required: ClassVar[dict[str, str]] = {
        "name": 'write its name, such as "peak"',
        "start": WRITE_CLOCK,
        "end": WRITE_CLOCK,
        "amount": _WRITE_AMOUNT,
    }
    name: Text | None = None
    days: Weekdays = EVERY_DAY
    start: Start | None = None
    end: End | None = None
    amount: Amount | None = None


class DatedRow(Row):
    """The keys of what is in force from one local date on."""

    start: Annotated[Day | None, Field(alias="from")] = None
    to: Day | None = None
    amount: Amount | None = None


class PriceRow(DatedRow):
    """[[resource.price]]."""

    required: ClassVar[dict[str, str]] = {"from": _WRITE_DATE, "amount": _WRITE_AMOUNT}
    window: list[WindowRow] = Field(default_factory=list)


class FactorRow(DatedRow):
    """[[resource.emission_factor]]."""

    required: ClassVar[dict[str, str]] = {
        "from": _WRITE_DATE,
        "amount": "write a number: kg CO2e per canonical unit (kWh, m3 or kg)",
        "scope": "write 1, 2 or 3",
        "source": "every factor names where it comes from, and the year",
    }
    scope: Literal[1, 2, 3] | None = None
    source: Text | None = None
    method: Literal["", "location", "market"] = ""


class ResourceRow(Row):
    """[[resource]]."""

    required: ClassVar[dict[str, str]] = {"id": "write the resource's id"}
    id: Id | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    kind: Literal["energy", "water", "material"] | None = None
    unit: str | None = None
    price: list[PriceRow] = Field(default_factory=list)
    emission_factor: list[FactorRow] = Field(default_factory=list)
