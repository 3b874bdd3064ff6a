"""Hour of the week, rest days, season, slow level: the calendar alone, where no variable explains the use."""

from __future__ import annotations

from analytics.baseline.linear import linear_model

CALENDAR = ("profile", "rest", "season", "level")
MODEL = linear_model("seasonal", CALENDAR)
