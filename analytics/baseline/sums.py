"""The models that are sums of terms, simplest first."""

from __future__ import annotations

from analytics.baseline.linear import linear_model

#: what the calendar alone says: hour of the week, rest days, the shift at work, season, slow level, and the
#: latest daily schedule
CALENDAR = ("profile", "rest", "shifts", "season", "level", "latest")
MADE = ("output", "running")
WEATHER = ("temperature", "degrees_by_hour")

#: E = A + B.P: use that nothing drives, and use in proportion to each output. Source: ISO 50006:2014, 4.4
LINEAR_OUTPUT = linear_model("linear_output", ("constant", "output"))

#: A and degree-hours below and above base temperatures that are fitted. Source: ASHRAE RP-1050
LINEAR_DEGREES = linear_model("linear_degrees", ("constant", "degrees"))

#: A, B.P and degree-hours, and what it takes to run at all
LINEAR_OUTPUT_DEGREES = linear_model("linear_output_degrees", ("constant", *MADE, "degrees"))

#: and what each shift takes by being at work
SHIFTS_OUTPUT_DEGREES = linear_model(
    "shifts_output_degrees", ("constant", "shifts", *MADE, "degrees"), needs_shifts=True
)

#: A, B.P, the shift at work, and what was made in the hour before: a batch is filled and heated first
BATCH_OUTPUT = linear_model("batch_output", ("constant", "shifts", *MADE, "output_before"))

#: and degree-hours
BATCH_OUTPUT_DEGREES = linear_model(
    "batch_output_degrees", ("constant", "shifts", *MADE, "output_before", "degrees")
)

#: the calendar alone, where no variable explains the use
SEASONAL = linear_model("seasonal", CALENDAR)

#: the calendar, and production: what it takes to run, and what it takes to make each unit
SEASONAL_OUTPUT = linear_model("seasonal_output", (*CALENDAR, *MADE))

#: production x time of week: a unit made at night need not take what one made by day does
OUTPUT_BY_HOUR = linear_model("output_by_hour", (*CALENDAR, *MADE, "output_by_hour"))

#: time of week and temperature: the calendar, and heating and cooling with knots fitted to the data.
#: Source: Mathieu, Price, Kiliccote, Piette, Quantifying changes in building electricity use, IEEE Trans.
#: Smart Grid 2 (2011), and LBNL's RMV2.0, with graded instead of two modes of occupancy, rest days, season
TOWT = linear_model("towt", (*CALENDAR, "temperature"))

#: time of week x temperature: heating that starts at 5 h takes most then
TOWT_BY_HOUR = linear_model("towt_by_hour", (*CALENDAR, *WEATHER))

#: and what the building remembers of the last three days
TOWT_MEMORY = linear_model("towt_memory", (*CALENDAR, *WEATHER, "memory"))

#: time of week, temperature and production
TOWT_OUTPUT = linear_model("towt_output", (*CALENDAR, "temperature", *MADE))

#: both, each by the hour
TOWT_OUTPUT_BY_HOUR = linear_model("towt_output_by_hour", (*CALENDAR, *WEATHER, *MADE, "output_by_hour"))

SIMPLE = (
    LINEAR_OUTPUT,
    LINEAR_DEGREES,
    LINEAR_OUTPUT_DEGREES,
    SHIFTS_OUTPUT_DEGREES,
    BATCH_OUTPUT,
    BATCH_OUTPUT_DEGREES,
)
RICH = (
    SEASONAL,
    TOWT,
    SEASONAL_OUTPUT,
    TOWT_BY_HOUR,
    TOWT_MEMORY,
    OUTPUT_BY_HOUR,
    TOWT_OUTPUT,
    TOWT_OUTPUT_BY_HOUR,
)
