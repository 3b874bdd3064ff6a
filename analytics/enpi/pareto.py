"""What to look at first: losses ranked by money."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from domain.enpi import Enpi


def pareto(rows: Sequence[Enpi]) -> pl.DataFrame:
    """Return the overspend league table: excess cost, the dearest first.

    Args:
        rows: one per process and resource, of the same period; savings and unknown costs are not in it.

    Returns:
        process, resource: String; cost: Float64 > 0 [plant currency], falling; share, cumulative: Float64,
        of the sum of all overspends, 0 .. 1.
    """
    over = [(one.process, one.resource, cost) for one in rows if (cost := one.excess_cost.value or 0.0) > 0.0]
    schema = {"process": pl.String(), "resource": pl.String(), "cost": pl.Float64()}
    ranked = pl.DataFrame(over, schema=schema, orient="row").sort(
        "cost", "process", "resource", descending=[True, False, False]
    )
    return ranked.with_columns(
        share=pl.col("cost") / pl.col("cost").sum(),
        cumulative=pl.col("cost").cum_sum() / pl.col("cost").sum(),
    )
