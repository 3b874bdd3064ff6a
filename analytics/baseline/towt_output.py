"""Time of week, temperature and production: `towt` and `seasonal_output` in one."""

from __future__ import annotations

from analytics.baseline.linear import linear_model
from analytics.baseline.seasonal import CALENDAR

MODEL = linear_model("towt_output", (*CALENDAR, "temperature", "output", "running"))
