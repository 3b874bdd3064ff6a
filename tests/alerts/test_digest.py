"""The day's report."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.digest import digest, digest_body
from alerts.message import Markup, render
from alerts.outbox import ChannelRule
from domain.hotspot import Hotspot, HotspotKind
from tests.alerts.builders import NOW, a_hotspot, a_letterhead, a_plant
from tests.alerts.memory_ledger import MemoryLedger

PLANT = a_plant()
DAY = date(2026, 11, 22)
#: local midnight in Vietnam is 17:00 UTC of the day before
START, END = datetime(2026, 11, 21, 17, tzinfo=UTC), datetime(2026, 11, 22, 17, tzinfo=UTC)


def a_ledger(*hotspots: Hotspot) -> MemoryLedger:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        for hotspot in hotspots:
            tx.save_hotspot(hotspot)
    return ledger


def lasting(name: str, start: datetime, end: datetime, **changes: object) -> Hotspot:
    return a_hotspot(name, since=start, detected_at=start, judged_until=end, **changes)


def test_a_day_counts_its_share_of_a_hotspot_that_lasted_longer() -> None:
    spot = lasting(
        "h", START - timedelta(hours=24), START + timedelta(hours=24), cost_total=480.0, excess_total=48.0
    )
    body = digest_body([spot], PLANT, DAY)
    assert body["cost"] == pytest.approx(240.0)
    assert body["rows"][0]["excess"] == pytest.approx(24.0)


def test_a_hotspot_within_the_day_counts_whole() -> None:
    spot = lasting("h", START, START + timedelta(hours=5), cost_total=500.0)
    assert digest_body([spot], PLANT, DAY)["cost"] == 500.0


def test_rows_are_ranked_by_money_and_those_without_a_cost_come_last() -> None:
    spots = [
        lasting("cheap", START, END, cost_total=1.0),
        lasting("less", START, END, kind=HotspotKind.UNDER_CONSUMPTION, cost_total=None),
        lasting("dear", START, END, cost_total=9.0),
    ]
    body = digest_body(spots, PLANT, DAY)
    assert [row["hotspot"] for row in body["rows"]] == ["dear", "cheap", "less"]
    assert body["cost"] == 10.0


def test_rows_say_what_is_new_still_open_and_over() -> None:
    spots = [
        lasting("new", START + timedelta(hours=1), END),
        lasting("old", START - timedelta(days=2), END),
        lasting(
            "over", START - timedelta(days=2), START + timedelta(hours=1), ended_at=START + timedelta(hours=1)
        ),
        lasting("tomorrow", END, END + timedelta(hours=1)),
        lasting("ends tomorrow", START - timedelta(days=2), END, ended_at=END + timedelta(hours=1)),
    ]
    states = {row["hotspot"]: row["state"] for row in digest_body(spots, PLANT, DAY)["rows"]}
    assert states == {"new": "new", "old": "open", "over": "resolved", "ends tomorrow": "open"}


def test_a_hotspot_of_no_length_counts_whole_and_divides_by_nothing() -> None:
    assert digest_body([lasting("h", START, START, cost_total=7.0)], PLANT, DAY)["cost"] == 7.0


def test_one_report_a_day_for_each_channel_that_wants_it() -> None:
    ledger, channels = a_ledger(a_hotspot()), [ChannelRule("mail"), ChannelRule("phone", digest=False)]
    sent = digest(ledger, PLANT, DAY, NOW, channels)
    assert [(message.dedup_key, message.event) for message in sent] == [("digest/2026-11-22/mail", "digest")]
    assert digest(ledger, PLANT, DAY, NOW + timedelta(hours=1), channels) == []
    next_day = digest(ledger, PLANT, DAY + timedelta(days=1), NOW, channels)
    assert next_day[0].sequence == sent[0].sequence + 1


def test_a_hotspot_that_ended_before_the_day_is_not_in_it() -> None:
    ended = lasting("h", START - timedelta(days=3), START, ended_at=START - timedelta(days=1))
    assert digest(a_ledger(ended), PLANT, DAY, NOW, [ChannelRule("mail")])[0].body["rows"] == []


def test_the_report_in_words() -> None:
    spots = [
        lasting("a", START, END, cost_total=786_000.0, kg_co2e_total=11.2),
        lasting("b", START, END, resource="electricity", unit="kWh", cost_total=1_200_000.0, ended_at=NOW),
    ]
    message = digest(a_ledger(*spots), PLANT, DAY, NOW, [ChannelRule("mail")])[0]
    vi, en = render(message, a_letterhead("vi")), render(message, a_letterhead("en"))
    assert vi.title.replace("\xa0", " ") == "Mất 1.986.000 ₫ ngày CN 22 thg 11 2026 · Song Hong dye works"
    assert vi.body.replace("\xa0", " ").splitlines() == [
        "Điểm thất thoát: 1 mới, 0 chưa xong, 1 đã xong.",
        "Phát thải kèm theo: 22,4 kg CO₂e.",
        "1. Chuyền nhuộm 2 · điện: 1.200.000 ₫, +32,8 kWh (đã xong)",
        "2. Chuyền nhuộm 2 · nước: 786.000 ₫, +32,8 m³ (mới)",
        "Song Hong dye works · https://cp.plant.lan",
    ]
    assert en.title == "₫1,986,000 lost on Sun 22 Nov 2026 · Song Hong dye works"
    assert (
        "2. Chuyền nhuộm 2 · water: ₫786,000, +32.8 m³ (new)</td>"
        in render(message, a_letterhead("en"), Markup.HTML).body
    )


def test_a_good_day_is_reported_too() -> None:
    message = digest(a_ledger(), PLANT, DAY, NOW, [ChannelRule("mail")])[0]
    assert render(message, a_letterhead("en")).title == (
        "No losses found on Sun 22 Nov 2026 · Song Hong dye works"
    )
    assert render(message, a_letterhead("vi")).body.startswith("Hôm đó không có điểm thất thoát nào.\n")


def test_a_day_with_a_changing_clock_is_as_long_as_it_is() -> None:
    from zoneinfo import ZoneInfo

    rome = a_plant(timezone=ZoneInfo("Europe/Rome"))
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    spot = lasting("h", start, start + timedelta(hours=25), cost_total=25.0)
    assert digest_body([spot], rome, date(2026, 10, 25))["cost"] == pytest.approx(25.0)
