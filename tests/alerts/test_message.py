"""Messages of every kind: told again, many at once, with long names, without pages."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from alerts.evaluate import evaluate
from alerts.message import Markup, render
from alerts.outbox import ChannelRule
from domain.alert import Condition
from tests.alerts.builders import NOW, PROMPT, a_hotspot_condition, a_letterhead, after
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.messages import LANGUAGES, shown, told


@pytest.mark.parametrize(
    ("second", "english"),
    [
        (
            a_hotspot_condition(excess_per_hour=9.0, cost_per_hour=30_000.0),
            "Getting worse: far more per hour than in the last message.",
        ),
        (a_hotspot_condition(cost_per_hour=9e6), "More serious than in the last message."),
    ],
)
def test_a_message_told_again_says_why(second: Condition, english: str) -> None:
    ledger, channel = MemoryLedger(), [ChannelRule("mail")]
    evaluate(ledger, [a_hotspot_condition(cost_per_hour=30_000.0)], NOW, PROMPT, channel)
    evaluate(ledger, [second], after(60), PROMPT, channel)
    last = list(ledger.tables.outbox.values())[-1]
    assert shown(last, "en").body.splitlines()[0] == english


def test_many_at_once_are_listed_once_each_the_dearest_first() -> None:
    conditions = [a_hotspot_condition(f"h{number}", cost_per_hour=1000.0 * number) for number in range(1, 8)]
    rendered = shown(told(*conditions))
    lines = rendered.body.splitlines()
    assert rendered.title == "▲ 7 cảnh báo · Song Hong dye works"
    assert lines[0] == "Tổng cộng: 28.000 ₫/giờ."
    assert lines[1] == "1. ○ THẤP · Chuyền nhuộm 2 · nước +4,1 m³/giờ (+46%) · 7.000 ₫/giờ"
    assert len(lines) == 1 + 7 + 1
    over = shown(told(*conditions, over_after_s=60), "en")
    assert over.title == "✔ 7 alerts resolved · Song Hong dye works"


def test_without_pages_there_is_no_link() -> None:
    message = told(a_hotspot_condition())
    body = render(message, a_letterhead("en", base_url="")).body
    assert body.splitlines()[-1] == "Song Hong dye works"
    assert "<a " not in render(message, a_letterhead("en", base_url=""), Markup.HTML).body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("process", "resource", "rate"),
    [
        ("Line", "Water", 4.1),
        ("Dyeing and finishing hall number two, line seven, rinse section B", "Water", 123_456.0),
        ("P", "Softened and dealkalised boiler feed water from the second plant", 4.1),
        ("Dyeing and finishing hall number two, line seven", "Softened boiler feed water from plant 2", -1e9),
    ],
)
def test_the_first_sixty_letters_stand_alone_however_long_the_names(
    language: str, process: str, resource: str, rate: float
) -> None:
    base = a_hotspot_condition(excess_per_hour=rate)
    named = {"process_name": process, "resource_name": resource}
    title = shown(told(replace(base, facts={**base.facts, **named})), language).title
    start = title[:60]
    assert re.search(r"[+−][\d.,]+ m³/(h|giờ)", start)
    assert process[:4].strip() in start
    assert resource[:4] in start or "nước" in start or "water" in start
