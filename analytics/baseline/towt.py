"""Time of week and temperature: the calendar, and heating and cooling with knots fitted to the data.

Source: Mathieu, Price, Kiliccote, Piette, Quantifying changes in building electricity use, IEEE Trans. Smart
Grid 2 (2011), and LBNL's RMV2.0, with graded instead of two occupancy modes, rest days, season and level.
"""

from __future__ import annotations

from analytics.baseline.linear import linear_model
from analytics.baseline.seasonal import CALENDAR

MODEL = linear_model("towt", (*CALENDAR, "temperature"))
