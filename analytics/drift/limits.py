"""The judge's limits, each with the reason or the measurement behind it (see bench/detection.py).

The daily limits are no constants: `budget` finds them per stream, from its baseline's residuals, for the
plant's budget of false hotspots per stream and year. Most of it is spent on over-consumption: a missed leak
costs money every hour, a missed saving costs nothing.
"""

from __future__ import annotations

import numpy as np

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US

#: ring lengths: what evidence and onset estimates can look back on
KEEP_HOURS = 10 * 24
KEEP_DAYS = 75

# --- every interval -----------------------------------------------------------------------------------
WARM_UP_HOURS = 6.0
#: lag-1 correlation assumed before it is learned, and how much data [days] that guess is worth
RHO_PRIOR, RHO_PRIOR_DAYS, RHO_MEMORY_DAYS = 0.6, 1.0, 30.0
#: what a correlation known from the baseline is worth [days]
RHO_KNOWN_DAYS = 7.0
#: the jump: whitened values are cut at clip, so that no alarm rests on fewer than three intervals. Where the
#: residuals out of sample went further by themselves, the limit lies beyond them by this factor
JUMP_K, JUMP_H, JUMP_CLIP = 3.0, 12.0, 8.0
JUMP_MARGIN, JUMP_FARTHEST = 1.1, 18.0
#: the shift that lasts: EWMA of whitened values
SHIFT_LAMBDA, SHIFT_LIMIT, SHIFT_CLIP = 0.05, 20.0, 4.0
#: a stream whose residuals out of sample never strayed far has a nearer limit: this many times their
#: farthest, and never below SHIFT_NEAREST. Real buildings stray up to 10, batch lines 3 to 5.
SHIFT_MARGIN, SHIFT_NEAREST = 2.0, 6.0
#: look-back of the onset search beyond the alarm's own run [hours]
ONSET_BACK_HOURS = 24.0

# --- every local day ------------------------------------------------------------------------------
#: the idle hours where no shifts are known: the least disturbed by what people do
QUIET_FROM, QUIET_TO = 20, 6
MIN_DAY_HOURS, MIN_IDLE_HOURS, MIN_CONTRAST_HOURS = 18.0, 5, 4
#: at which local hours a day is looked at before it is over, how much of it has to be known for its total
#: [hours], and how much more than the limit is asked for, because the rest of it may take some back
LOOK_HOURS, LOOK_MIN_HOURS, LOOK_MARGIN = (8, 12, 16, 20), 10.0, 1.05
#: a day with more than this share of its hours outside production is a day of rest
REST_SHARE = 0.85
#: the CUSUM of each channel: reference value k [daily standard deviations], memory of its running mean and
#: warm-up [days]. On 56 real meter-years k = 0.5 found .46 of all faults at one hotspot a year, after 11 days
#: in the median; k = 1 found .42 after 8; k = 0.3 with Page-Hinkley's endless mean .41 after 14. Where output
#: explains the use, deviations are small, and a larger k finds the same faults in half as many days. So k is
#: half of WORTH, a share of the expected, in the stream's own deviations, within bounds. With WORTH = .05 a
#: simulated plant had half as many false hotspots again, and no fault was found earlier
WORTH, LEAST_K, MOST_K = 0.07, 0.5, 1.0
DAY_RECENTRE, DAY_MIN = 120, 14
#: how far one day counts at most: an idle line's few days have to tell by themselves
CLIPS = {"total": 3.0, "idle": 4.0, "shift": 4.0}
#: further downwards: a day on which most of the use is missing is no noise. On 56 real meters use that falls
#: by half was found after 6 days instead of 8, by nine tenths after 2.3 instead of 3.3, with .79 hotspots of
#: under-consumption a year instead of .86
CLIP_DOWN = 6.0
#: so many days in a row, each so much of the expected above the stream's long mean, are found whatever the
#: limit: on 56 real meters use that doubles was found in .98 of the cases instead of .94, with .98 hotspots a
#: year instead of .96
PLAIN_DAYS, PLAIN_SHARE = 5, 0.3
#: the limits tried, and what holds where fewer than so many days are known: the upper quartile of 56 meters
LIMITS = np.geomspace(4.0, 60.0, 24)
LEAST_LIMIT, DEFAULT_LIMIT, MIN_DAYS_TO_LEARN = 4.0, 24.0, 60
#: how the limits are found: blocks that keep what strays for weeks together, years of drawn days
BOOTSTRAP_BLOCK, BOOTSTRAP_DAYS, BOOTSTRAP_RUNS = 28, 379, 64
#: share of the budget that the daily channels are calibrated to; the rest is for the fast channels, and for
#: what a reporting year strays more than the residuals of the year before tell
DAILY_SHARE = 0.4
#: what they spend on under-consumption, as a share of that; and a shift's contrast, of what total and idle do
UNDER_SHARE, CONTRAST_SHARE = 0.25, 0.25
#: no stream is judged finer than this share of its expected consumption per day; where the baseline knows the
#: output, than the second: on 120 simulated years .93 of the faults were found within a week instead of .90,
#: at .34 false hotspots a year instead of .28
DAY_FLOOR, OUTPUT_FLOOR = 0.03, 0.0225
#: daily deviation as a share of the hours' when the baseline does not tell; median of 56 real meters
DAY_SHARE = 0.55
#: days from which a re-armed test takes its mean: with the last 14, whatever they were like, 28 real
#: meter-years gave .46 of the faults at 1.1 hotspots a year; with the clean ones of the last 30, .42
REARM_DAYS = 14
#: a statistical alarm waits this long for its money's worth
PENDING_DAYS = 14
ONSET_DAYS = 45

