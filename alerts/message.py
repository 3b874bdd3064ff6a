"""An outbox message in words: facts in, title and body out, in the plant's language, units and money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.alert_sheet import alert_sheet
from alerts.clean import inert, inert_facts
from alerts.figures import Letterhead
from alerts.list_sheet import digest_sheet, group_sheet
from alerts.outbox import DIGEST, GROUP
from alerts.sheet import Sheet
from domain.alert import OutboxMessage


class Markup(StrEnum):
    """How a channel shows a body; the value is the template's suffix."""

    TEXT = "txt"
    HTML = "html"


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
    sheet = _sheet(message, head)
    template = _templates().get_template(f"message.{markup}.jinja")
    body = template.render(sheet=sheet, language=head.locale.language)
    return Rendered(sheet.title, body.strip() + "\n")


def _sheet(message: OutboxMessage, head: Letterhead) -> Sheet:
    body = inert_facts(message.body)
    if message.event == GROUP:
        return group_sheet(body, head)
    if message.event == DIGEST:
        return digest_sheet(body, head)
    return alert_sheet(body, head, message.created_at)


@cache
def _templates() -> Environment:
    """Return the templates: HTML ones escape every value; plain text has nothing to escape for."""
    return Environment(
        loader=PackageLoader("alerts", "templates"),
        autoescape=select_autoescape(["html.jinja"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
