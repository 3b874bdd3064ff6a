"""Balances: what goes in has to come out. What does not is a finding, not a rounding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.baseline import Finding
from domain.enpi import Figure


@dataclass(frozen=True, slots=True)
class MeterBalance:
    """A main meter against the meters under it, over the intervals in which all of them are known."""

    main: str  # meter id
    resource: str
    sub_amounts: tuple[tuple[str, float], ...]  # meter id, amount in the intervals that count
    period: str  # as in domain.enpi; "" = the whole window
    start: datetime
    end: datetime  # exclusive
    main_amount: Figure
    subs_amount: Figure
    remainder: Figure  # main less sub-meters: what nobody measures; negative = something is wrong
    half_width: float | None  # of its 90 % interval, from the meters' classes; None = one is not known
    pct: float | None  # of the main meter's amount
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class MaterialBalance:
    """A process's material, or water: input + opening stock = product + losses + closing stock + closure."""

    process: str
    kind: str  # "material" | "water"
    start: datetime
    end: datetime  # exclusive
    inputs: Figure  # what its meters count
    upstream: Figure  # what other processes feed it
    opening: Figure
    product: Figure
    losses: Figure
    closing: Figure
    closure: Figure  # in + opening - out - closing; None = one of them is not known
    half_width: float | None  # of its 90 % interval; None = a meter's class is not known
    pct: float | None  # of all that came in
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Centre:
    """A quantity centre (ISO 14051) with its own cost in a window [plant currency]."""

    process: str
    material_cost: float  # purchased material that enters here
    energy_cost: float  # energy and water
    system_cost: float  # labour, upkeep, depreciation
    waste_cost: float  # handling its losses
    loss_share: float  # of the mass that entered, 0 .. 1
    feeds: tuple[tuple[str, float], ...] = ()  # shares of its product; what remains leaves the plant


@dataclass(frozen=True, slots=True)
class CentreCost:
    """What one quantity centre's loss and product cost, with all that was spent upstream [plant currency]."""

    process: str
    upstream_cost: float  # that came in with what other centres feed
    own_cost: float  # material, energy and system that enter here
    loss_material: float
    loss_energy: float
    loss_system: float
    waste_cost: float  # 100 % of handling the loss
    product_cost: float  # of all its product
    leaves: float  # of it, with product that leaves the plant
    fed: tuple[tuple[str, float], ...]  # of it, to each process that it feeds

    @property
    def loss_cost(self) -> float:
        """Return what the loss costs in all: what was spent on it, and handling it."""
        return self.loss_material + self.loss_energy + self.loss_system + self.waste_cost
