"""Material flow cost accounting (ISO 14051): what losses cost, with all that was spent on them upstream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.balance import Centre, CentreCost
from domain.errors import RefusedError

Floats: TypeAlias = NDArray[np.float64]


def cost_of_loss(
    *, entered: float, lost: float, price: float, energy: float, system: float, waste_management: float = 0.0
) -> float:
    """Return what a loss costs [currency]: material + (energy + system) x mass share lost + handling it.

    Args:
        entered: mass that entered the quantity centre [kg], > 0.
        lost: mass that did not become product [kg].
        price: of the material [currency/kg].
        energy: spent at the centre [currency].
        system: labour, upkeep, depreciation at the centre [currency].
        waste_management: handling the loss [currency]; all of it belongs to the loss.

    Source: ISO 14051:2011, 5.4.

    >>> cost_of_loss(entered=1000, lost=120, price=2, energy=300, system=500)
    336.0
    >>> cost_of_loss(entered=1000, lost=120, price=2, energy=300, system=500, waste_management=50)
    386.0
    """
    share = lost / entered
    return lost * price + (energy + system) * share + waste_management


def flow_costs(centres: Sequence[Centre]) -> list[CentreCost]:
    """Return the cost of product and loss at every quantity centre, in the order given.

    What was spent in a centre goes with product and loss by mass; product carries its cost to the centres
    that it feeds. Where a flow leads back (internal recycling), all costs depend on each other: x = s + F x,
    solved as one linear system. Nothing is lost on the way: what is spent is what leaves
    with product and losses.

    Args:
        centres: processes are unique; shares of feeds are > 0 and add up to 1 at most; feeds to a
            process that is no centre leave the plant.

    Raises:
        RefusedError: material goes round and round: nothing ever leaves a loop, by product or loss.

    >>> spinning = Centre("spinning", 2000.0, 300.0, 500.0, 0.0, 0.12, (("weaving", 1.0),))
    >>> weaving = Centre("weaving", 0.0, 100.0, 100.0, 20.0, 0.10)
    >>> [round(one.loss_cost, 1) for one in flow_costs([spinning, weaving])]
    [336.0, 286.4]
    """
    places = {one.process: place for place, one in enumerate(centres)}
    passed = _passed(centres, places)
    _refuse_closed_loops(centres, passed)
    own: Floats = np.array([[one.material_cost, one.energy_cost, one.system_cost] for one in centres])
    if not centres:
        return []
    total = np.linalg.solve(np.eye(len(centres)) - passed.T, own).astype(np.float64)
    return [_costs(one, own[place], total[place]) for place, one in enumerate(centres)]


def _passed(centres: Sequence[Centre], places: dict[str, int]) -> Floats:
    """Return (n, n): which share of a centre's cost goes on to which other centre."""
    passed = np.zeros((len(centres), len(centres)))
    for place, one in enumerate(centres):
        for taker, share in one.feeds:
            if taker in places:
                passed[place, places[taker]] += (1.0 - one.loss_share) * share
    return passed


def _refuse_closed_loops(centres: Sequence[Centre], passed: Floats) -> None:
    """Raise where cost cannot leave: the linear system would have no solution."""
    ways_out = passed.sum(axis=1) < 1.0 - 1e-9
    for _ in centres:
        ways_out = ways_out | ((passed > 0.0) & ways_out[None, :]).any(axis=1)
    if not ways_out.all():
        names = ", ".join(one.process for one, out in zip(centres, ways_out, strict=True) if not out)
        raise RefusedError(
            f"nothing ever leaves the loop of {names}: give one of them a loss, or feed_shares that add up "
            "to less than 1"
        )


def _costs(centre: Centre, own: Floats, total: Floats) -> CentreCost:
    lost = total * centre.loss_share
    product = float(total.sum() - lost.sum())
    fed = tuple((taker, product * share) for taker, share in centre.feeds)
    return CentreCost(
        process=centre.process,
        upstream_cost=float(total.sum() - own.sum()),
        own_cost=float(own.sum()),
        loss_material=float(lost[0]),
        loss_energy=float(lost[1]),
        loss_system=float(lost[2]),
        waste_cost=centre.waste_cost,
        product_cost=product,
        leaves=product - sum(cost for _, cost in fed),
        fed=fed,
    )
