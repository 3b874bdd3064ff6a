"""A plant that is watched as it lives: quickly, once, the same after any restart and in any order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.rules.live import RuleWatch
from domain.hotspot import HotspotKind
from domain.plant import Plant
from domain.rule import RuleKind
from tests.analytics.rules_builders import BEGIN, Site, a_meter, a_plant, a_rule, a_site, at_hour, readings

LATENESS_S = 1800.0
SLOW = settings(
    deadline=None, max_examples=6, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow]
)
STEP_S = 900


def the_plant() -> Plant:
    return a_plant(
        a_meter(
            "gauge",
            every_s=STEP_S,
            rules=(a_rule(RuleKind.CONTINUOUS_FLOW), a_rule(RuleKind.IMPLAUSIBLE, max=50.0)),
        ),
        a_meter(
            name="n", every_s=STEP_S, rollover=5000.0, rules=(a_rule(RuleKind.CONTINUOUS_FLOW, hours=12),)
        ),
    )


def the_history(days: int = 4) -> pl.DataFrame:
    """Return readings of both meters: flow that stops in most nights, impossible values, a frozen end."""
    chance = random.Random(4)
    gauge, counter, register = list[tuple[float, float]](), list[tuple[float, float]](), 100.0
    for i in range(days * 86_400 // STEP_S + 1):
        second, hour = i * STEP_S, i * STEP_S / 3600
        flow = 0.0 if hour % 24 < 4 and not 24 <= hour < 72 else 4.0 + chance.random()
        value = 80.0 if i in {40, 41, 230} else flow
        gauge.append((second, value))
        frozen = 90 <= hour < 91
        counter.append((second + 7, 5000.0 if frozen else register))
        register += flow * STEP_S / 3600
    return pl.concat([readings(gauge, "m"), readings(counter, "n")]).sort("time", "meter")


HISTORY = the_history()


def lived(site: Site, arrivals: pl.DataFrame, polls: Sequence[datetime], *, restarts: bool = False) -> None:
    """Let readings arrive and the rules look, at the polls; each time as a new process if `restarts`."""
    watch, last = site.watch(), None
    for now in polls:
        new = pl.col("arrival") <= now
        batch = arrivals.filter(new if last is None else new & (pl.col("arrival") > last))
        site.store.load(batch.drop("arrival"))
        last = now
        watch = site.watch() if restarts else watch
        if site.store.last(["m", "n"]).height:
            site.look(watch, now)


def looked(site: Site, watch: RuleWatch, now: datetime) -> None:
    """Look until a backlog is done."""
    for n in range(6):
        site.look(watch, now + timedelta(seconds=n))


def at_once(frame: pl.DataFrame = HISTORY) -> pl.DataFrame:
    return frame.with_columns(arrival=pl.col("time"))


def spells(site: Site) -> list[tuple[object, ...]]:
    """Return what was found, without when an open one's figures were written last."""
    return [
        (
            h.id,
            h.kind,
            h.since,
            h.detected_at,
            h.ended_at,
            h.evidence["meter"],
            None if h.ended_at is None else h,
        )
        for h in site.hotspots()
    ]


EVERY = [BEGIN + timedelta(minutes=15 * n) for n in range(4 * 96 + 2)]
END = EVERY[-1] + timedelta(hours=3)


@pytest.fixture(scope="module")
def replayed() -> list[tuple[object, ...]]:
    """What a replay in order finds."""
    with a_site(the_plant(), LATENESS_S) as site:
        lived(site, at_once(), [*EVERY[::6], END])
        found = spells(site)
    kinds = {kind for _, kind, *_ in found}
    assert kinds == {HotspotKind.CONTINUOUS_FLOW, HotspotKind.IMPLAUSIBLE, HotspotKind.FROZEN_AT_LIMIT}
    assert len(found) >= 5
    return found


@SLOW
@given(
    polls=st.lists(st.integers(1, 384), min_size=2, max_size=25, unique=True),
    seed=st.integers(0, 99),
    restarts=st.booleans(),
)
@pytest.mark.fault(25)
def test_any_rhythm_any_order_within_the_lateness_and_any_restart_find_what_a_replay_finds(
    polls: list[int], seed: int, restarts: bool, replayed: list[tuple[object, ...]]
) -> None:
    chance = random.Random(seed)
    waits = [
        timedelta(seconds=chance.uniform(0, LATENESS_S - 1) * chance.randint(0, 1))
        for _ in range(HISTORY.height)
    ]
    late = HISTORY.with_columns(
        arrival=pl.Series([at + wait for at, wait in zip(HISTORY["time"], waits, strict=True)])
    ).sort("arrival")
    last = [END + timedelta(seconds=n) for n in range(1, 20)]  # a backlog takes several runs
    with a_site(the_plant(), LATENESS_S) as site:
        lived(
            site,
            late,
            [*EVERY[:3], *sorted(BEGIN + timedelta(minutes=15 * n) for n in polls), END, *last],
            restarts=restarts,
        )
        assert spells(site) == replayed


