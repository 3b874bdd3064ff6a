"""Messages for tests: the last one that is told about conditions, and how it reads."""

from __future__ import annotations

from datetime import timedelta

from alerts.evaluate import evaluate
from alerts.message import Markup, Rendered, render
from alerts.outbox import ChannelRule
from alerts.silence import Listening, silent_conditions
from domain.alert import Condition, OutboxMessage
from domain.hotspot import Hotspot
from tests.alerts.builders import NOW, PROMPT, a_letterhead, a_meter, a_plant, after
from tests.alerts.memory_ledger import MemoryLedger

LANGUAGES = ["vi", "en"]


def told(
    *conditions: Condition, over_after_s: float | None = None, ended: Hotspot | None = None
) -> OutboxMessage:
    """Return the last message about these conditions, resolved if they are over (`ended`: as stored)."""
    ledger, channel = MemoryLedger(), [ChannelRule("mail")]
    evaluate(ledger, conditions, NOW, PROMPT, channel)
    if over_after_s is not None:
        with ledger.begin() as tx:
            for hotspot in [] if ended is None else [ended]:
                tx.save_hotspot(hotspot)
        evaluate(ledger, [], after(over_after_s), PROMPT, channel)
    return list(ledger.tables.outbox.values())[-1]


def a_silence(last_s: float | None = 1500) -> Condition:
    plant = a_plant(a_meter("dye_line_2.water"), a_meter("m2"))
    last = None if last_s is None else NOW - timedelta(seconds=last_s)
    heard = Listening(NOW - timedelta(hours=1))
    return silent_conditions({"dye_line_2.water": last, "m2": NOW}, plant, NOW, heard)[0]


def shown(message: OutboxMessage, language: str = "vi", markup: Markup = Markup.TEXT) -> Rendered:
    rendered = render(message, a_letterhead(language), markup)
    return Rendered(rendered.title.replace("\xa0", " "), rendered.body.replace("\xa0", " "))
