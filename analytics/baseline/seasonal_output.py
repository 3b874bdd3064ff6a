"""The calendar, and production: what it takes to run, and what it takes to make each unit."""

from __future__ import annotations

from analytics.baseline.linear import linear_model
from analytics.baseline.seasonal import CALENDAR

MODEL = linear_model("seasonal_output", (*CALENDAR, "output", "running"))
