"""Links of a flow chart: what flows from where to where, losses and unmetered remainders apart."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from domain.balance import Centre, CentreCost, MeterBalance

LINKS = {"source": pl.String(), "target": pl.String(), "kind": pl.String(), "value": pl.Float64()}


def cost_links(centres: Sequence[Centre], costs: Sequence[CentreCost]) -> pl.DataFrame:
    """Return the links of a cost flow chart [plant currency]; nothing is lost between them.

    Args:
        centres: quantity centres.
        costs: theirs, in the same order (`flow_costs`).

    Returns:
        source, target: process ids, or where cost comes from and goes to ("material", "energy", "system",
        "waste_management"; "product", "loss"); kind: "input" | "feed" | "product" | "loss"; value > 0.
    """
    rows: list[tuple[str, str, str, float]] = []
    for centre, cost in zip(centres, costs, strict=True):
        name = centre.process
        rows += [
            ("material", name, "input", centre.material_cost),
            ("energy", name, "input", centre.energy_cost),
            ("system", name, "input", centre.system_cost),
            ("waste_management", name, "input", centre.waste_cost),
            (name, "loss", "loss", cost.loss_cost),
            (name, "product", "product", cost.leaves),
        ]
        rows += [(name, taker, "feed", value) for taker, value in cost.fed]
    return pl.DataFrame([row for row in rows if row[3] > 1e-9], schema=LINKS, orient="row")


def meter_links(balances: Sequence[MeterBalance]) -> pl.DataFrame:
    """Return the links from main meters to those under them, and to what nobody measures [unit of each].

    Args:
        balances: of one resource, one period each.

    Returns:
        source, target: meter ids, "unmetered" as the target of a remainder; kind: "main" | "unmetered";
        value > 0: a negative remainder is no flow, it is a finding.
    """
    rows: list[tuple[str, str, str, float]] = []
    for one in balances:
        rows += [(one.main, name, "main", amount) for name, amount in one.sub_amounts]
        rows.append((one.main, "unmetered", "unmetered", one.remainder.value or 0.0))
    return pl.DataFrame([row for row in rows if row[3] > 0.0], schema=LINKS, orient="row")
