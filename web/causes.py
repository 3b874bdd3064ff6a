"""Probable causes as tables name them; the alert's page says more."""

from __future__ import annotations

from web.language import N_

#: by domain.hotspot.Cause
CAUSES = {
    "base_load_up": N_("higher base load"),
    "out_of_hours": N_("use outside production"),
    "proportional_to_output": N_("more per unit made"),
    "one_shift": N_("one shift"),
    "slow_rise": N_("slow rise"),
    "use_down": N_("less use"),
    "meter_scale": N_("another meter scale"),
    "stuck_meter": N_("stuck meter"),
    "continuous_flow": N_("flow that never stops"),
    "night_flow": N_("night flow"),
    "idling": N_("idling"),
    "air_leak": N_("compressed-air leak"),
    "frozen_at_limit": N_("meter at its limit"),
    "implausible": N_("implausible values"),
    "maximum_demand": N_("maximum demand"),
    "unknown": N_("unknown"),
}