def test_a_hotspot_is_open_with_the_reading_that_breaks_the_rule() -> None:
    with a_site(the_plant(), LATENESS_S) as site:
        watch = site.watch()
        site.store.load(HISTORY.filter(pl.col("time") < BEGIN + timedelta(seconds=40 * STEP_S)))
        site.look(watch, BEGIN + timedelta(seconds=40 * STEP_S - 1))
        assert site.hotspots() == []
        bad = BEGIN + timedelta(seconds=40 * STEP_S)
        site.store.load(HISTORY.filter(pl.col("time") <= bad))
        (found,) = site.look(watch, bad)
        assert (found.kind, found.since, found.ended_at) == (HotspotKind.IMPLAUSIBLE, bad, None)
        assert site.hotspots() == [found]


def test_what_a_late_reading_disproves_is_taken_back() -> None:
    hours = 26
    points = [(i * 900.0, 4.0 + i % 7) for i in range(hours * 4 + 2)]
    dry = {i * 900.0 for i in range(96 - 4, 97)}  # the 24th hour was dry, but its readings come late
    plant = a_plant(a_meter("gauge", every_s=900.0, rules=(a_rule(RuleKind.CONTINUOUS_FLOW),)))
    with a_site(plant, LATENESS_S * 4) as site:
        watch = site.watch()
        site.store.load(readings([p for p in points if p[0] <= 24 * 3600]))
        site.look(watch, at_hour(24.01))
        assert [one.kind for one in site.hotspots()] == [HotspotKind.CONTINUOUS_FLOW]
        site.store.load(readings([(t, 0.0) for t in sorted(dry)]))
        site.store.load(readings([p for p in points if 24 * 3600 < p[0] <= 25 * 3600 and p[0] not in dry]))
        changed = site.look(watch, at_hour(25.01))
        assert [one.ended_at is not None for one in changed] == [True]
        assert site.hotspots() == []


def test_a_silent_meter_and_a_long_backlog_hold_up_nobody() -> None:
    with a_site(the_plant(), 60.0) as site:
        watch = site.watch()
        early = HISTORY.filter((pl.col("meter") == "m") | (pl.col("time") < at_hour(20)))
        site.store.load(early)
        for n in range(5):
            site.look(watch, at_hour(96) + timedelta(seconds=n))
        late = [h for h in site.hotspots() if h.detected_at > at_hour(24)]
        assert {h.evidence["meter"] for h in late} == {"m"}
        site.store.load(HISTORY)
        for n in range(20):
            site.look(watch, at_hour(97) + timedelta(seconds=n))
        late = [h for h in site.hotspots() if h.detected_at > at_hour(24)]
        assert {h.evidence["meter"] for h in late} == {"m", "n"}


def test_a_rule_that_is_switched_off_ends_its_hotspot_and_so_does_a_meter_that_is_gone() -> None:
    with a_site(the_plant(), 60.0) as site:
        site.store.load(HISTORY.filter(pl.col("time") < at_hour(50)))
        looked(site, site.watch(), at_hour(50))
        opened = [h for h in site.hotspots() if h.ended_at is None]
        assert {h.evidence["meter"] for h in opened} == {"m", "n"}
        meter = replace(site.plant.meters["m"], rules=(a_rule(RuleKind.CONTINUOUS_FLOW, enabled=False),))
        site.plant = a_plant(meter)
        site.look(site.watch(), at_hour(50.1))
        assert [h for h in site.hotspots() if h.ended_at is None] == []


def test_trouble_of_the_ledger_loses_nothing() -> None:
    with a_site(the_plant(), 60.0) as site:
        watch = site.watch()
        site.store.load(HISTORY.filter(pl.col("time") < at_hour(50)))
        whole = site.ledger.begin

        def broken() -> object:
            raise OSError("away")

        site.ledger.begin = broken  # type: ignore[method-assign,assignment]
        with pytest.raises(OSError, match="away"):
            site.look(watch, at_hour(50))
        site.ledger.begin = whole  # type: ignore[method-assign]
        looked(site, watch, at_hour(50))
        assert [h for h in site.hotspots() if h.ended_at is None]


def test_rules_watch_only_what_they_have_to() -> None:
    plant = a_plant(a_meter("delta", "electricity", every_s=None))
    with a_site(plant) as site:
        site.store.load(readings([(0, 1.0)]))
        watch: RuleWatch = site.watch()
        assert site.look(watch, at_hour(1)) == []
        assert (watch.points, watch.slots) == (0, 0)
