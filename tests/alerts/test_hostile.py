"""Hostile names and texts in every message there is: by role, language, mark-up and channel."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerts.channels.console import ConsoleChannel
from alerts.channels.mqtt import MqttChannel
from alerts.channels.pagerduty import PagerDutyChannel
from alerts.digest import digest, weekly_digest
from alerts.evaluate import evaluate
from alerts.handover import hand_over
from alerts.message import Markup, render
from alerts.outbox import ChannelRule
from alerts.shifts import Turn
from domain.alert import AlertKind, Condition, OutboxMessage
from domain.baseline import Severity
from domain.hotspot import Cause
from domain.plant import Plant, Process
from tests.alerts.builders import (
    NOW,
    PROMPT,
    a_condition,
    a_hotspot,
    a_hotspot_condition,
    a_letterhead,
    a_plant,
)
from tests.alerts.channels.receivers import a_webhook
from tests.alerts.channels.test_mqtt import Broker
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.messages import told
from tests.alerts.test_clean import HOSTILE
from tests.alerts.test_message_markup import Tags

ROLES = ("operator", "maintenance", "energy_manager")
CHANNEL = ChannelRule("mail", digest=True, weekly=True, handover=True)
TAGS = {"div", "table", "tr", "td", "a"}
ATTRIBUTES = {"lang", "style", "href", "role", "width", "align", "cellpadding", "cellspacing"}
#: what could act: mentions, mark-up, control, invisible and direction letters, line separators
_ACTS = re.compile(r"@\w|[<>\x00-\x09\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")


def conditions(name: str) -> tuple[Condition, Condition, Condition]:
    """Return a leak, a silent meter and a trouble of the installation, everything in them of this name."""
    hot = a_hotspot_condition(cause=Cause.ONE_SHIFT, evidence={"shifts_per_hour": {name: 3.0, "b": 0.1}})
    named = {"process_name": name, "resource_name": name, "unit": name, "meter": name, "path": [name, name]}
    silent = {**named, "process": "p", "resource": "r", "every_s": 60.0, "last_seen": "", "told": name}
    return (
        replace(hot, facts={**hot.facts, **named}),
        Condition(AlertKind.SILENT_METER, "silent/m", Severity.WARNING, NOW, 0, silent),
        replace(a_condition("store"), facts={"problem": f"store {name}", "text": name}),
    )


def a_works(name: str) -> Plant:
    plant = a_plant(name=name)
    resources = {key: replace(one, name=name) for key, one in plant.resources.items()}
    return replace(plant, resources=resources, processes={"dye_line_2": Process("dye_line_2", name)})


def reports(name: str) -> Iterator[OutboxMessage]:
    """Give the daily and the weekly report, and a hand-over."""
    ledger, plant = MemoryLedger(), a_works(name)
    with ledger.begin() as tx:
        tx.save_hotspot(a_hotspot("h", unit=name))
    yesterday = NOW.astimezone(plant.timezone).date()
    later = NOW + timedelta(days=1)
    yield from digest(ledger, plant, yesterday, later, [CHANNEL])
    yield from weekly_digest(ledger, plant, yesterday - timedelta(days=6), later, [CHANNEL])
    evaluate(ledger, [conditions(name)[0]], NOW, PROMPT, [ChannelRule("other")])
    turn = Turn("morning", NOW, NOW + timedelta(hours=8))
    yield from hand_over(ledger, plant, [(CHANNEL, turn)], NOW + timedelta(minutes=1))


def messages(name: str) -> list[OutboxMessage]:
    """Return one message of every kind."""
    leak, silent, trouble = conditions(name)
    many = [replace(leak, key=f"h{number}") for number in range(6)]
    single = [leak, silent, trouble]
    found = [told(one) for one in single] + [told(one, over_after_s=60) for one in single]
    found += [told(*many), told(*many, over_after_s=60), *reports(name)]
    assert {one.event for one in found} == {"firing", "resolved", "group", "digest", "handover"}
    assert len(found) == 11
    return found


@pytest.mark.fault(29)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_the_name_no_message_to_anybody_does_anything(name: str, role: str) -> None:
    for message in messages(name):
        for language in ("vi", "en"):
            head = replace(a_letterhead(language, plant=name), role=role)
            for markup in Markup:
                rendered = render(message, head, markup)
                assert len(rendered.title.splitlines()) == 1
                assert not _ACTS.search(rendered.title)
                if markup is Markup.HTML:
                    check_html(rendered.body)
                else:
                    check_text(rendered.body)
                if markup is Markup.SHORT:
                    assert f"{rendered.title} {rendered.body}".isascii()


def check_text(body: str) -> None:
    lines = [line for line in body.splitlines() if "cp.plant.lan" not in line]
    assert not _ACTS.search("\n".join(lines))
    assert not any(line.lstrip()[:1] in ("=", "+", "@", "|") for line in lines), lines
    assert "://evil" not in body


def check_html(body: str) -> None:
    tags = Tags()
    tags.feed(body)
    assert tags.seen <= TAGS
    assert tags.attributes <= ATTRIBUTES
    assert all(link and link.startswith("https://cp.plant.lan") for link in tags.links)


@pytest.mark.fault(29)
@pytest.mark.parametrize("name", HOSTILE)
def test_console_mqtt_and_pagerduty_write_what_is_inert(name: str) -> None:
    head, broker = a_letterhead("en", plant=name), Broker()
    with a_webhook() as hook:
        pager = PagerDutyChannel("pager", "R0UTING", head, f"{hook.url}/v2/enqueue")
        for message in messages(name):
            screen = io.StringIO()
            ConsoleChannel("console", screen, head).send(message)
            check_text("\n".join(screen.getvalue().splitlines()[1:]))
            MqttChannel("mqtt", broker, "wastenot", head).send(message)
            pager.send(message)
        for body in hook.bodies():
            assert not _ACTS.search(_texts(body))
    for event in broker.events():
        assert not _ACTS.search(str(event["title"]))
        check_text(str(event["text"]))
    assert all(set(topic) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-/") for topic, _, _ in broker.passed)


def _texts(value: Any) -> str:
    """Return every text of a JSON value but its addresses."""
    return re.sub(r"https?://[\w./-]+", "", json.dumps(value, ensure_ascii=False).replace("\\n", " "))
