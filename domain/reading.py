"""Readings as they come from meters, and the messages that were refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Reading(NamedTuple):
    """One value of one meter (or relevant variable) at one instant, in its canonical unit.

    A reading is identified by `meter` and `time_us`: the same pair again is the same reading.
    """

    meter: str  # id of the meter or variable
    time_us: int  # microseconds since 1970, UTC: the payload's time, else arrival
    value: float  # finite; canonical unit
    received_us: int  # arrival at the collector, microseconds since 1970, UTC


class RejectReason(StrEnum):
    """Why a message was refused. Adding a reason: one row here, one test in tests/ingest."""

    UNKNOWN_TOPIC = "unknown_topic"
    UNKNOWN_METER = "unknown_meter"  # a source's pattern matched but its cap of undeclared meters is reached
    BAD_TOPIC = "bad_topic"  # not UTF-8, or a name that is not an id
    BAD_METER = "bad_meter"  # the payload is to name the meter, and does not, or not by an id
    TOO_LARGE = "too_large"
    NOT_PARSED = "not_parsed"  # not JSON, not CSV, not a number, nested too deep
    MISSING_VALUE = "missing_value"  # the path leads nowhere
    NOT_A_NUMBER = "not_a_number"  # text, boolean, null, NaN, infinite
    OUT_OF_RANGE = "out_of_range"  # a number no meter can have sent
    MISSING_TIME = "missing_time"
    BAD_TIME = "bad_time"  # not a time in the declared time_unit
    TIME_IN_FUTURE = "time_in_future"
    TIME_TOO_OLD = "time_too_old"
    NOT_BORN = "not_born"  # Sparkplug: data before the birth that says what it means
    REFUSED_BY_STORE = "refused_by_store"


@dataclass(frozen=True, slots=True)
class Reject:
    """A message (or one point) that was refused, kept so that a person can look at it."""

    reason: RejectReason
    topic: str
    payload: bytes  # cut to the kept length
    received_us: int
    detail: str = ""
