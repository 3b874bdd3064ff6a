"""Messages in mark-up: the same words, and nothing that acts by itself, whatever the names are."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from alerts.clean import inert
from alerts.message import Markup, render
from domain.hotspot import Cause
from tests.alerts.builders import a_hotspot_condition, a_letterhead
from tests.alerts.messages import shown, told
from tests.alerts.test_clean import HOSTILE


class Tags(HTMLParser):
    """Collects what a mail program would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name == "href"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("event", ["firing", "resolved", "group"])
@pytest.mark.fault(29)
def test_hostile_names_are_inert_in_every_channel(name: str, event: str) -> None:
    base = a_hotspot_condition(cause=Cause.ONE_SHIFT, evidence={"shifts_per_hour": {name: 3.0, "b": 0.1}})
    hostile = {"process_name": name, "resource_name": name, "unit": name, "resource": "x", "meter": name}
    many = 6 if event == "group" else 1
    conditions = [replace(base, key=f"h{number}", facts={**base.facts, **hostile}) for number in range(many)]
    message = told(*conditions, over_after_s=60 if event == "resolved" else None)
    head = a_letterhead("en", plant=name)
    text, html = render(message, head), render(message, head, Markup.HTML)
    for part in (text.title, html.title):
        assert len(part.splitlines()) == 1
        assert part[0] in "▲△○✔"
    lines = [line for line in text.body.splitlines() if "cp.plant.lan" not in line]
    assert not any(line.lstrip()[:1] in ("=", "+", "@", "|") for line in lines)
    assert not re.search(
        r"@\w|[<>\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u2028]", text.body + text.title
    )
    assert inert(name)[:5] in text.body + text.title
    tags = Tags()
    tags.feed(html.body)
    assert tags.seen <= {"div", "table", "tr", "td", "a"}
    layout = {"role", "width", "align", "cellpadding", "cellspacing"}
    assert tags.attributes <= {"lang", "style", "href", *layout}
    chat, sms = render(message, head, Markup.MARKDOWN), render(message, head, Markup.SHORT)
    words = [line for line in chat.body.splitlines() if not line.startswith(("https://", "**"))]
    assert not re.search(r"[*`\[\]~|]|(^|\s)_|_(\s|$)", "\n".join(words))
    assert not re.search(r"@\w|[<>]", chat.body + sms.title + sms.body)
    assert f"{sms.title} {sms.body}".isascii()
    assert len(f"{sms.title} {sms.body}") <= 160
    assert all(link and link.startswith("https://cp.plant.lan") for link in tags.links)


def test_html_holds_the_same_words() -> None:
    message = told(a_hotspot_condition(evidence={}))
    text, html = shown(message), shown(message, markup=Markup.HTML)
    assert all(line.strip()[3:] in html.body for line in text.body.splitlines() if line.startswith("  "))
    assert text.body.splitlines()[0] in html.body
    assert '<div lang="vi"' in html.body
