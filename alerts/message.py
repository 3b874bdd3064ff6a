"""An outbox message in words: facts in, title and body out, in the plant's language, units and money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.alert_sheet import alert_sheet
from alerts.clean import inert, inert_facts
from alerts.figures import Letterhead
from alerts.letters import markless, plain
from alerts.list_sheet import digest_sheet, group_sheet, handover_sheet
from alerts.outbox import DIGEST, GROUP, HANDOVER
from alerts.sheet import Sheet, shortened
from domain.alert import OutboxMessage

SMS_LETTERS = 160


class Markup(StrEnum):
    """How a channel shows a body; the value is the template's suffix."""

    TEXT = "txt"
    HTML = "html"  # for mail: tables, 600 px
    MARKDOWN = "md"  # for chats
    SHORT = "short"  # for SMS: two lines of 160 letters without diacritics


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. The title is plain text on one line, whatever the body's mark-up."""

    title: str
    body: str


def render(message: OutboxMessage, head: Letterhead, markup: Markup = Markup.TEXT) -> Rendered:
    """Return a message in words: what, where, since when, how much, why, what to check first, and a link.

    Names from files and devices are made inert before anything else; HTML bodies are escaped on top.
    The title's first 60 letters stand alone.
    """
    head = replace(head, plant=inert(head.plant))
    if markup is Markup.SHORT:
        head = replace(head, role="operator")  # one line: what it costs, since when
    sheet = _sheet(message, head)
    body = _templates(markup).get_template(f"message.{markup}.jinja")
    shown = body.render(sheet=sheet, language=head.locale.language).strip()
    if markup is Markup.SHORT:
        return _short(sheet.title, shown, sheet.link)
    return Rendered(sheet.title, shown + "\n")


def _short(title: str, body: str, link: str) -> Rendered:
    """Return what fits one SMS: the title whole, then as much of the figures as leaves room for the link."""
    rest, ending = plain(body.removesuffix(link).strip()), f" {link}" if link else ""
    first = shortened(plain(title), SMS_LETTERS - len(ending) - 1).replace("…", "")
    room = SMS_LETTERS - len(first) - len(ending) - 1
    figures = rest if len(rest) <= room else rest[: max(room - 1, 0)].rsplit(" ", 1)[0]
    return Rendered(first, f"{figures}{ending}".strip())


def _sheet(message: OutboxMessage, head: Letterhead) -> Sheet:
    body = inert_facts(message.body)
    if message.event == GROUP:
        return group_sheet(body, head)
    if message.event == HANDOVER:
        return handover_sheet(body, head)
    if message.event == DIGEST:
        return digest_sheet(body, head)
    return alert_sheet(body, head, message.created_at)


@cache
def _templates(markup: Markup) -> Environment:
    """Return the templates of a mark-up: HTML escapes every value, Markdown takes the effect out of signs."""
    return Environment(
        loader=PackageLoader("alerts", "templates"),
        autoescape=markup is Markup.HTML,  # noqa: S701 - elsewhere nothing is mark-up: there it would be shown
        finalize=markless if markup is Markup.MARKDOWN else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
