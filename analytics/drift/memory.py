"""What the judge remembers of one stream: plain records that msgspec writes and reads without loss."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter

import msgspec

from analytics.drift.limits import JUMP_H, LEAST_K, RHO_PRIOR, SHIFT_LIMIT, STILL_LIFT

_start_of = attrgetter("start_us")
#: the open hotspot of over-consumption among a stream's episodes
OVER = "1"


class Sums(msgspec.Struct, array_like=True):
    """Amounts over usable intervals. `*_h`: rate of price (factor) x hours, to price a constant rate."""

    hours: float = 0.0
    excess: float = 0.0  # [unit]
    expected: float = 0.0  # [unit]
    sigma: float = 0.0  # sum of the intervals' deviations [unit]: hourly deviation if fully correlated
    cost: float = 0.0  # [currency], of the priced hours
    price_h: float = 0.0  # [currency / unit x h]
    priced: float = 0.0  # hours with a known price
    co2: float = 0.0  # [kg]
    factor_h: float = 0.0
    factored: float = 0.0  # hours with a known factor

    def add(self, other: Sums) -> None:
        """Add another record's amounts."""
        self.hours += other.hours
        self.excess += other.excess
        self.expected += other.expected
        self.sigma += other.sigma
        self.cost += other.cost
        self.price_h += other.price_h
        self.priced += other.priced
        self.co2 += other.co2
        self.factor_h += other.factor_h
        self.factored += other.factored

    def take_away(self, other: Sums) -> None:
        """Take another record's amounts away."""
        self.hours -= other.hours
        self.excess -= other.excess
        self.expected -= other.expected
        self.sigma -= other.sigma
        self.cost -= other.cost
        self.price_h -= other.price_h
        self.priced -= other.priced
        self.co2 -= other.co2
        self.factor_h -= other.factor_h
        self.factored -= other.factored


class Hour(msgspec.Struct, array_like=True):
    """One clock hour; `how` is the local hour of the week, `off` outside production."""

    start_us: int
    how: int
    off: bool
    shift: str
    sums: Sums

    @property
    def rate(self) -> float:
        """Return the mean excess per hour."""
        return self.sums.excess / self.sums.hours


class Day(msgspec.Struct, array_like=True):
    """One local day; `z` holds its channels in their standard deviations (absent: too little data)."""

    start_us: int
    clean: bool  # no hotspot was open: may teach what the stream's own level is
    sums: Sums
    z: dict[str, float]


class Fit(msgspec.Struct, array_like=True):
    """Weighted sums (w = 1/sigma^2) for comparing signatures: y excess per hour, x expected, t days."""

    w: float = 0.0
    y: float = 0.0
    yy: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    tt: float = 0.0
    ty: float = 0.0
    off_w: float = 0.0
    off_y: float = 0.0


class Episode(msgspec.Struct):
    """An open hotspot: where it began, what it amounts to, and how much speaks for its end."""

    direction: int  # +1 over, -1 under
    detector: str
    since_us: int
    detected_us: int
    level: float  # excess per hour that was there before; not part of this hotspot
    sums: Sums
    fit: Fit
    profile: list[list[float]]  # by `episode.slot_of`: [sum of rates, hours seen]
    shifts: dict[str, list[float]]  # per shift: [sum w, sum wy]
    channels: list[str]
    calm: float = 0.0
    calm_since_us: int = 0  # start of the first of the hours that speak for the end; 0: none do
    chance: float = 0.0  # excess per hour above the level that chance may have lent it when it was found

    @property
    def above(self) -> float:
        """Return the excess per hour that is not the hotspot's: level before, and what chance lent."""
        return self.level + self.chance


class Run(msgspec.Struct, array_like=True):
    """The current run of identical values."""

    value: float = 0.0
    start_us: int = 0
    hours: float = 0.0
    excess: float = 0.0
    expected: float = 0.0
    detected_us: int = 0  # 0 = not stuck


class Whitening(msgspec.Struct, array_like=True):
    """Lag-1 correlation and scale of the standardised excess, learned after each score."""

    last: float | None = None
    lag: float = RHO_PRIOR  # mean of z(t) z(t-1)
    square: float = 1.0  # mean of z^2
    scale: float = 1.0  # mean of squared whitened values
    seen: int = 0


class Pending(msgspec.Struct, array_like=True):
    """An alarm of the statistics that waits for its money's worth."""

    since_us: int
    alarm_us: int
    channel: str


class Together(msgspec.Struct, array_like=True):
    """How a stream strays with the others: sums over days of (own share x common share), (common share)^2."""

    xy: float = 0.0
    xx: float = 0.0


class Straying(msgspec.Struct, array_like=True):
    """How far a channel's recent level lay from its long mean on the days without a hotspot."""

    square: float = STILL_LIFT**2  # mean square [squared standard deviations]
    days: float = 0.0  # seen, the latest STRAYING_DAYS count


class Standing(msgspec.Struct, array_like=True):
    """What standing losses add to each hour: an amount, and a share of what is expected."""

    per_hour: float = 0.0  # [unit/h]
    share: float = 0.0


class Memory(msgspec.Struct):
    """Everything of one stream that is not inside a detector."""

    day_cv: float | None  # daily deviation as a share of the mean, from the baseline
    scales: dict[str, list[float]] = {}  # per channel: deviation on a working day, on a day of rest
    ks: dict[str, float] = {}  # per channel: reference value, in those deviations
    limits: dict[str, list[float]] = {}  # per channel: [upwards, downwards], in those deviations
    shift_limit: float = SHIFT_LIMIT  # of the fast channel's EWMA
    jump_limit: float = JUMP_H  # of its CUSUM
    judged_us: int = 0  # end of the newest judged interval
    usable_us: int = 0  # end of the newest usable one
    hour: Hour | None = None
    hours: list[Hour] = []  # msgspec copies mutable defaults
    days: list[Day] = []
    day_us: int = 0  # start of the current local day's first interval
    weekday: int = -1
    mean_expected: float = 0.0  # per hour, slow
    days_seen: int = 0
    level: float = 0.0
    price: float | None = None  # the last known ones: an excess of exactly zero does not show its price
    factor: float | None = None
    has_shifts: bool = False
    whitening: Whitening = msgspec.field(default_factory=Whitening)
    run: Run = msgspec.field(default_factory=Run)
    episodes: dict[str, Episode] = {}
    pending: dict[str, Pending] = {}  # per direction
    course: float = 0.0  # logarithm of how much wider the daily limits upwards are than learned
    finds: list[tuple[str, float]] = []  # unconfirmed hotspots: id, what each has added to the course
    together: Together = msgspec.field(default_factory=Together)
    commons: list[tuple[int, float]] = []  # start of a local day [us], what the other streams strayed by then
    straying: dict[str, Straying] = {}  # per channel
    standing: Standing = msgspec.field(default_factory=Standing)
    knows_output: bool = False  # the baseline explains the use by what is made

    def hours_within(self, start_us: float, end_us: float | None = None) -> list[Hour]:
        """Return the remembered hours, which are in order, that begin in [start, end) [us]."""
        first = bisect_left(self.hours, start_us, key=_start_of)
        last = None if end_us is None else bisect_left(self.hours, end_us, key=_start_of)
        return self.hours[first:last]

    def reference(self, channel: str) -> float:
        """Return a daily channel's reference value k [its standard deviations]."""
        return self.ks.get(channel, LEAST_K)