# --- the course of the limits, day by day --------------------------------------------------------------
#: halved after so many quiet days; a hotspot makes them wider by exp(WIDER) where the budget is one a year.
#: On 56 real meter-years 10 % steps were found after 11 days instead of 13 at the same rate of hotspots;
#: where nothing else changes .75 of them were found instead of .41
HALVED_DAYS, WIDER = 140.0, 1.3
#: how near and how far they come, as a share of what was learned; and the nearest that nearness alone leads
#: to, as limit x reference value: what decides how seldom a CUSUM passes by itself (D. Siegmund, Sequential
#: Analysis, 1985, 2.6), so that k = 0.5 keeps a limit of 8 and k = 1 one of 4
NEAREST, FARTHEST, NEAREST_EXCURSION = 0.25, 5.0, 4.0
#: finds remembered, so that a word on them can take back what they widened
KEEP_FINDS = 16
#: how much wider the fast channels' limits are at most while the course is wide: on 56 real meter-years .07
#: hotspots a year less and no fault lost; a jump then needs one interval more
FAST_FARTHEST = 1.5

# --- how far a stream strays by itself, in the daily channels' deviations ----------------------------
#: its recent level: the mean of so many days, that end so many days ago, of which so many are known. With a
#: lag of a week a fault of 10 %, found after 11 days in the median, had become its own level
RECENT_DAYS, RECENT_LAG_DAYS, RECENT_MIN_DAYS = 28, 14, 10
#: how far a recent level strays where nothing but noise moves it (drawn weeks of 56 meters: .16 to .18, the
#: years themselves .28 to .38), what that guess is worth, and how long is remembered [days]
STILL_LIFT, STILL_WORTH_DAYS, STRAYING_DAYS = 0.16, 10.0, 180.0
#: what the part that is not noise does: to the reference value, per deviation that the recent level lies
#: above the long mean (where the baseline knows the output; elsewhere), or below it; to the limits; and how
#: much sooner limits come near where there is none of it, known for so many days. Measured in docs/adr/0037
KNOWN_LIFT_WEIGHT, LIFT_WEIGHT, DROP_WEIGHT = 1.5, 3.0, 0.4
STRAYING_FARTHER, STILL_SOONER, STILL_MIN_DAYS = 0.25, 2.5, 20


# --- what all streams do together -------------------------------------------------------------------------
#: days that are remembered, to be judged again by the same: as long as any checkpoint and more
KEEP_COMMONS = 400
COMMON_MEMORY_DAYS, COMMON_PRIOR, COMMON_MOST = 180.0, 0.05, 0.75
COMMON_CLIP, OWN_CLIP = 0.3, 0.4

# --- the stream's own level (what a frozen baseline misses by itself) -------------------------------
#: the mean of so many days, that end so many days ago, of which so many are known. An excess that is found by
#: its days is what stands out from as many and from LONG_LEVEL_DAYS (docs/adr/0037)
LEVEL_DAYS, LEVEL_LAG_DAYS, LEVEL_MIN_DAYS = 28, 3, 10
LONG_LEVEL_DAYS, LONG_LEVEL_MIN_DAYS = 56, 14

#: days that say what the level is once an excess is taken for standing: these at most, none before it was
#: found, and so many at least
STANDING_DAYS, STANDING_MIN_DAYS = 21, 5
#: what a standing loss is made of: hours that say it; how much what is expected has to vary, as a share of
#: its mean, before a share can be told from an amount; and the least loss, as a share of what is expected,
#: that is taken apart: what buildings stray by in two weeks is neither, and the level follows it
STANDING_MIN_HOURS, STANDING_PRIOR, STANDING_LEAST = 90, 0.1, 0.25
#: how many times longer an excess that people called right stays open before it is taken for standing
CONFIRMED_STANDS = 2.0

# --- a stuck meter ----------------------------------------------------------------------------------
#: identical non-zero values for this long: every stuck meter of 59 real ones found, no false one
STUCK_HOURS = 24.0

# --- the end ----------------------------------------------------------------------------------------
#: log-likelihood ratio of "gone" against "still there": 5 = wrong about once in 150
CALM_LIMIT, CALM_CLIP = 5.0, 1.5
#: what has to be there still: what was seen before less so many of its standard errors; hours with less than
#: this share of the hotspot's mean say nothing. From how many hours of a shift on they speak for its others,
#: that were not seen. Measured in docs/adr/0035
CALM_ERRORS, CALM_LEAST, CALM_MIN_HOURS = 0.5, 0.5, 3
#: how long hours that speak for the end do not say what was before: what grows is measured by what it became
CALM_DAYS = 5
#: patience: a hotspot also ends when the mean of this many days is under half its size
PATIENCE_DAYS = 9
