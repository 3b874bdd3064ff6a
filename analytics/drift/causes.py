"""Which signature does the excess have? The simplest shape that leaves least unexplained."""

from __future__ import annotations

from analytics.drift.limits import DAY_US
from analytics.drift.memory import Episode, Fit
from domain.hotspot import Cause

#: shapes other than the constant must leave this share less, and the best at least this share explained
ADVANTAGE, MIN_EXPLAINED = 0.98, 0.05
#: a meter on another scale reads so many times what is expected, or one part in so many, whatever the hour:
#: this leaves at most so much of what is read unexplained, and at most so much of what a constant leaves
SCALE, SCALE_UNEXPLAINED, SCALE_ADVANTAGE = 3.0, 0.1, 0.5
#: a ramp cannot be told from a step before [days]
RAMP_DAYS = 7.0


def residuals(episode: Episode) -> dict[Cause, float]:
    """Return the weighted share of the excess' square sum that each signature leaves unexplained.

    Each is a one-parameter least squares fit through zero: a constant; a multiple of the expected
    consumption; a constant outside production only; in one shift only; a ramp from the onset on.
    """
    fit = episode.fit
    if fit.yy <= 0.0 or fit.w <= 0.0:
        return {}
    explained = {Cause.BASE_LOAD_UP: fit.y**2 / fit.w}
    if fit.xx > 0.0 and fit.xy * episode.direction > 0.0:
        explained[Cause.PROPORTIONAL] = fit.xy**2 / fit.xx
    if 0.0 < fit.off_w < fit.w:
        explained[Cause.OUT_OF_HOURS] = fit.off_y**2 / fit.off_w
    if len(episode.shifts) > 1:
        explained[Cause.ONE_SHIFT] = max(wy**2 / w for w, wy in episode.shifts.values())
    if fit.tt > 0.0 and fit.ty * episode.direction > 0.0 and _age_days(episode) >= RAMP_DAYS:
        explained[Cause.SLOW_RISE] = fit.ty**2 / fit.tt
    return {cause: 1.0 - square / fit.yy for cause, square in explained.items()}


def cause_of(episode: Episode) -> Cause:
    """Return the probable cause.

    METER_SCALE where nothing else is likely, USE_DOWN below, else the best signature, UNKNOWN when none
    explains much.
    """
    if _is_another_scale(episode.fit):
        return Cause.METER_SCALE
    if episode.direction < 0:
        return Cause.USE_DOWN
    left = residuals(episode)
    if not left:
        return Cause.UNKNOWN
    constant = left[Cause.BASE_LOAD_UP]
    best = min(left, key=left.__getitem__)
    if best is not Cause.BASE_LOAD_UP and left[best] > ADVANTAGE * constant:
        best = Cause.BASE_LOAD_UP
    return best if left[best] <= 1.0 - MIN_EXPLAINED else Cause.UNKNOWN


def _is_another_scale(fit: Fit) -> bool:
    """Return whether what is read is a large multiple, or a small share, of the expected at every hour."""
    square = fit.yy + 2.0 * fit.xy + fit.xx  # of what is read, above the level before
    if fit.xx <= 0.0 or square <= 0.0:
        return False
    times = 1.0 + fit.xy / fit.xx
    if times <= 0.0 or 1.0 / SCALE < times < SCALE:
        return False
    by_share = 1.0 - times**2 * fit.xx / square
    by_constant = 1.0 - (fit.x + fit.y) ** 2 / (fit.w * square)
    return by_share <= min(SCALE_UNEXPLAINED, SCALE_ADVANTAGE * by_constant)


def _age_days(episode: Episode) -> float:
    """Return how long the remembered part of the episode is."""
    return episode.sums.hours * 3_600_000_000 / DAY_US
