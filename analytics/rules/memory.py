"""What the rules remember of one meter: plain records that msgspec writes and reads without loss."""

from __future__ import annotations

import msgspec

Evidence = dict[str, float | int | str | None]


class Money(msgspec.Struct, array_like=True):
    """Hours with what a unit cost and emitted in them; a constant rate over them is priced by it."""

    hours: float = 0.0
    price_h: float = 0.0  # [currency / unit x h]
    priced: float = 0.0  # hours with a known price
    factor_h: float = 0.0
    factored: float = 0.0

    def add(self, hours: float, price: float | None, factor: float | None) -> None:
        """Take hours in."""
        self.hours += hours
        if price is not None:
            self.price_h, self.priced = self.price_h + price * hours, self.priced + hours
        if factor is not None:
            self.factor_h, self.factored = self.factor_h + factor * hours, self.factored + hours

    def price(self) -> float | None:
        """Return the mean price; None where none is known."""
        return self.price_h / self.priced if self.priced else None


class Spell(msgspec.Struct):
    """A stretch in which a rule is broken: when it began, what it amounts to, what speaks for it."""

    since_us: int
    detected_us: int
    until_us: int
    confidence: float
    evidence: Evidence
    ended_us: int = 0  # 0 = open
    hours: float = 0.0
    excess: float = 0.0  # [unit]
    expected: float = 0.0  # [unit]
    cost: float = 0.0
    priced: float = 0.0
    co2: float = 0.0
    factored: float = 0.0

    def take(self, rate: float, expected: float, money: Money) -> None:
        """Add an excess that ran at a constant rate for the money's hours."""
        self.hours += money.hours
        self.excess += rate * money.hours
        self.expected += expected * money.hours
        self.cost += rate * money.price_h
        self.priced += money.priced
        self.co2 += rate * money.factor_h
        self.factored += money.factored


class Hour(msgspec.Struct, array_like=True):
    """The clock hour that is being filled."""

    start_us: int = 0
    amount: float = 0.0
    known: int = 0  # intervals
    money: Money = msgspec.field(default_factory=Money)


class Flow(msgspec.Struct):
    """Continuous flow."""

    since_us: int = 0  # start of the run of hours without a zero one; 0 = no run
    rates: list[float] = []  # the run's latest hours, 24 at most
    hours: int = 0  # known ones of the run
    unknown: int = 0  # in a row
    money: Money = msgspec.field(default_factory=Money)
    zero_days: list[int] = []  # local days with a zero hour
    night: int = 0  # the night's first local day; 0 = no night now
    first_zero_us: int = 0  # in this night
    clean: int = 0
    clean_us: int = 0  # first zero hour of the first clean night
    spell: Spell | None = None


class Night(msgspec.Struct, array_like=True):
    """One night's lowest rolling hour [unit/h], and what a unit cost since the night before."""

    start_us: int
    end_us: int
    lowest: float
    money: Money


class NightLevel(msgspec.Struct):
    """Minimum night flow."""

    rolling: list[float | None] = []  # amounts of the last intervals of this night
    start_us: int = 0  # of the night that runs; 0 = none
    lowest: float | None = None
    money: Money = msgspec.field(default_factory=Money)  # since the night before
    nights: list[Night] = []
    threshold: float = 0.0  # of the open spell
    reference: float = 0.0
    clean: int = 0
    clean_us: int = 0
    spell: Spell | None = None


class Idle(msgspec.Struct):
    """Idling out of shift."""

    run_us: int = 0
    hours: float = 0.0
    energy: float = 0.0
    money: Money = msgspec.field(default_factory=Money)
    counted: bool = False  # the run is in the spell
    off_hours: float = 0.0  # of this time out of shift
    broken: bool = False  # idled too long in it
    last_us: int = 0  # end of the latest idling that counted
    spell: Spell | None = None


class Load(msgspec.Struct):
    """A compressor's loaded and unloaded time without demand."""

    since_us: int = 0  # of this time without demand; 0 = demand
    loaded: float = 0.0  # [h]
    unloaded: float = 0.0
    clean: int = 0
    clean_us: int = 0
    leak: float = 0.0  # share, of the open spell
    state: str = ""  # of the last time without demand: good | between | poor
    spell: Spell | None = None


class Stuck(msgspec.Struct):
    """Hours of one and the same amount."""

    value: float = 0.0
    since_us: int = 0
    hours: int = 0
    spell: Spell | None = None


class Demand(msgspec.Struct):
    """Intervals above the agreed demand."""

    last_us: int = 0
    peak: float = 0.0
    spell: Spell | None = None


class Frozen(msgspec.Struct):
    """Readings at the end of the range."""

    value: float = 0.0
    since_us: int = 0
    readings: int = 0
    spell: Spell | None = None


class Implausible(msgspec.Struct):
    """Readings that cannot be."""

    last_us: int = 0
    last: float = 0.0
    largest: float = 0.0
    bad_us: int = 0
    spell: Spell | None = None


class MeterMemory(msgspec.Struct):
    """All of one meter, and how far its readings and its intervals have been watched."""

    points_us: int  # readings at or before this instant are watched
    slots_us: int  # intervals that end at or before this instant are
    hour: Hour = msgspec.field(default_factory=Hour)
    flow: Flow = msgspec.field(default_factory=Flow)
    night: NightLevel = msgspec.field(default_factory=NightLevel)
    idle: Idle = msgspec.field(default_factory=Idle)
    load: Load = msgspec.field(default_factory=Load)
    stuck: Stuck = msgspec.field(default_factory=Stuck)
    demand: Demand = msgspec.field(default_factory=Demand)
    frozen: Frozen = msgspec.field(default_factory=Frozen)
    implausible: Implausible = msgspec.field(default_factory=Implausible)


def copy_of(memory: MeterMemory) -> MeterMemory:
    """Return an equal memory that shares nothing with it."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(memory), type=MeterMemory)
