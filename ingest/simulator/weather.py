"""Outdoor temperature: a season, a day, and weather that comes and goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.plant import Plant
from ingest.simulator.paging import DAY_US, HOUR_US, STEP_US, US, Floats, edges, smooth_noise

_YEAR_US = 365.25 * DAY_US
_WARMEST_US = 200 * DAY_US  # around 20 July in the north


@dataclass(frozen=True, slots=True)
class Climate:
    """A place's temperature [degC]: yearly mean, half its yearly and daily swings, the weather's s.d."""

    mean: float
    seasonal: float
    daily: float
    weather: float
    southern: bool = False


_TROPICAL = Climate(27.5, 1.5, 4.0, 1.2)
_TEMPERATE = Climate(10.5, 8.5, 4.0, 3.2)
#: rounded from long-term monthly means of each country's industrial regions; good enough for a demonstration
CLIMATES: dict[str, Climate] = {
    "VN": Climate(24.2, 6.3, 3.2, 2.0), "TH": _TROPICAL, "ID": _TROPICAL, "MY": _TROPICAL,
    "PH": _TROPICAL, "SG": _TROPICAL, "KH": _TROPICAL, "LK": _TROPICAL,
    "IN": Climate(25.5, 6.0, 5.0, 1.8), "BD": Climate(25.8, 5.0, 4.0, 1.6),
    "CN": Climate(15.5, 12.5, 4.5, 3.0), "JP": Climate(15.0, 11.0, 4.0, 2.8),
    "KR": Climate(12.5, 13.5, 4.5, 3.2), "DE": Climate(9.8, 9.3, 4.2, 3.5),
    "CZ": Climate(9.2, 10.0, 4.5, 3.5), "AT": Climate(9.5, 10.0, 4.5, 3.4),
    "FR": Climate(12.0, 7.8, 4.3, 3.2), "GB": Climate(10.2, 6.2, 3.5, 2.8),
    "IE": Climate(9.8, 5.0, 3.2, 2.4), "NL": Climate(10.4, 7.5, 3.6, 3.0),
    "BE": Climate(10.6, 7.6, 3.8, 3.1), "IT": Climate(14.5, 9.5, 4.8, 2.6),
    "ES": Climate(15.5, 8.8, 5.5, 2.6), "PT": Climate(16.0, 6.0, 4.8, 2.2),
    "PL": Climate(8.8, 10.5, 4.3, 3.8), "SE": Climate(7.0, 9.8, 3.6, 3.6),
    "US": Climate(13.5, 11.5, 5.2, 4.2), "MX": Climate(19.5, 4.0, 6.5, 2.0),
    "BR": Climate(22.0, 3.5, 4.8, 2.4, southern=True),
    "ZA": Climate(17.5, 5.5, 6.0, 2.6, southern=True),
    "AU": Climate(17.5, 5.8, 5.2, 3.0, southern=True),
    "NZ": Climate(13.0, 4.8, 4.2, 2.4, southern=True),
}  # fmt: skip


def climate_of(plant: Plant) -> Climate:
    """Return the climate of the plant's country; a temperate one where the table has no row."""
    return CLIMATES.get(plant.country.upper(), _TEMPERATE)


def outdoor_temperature(plant: Plant, seed: int, page: int) -> Floats:
    """Return the outdoor temperature [degC] at the middle of each step of a page."""
    climate = climate_of(plant)
    middles = (edges(page)[:-1] + STEP_US // 2).astype(np.float64)
    warmest = _WARMEST_US + (_YEAR_US / 2 if climate.southern else 0.0)
    season = np.cos((middles - warmest) * (2 * np.pi / _YEAR_US))
    clock = middles + _standard_offset_us(plant) - 15 * HOUR_US  # warmest at 15 h
    day = np.cos(clock * (2 * np.pi / DAY_US))
    # a front passes in days, a shower in hours; lines between knots keep 2/3 of the variance
    fronts = smooth_noise(seed, "weather", page, 42 * 3600) * (1.15 * climate.weather)
    showers = smooth_noise(seed, "weather", page, 3 * 3600) * (0.35 * climate.weather)
    return climate.mean + climate.seasonal * season + climate.daily * day + fronts + showers


def _standard_offset_us(plant: Plant) -> int:
    """Return local standard time minus UTC: the sun knows no daylight saving."""
    zone = plant.timezone
    january, july = (datetime(2026, month, 1, tzinfo=UTC).astimezone(zone) for month in (1, 7))
    offset = min(january.utcoffset() or timedelta(), july.utcoffset() or timedelta())
    return int(offset.total_seconds()) * US
