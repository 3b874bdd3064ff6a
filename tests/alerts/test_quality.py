"""Alert-quality indicators: computed by hand beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from alerts.judging import give_feedback
from alerts.outbox import ChannelRule
from alerts.people import with_people
from alerts.quality import floods, quality
from alerts.shifts import Shifts
from domain.alert import Alert, AlertState
from domain.feedback import Verdict
from domain.plant import Shift
from domain.user import Role, User
from tests.alerts.builders import NOW, a_hotspot_condition, after, an_alert, elsewhere
from tests.alerts.memory_ledger import MemoryLedger

SHIFTS = Shifts(
    ZoneInfo("Asia/Ho_Chi_Minh"),
    tuple(
        Shift(name, frozenset(range(7)), time(start), time(end))
        for name, start, end in (("a", 6, 14), ("b", 14, 22), ("c", 22, 6))
    ),
)
DAY = (NOW, NOW + timedelta(days=1))


def an_episode(name: str, fired_s: float, lasts_s: float | None, **changes: object) -> Alert:
    fired = after(fired_s)
    state = AlertState.FIRING if lasts_s is None else AlertState.RESOLVED
    over = None if lasts_s is None else after(fired_s + lasts_s)
    alert = an_alert(elsewhere(name), state, pending_at=fired, fired_at=fired, resolved_at=over, gone_at=over)
    return replace(alert, **changes)  # type: ignore[arg-type]


def test_the_figures_of_a_day() -> None:
    ledger = MemoryLedger()
    episodes = [
        an_episode("one", 0, 3600, acknowledged_at=after(300), acknowledged_by="Lan"),
        an_episode("two", 7200, 7200, acknowledged_at=after(7200 + 900), acknowledged_by="Lan"),
        an_episode("three", 80_000, None),
        an_episode("before", -90_000, None),
    ]
    with ledger.begin() as tx:
        for alert in episodes:
            tx.save_alert(alert)
        give_feedback(tx, episodes[0].fingerprint, Verdict.FIXED, "", "Lan", after(4000))
        give_feedback(tx, episodes[1].fingerprint, Verdict.FALSE_ALARM, "vệ sinh", "Lan", after(9000))
        found = quality(tx, SHIFTS, DAY, after(86_400))
    assert (found["alerts"], found["shifts"], found["alerts_per_shift"]) == (3, 4, 0.75)
    assert (found["acknowledged_pct"], found["median_time_to_acknowledge_s"]) == (66.7, 600.0)
    assert found["median_duration_s"] == 5400.0
    assert (found["answered_pct"], found["confirmed_pct"], found["false_alarm_pct"]) == (66.7, 50.0, 50.0)
    assert found["money_found"] == 786_000.0
    assert [one["fingerprint"] for one in found["standing_over_24h"]] == [episodes[3].fingerprint]
    assert found["floods"] == []


def test_a_day_without_alerts_says_nothing_it_does_not_know() -> None:
    with MemoryLedger().begin() as tx:
        found = quality(tx, SHIFTS, DAY, after(86_400))
    assert (found["alerts"], found["alerts_per_shift"], found["money_found"]) == (0, 0.0, 0)
    for name in ("acknowledged_pct", "confirmed_pct", "median_duration_s", "median_time_to_acknowledge_s"):
        assert found[name] is None


def test_more_than_ten_in_ten_minutes_are_a_flood_and_ten_are_none() -> None:
    def fired(*seconds: float) -> list[Alert]:
        return [an_episode(f"a{number}", at, None) for number, at in enumerate(seconds)]

    assert floods(fired(*(60.0 * number for number in range(10)))) == []
    flood = fired(*(50.0 * number for number in range(20)), 5000.0)
    assert [len(found) for found in floods(flood)] == [20]
    twice = fired(*(float(n) for n in range(11)), *(9000.0 + n for n in range(12)))
    assert [len(found) for found in floods(twice)] == [11, 12]


def test_what_fires_most_often_is_named() -> None:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        for number in range(3):
            name = f"h{number}"
            spot = an_alert(a_hotspot_condition(name), AlertState.RESOLVED, resolved_at=after(60))
            tx.save_alert(replace(spot, fired_at=after(number)))
        found = quality(tx, SHIFTS, DAY, after(86_400))
    assert found["most_frequent"] == [{"group": "hotspot/dye_line_2/water/drift", "alerts": 3}]


def a_user(name: str, *channels: str, active: bool = True) -> User:
    return User(
        name=name, display_name=name, roles=frozenset({Role.OPERATOR}), language="vi", password_hash="",
        channels=channels,
        active=active, created_at=NOW,
    )  # fmt: skip


def test_a_channel_gets_its_reader_and_the_roles_from_the_users_unless_the_settings_say() -> None:
    rules = [
        ChannelRule("phone"),
        ChannelRule("board"),
        ChannelRule("mail", person="Minh", roles=frozenset({"admin"})),
    ]
    users = [
        a_user("lan", "phone", "mail", "board"),
        a_user("hoa", "board"),
        a_user("gone", "phone", active=False),
    ]
    phone, board, mail = with_people(rules, users)
    assert (phone.person, phone.roles) == ("lan", {"operator"})
    assert (board.person, board.roles) == ("", {"operator"})
    assert (mail.person, mail.roles) == ("Minh", {"admin"})
    assert with_people(rules, []) == rules
