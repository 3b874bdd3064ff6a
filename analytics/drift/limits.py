"""The judge's limits, each with the reason or the measurement behind it (see bench/detection.py).

The budget is about one false hotspot per meter and year, most of it spent on over-consumption: a missed
leak costs money every hour, a missed saving costs nothing.
"""

from __future__ import annotations

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

#: ring lengths: what evidence and onset estimates can look back on
KEEP_HOURS = 10 * 24
KEEP_DAYS = 75

# --- every interval -------------------------------------------------------------------------------
WARM_UP_HOURS = 6.0
#: lag-1 correlation assumed before it is learned, and how much data [days] that guess is worth
RHO_PRIOR, RHO_PRIOR_DAYS, RHO_MEMORY_DAYS = 0.6, 1.0, 30.0
#: what a correlation known from the baseline is worth [days]
RHO_KNOWN_DAYS = 7.0
#: the jump: whitened values are cut at clip, so that no alarm rests on fewer than three intervals
JUMP_K, JUMP_H, JUMP_CLIP = 3.0, 12.0, 8.0
#: the shift that lasts: EWMA of whitened values
SHIFT_LAMBDA, SHIFT_LIMIT, SHIFT_CLIP = 0.05, 10.0, 4.0
#: a stream whose residuals out of sample never strayed far has a nearer limit: this many times their
#: farthest, and never below SHIFT_NEAREST. Real buildings stray up to 10, batch lines 3 to 5.
SHIFT_MARGIN, SHIFT_NEAREST = 1.5, 6.0
#: look-back of the onset search beyond the alarm's own run [hours]
ONSET_BACK_HOURS = 24.0

# --- every local day ------------------------------------------------------------------------------
#: hours of the day whose median excess is the quiet channel: the least disturbed by what people do
QUIET_FROM, QUIET_TO = 20, 6
MIN_DAY_HOURS, MIN_QUIET_HOURS = 18.0, 5
#: Page-Hinkley: half the shift worth finding, and its threshold [daily standard deviations]; on half of
#: 56 real meter-years a threshold of 9.5 gave 1.6 hotspots a year, 12 gave 1.2, 14 gave 1.07, for a mean
#: share of found faults of .45, .43, .43
DAY_DELTA, DAY_LIMIT, DAY_CLIP, DAY_MIN = 0.3, 14.0, 2.5, 20
#: the whole-day channel is noisier, the downward side matters less: their thresholds are multiplied
WHOLE_FACTOR, UNDER_FACTOR = 1.5, 4.0
#: no meter is judged finer than this share of its expected consumption per day
DAY_FLOOR = 0.03
#: daily deviation as a share of the intervals' when the baseline does not tell; median of 56 real meters
DAY_SHARE = 0.55
#: clean days from which a re-armed test takes its mean
REARM_DAYS = 30
#: a statistical alarm waits this long for its money's worth
PENDING_DAYS = 14
ONSET_DAYS = 45

# --- the stream's own level (what a frozen baseline misses by itself) -------------------------------
LEVEL_DAYS, LEVEL_LAG_DAYS, LEVEL_MIN_DAYS = 56, 7, 14

# --- a stuck meter ----------------------------------------------------------------------------------
#: identical non-zero values for this long: every stuck meter of 59 real ones found, no false one
STUCK_HOURS = 24.0

# --- the end ----------------------------------------------------------------------------------------
#: log-likelihood ratio of "gone" against "still there": 5 = wrong about once in 150
CALM_LIMIT, CALM_CLIP = 5.0, 1.5
#: patience: a hotspot also ends when the mean of this many days is under half its size
PATIENCE_DAYS = 9
