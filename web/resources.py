"""Names of the resources that every plant knows; others are as the plant file writes them."""

from __future__ import annotations

from web.language import N_

#: the plant file's own defaults: what is called otherwise there is called so here
BUILT_IN = (
    N_("Electricity"),
    N_("Gas"),
    N_("Steam"),
    N_("Compressed air"),
    N_("Water"),
    N_("Wastewater"),
)
