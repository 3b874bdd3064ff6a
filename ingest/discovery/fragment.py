"""A proposal as text: a piece of a plant file, in which every guess says why it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from ingest.discovery.rows import Proposal, ProposedRow

_WIDTH = 34  # where comments begin, if the line leaves room
_LONGEST = 160  # of what a payload or a topic can put into a comment
_SHOWN = 12  # things left out of one topic
_SHOWN_TOPICS = 200


def fragment(proposal: Proposal, heading: str) -> str:
    """Return the proposal as TOML that can be appended to a plant file.

    Args:
        proposal: what is proposed.
        heading: what was listened to, for the first comment.
    """
    lines = [_comment(f"Proposed by `wastenot discover`: {heading}."), *_told(proposal)]
    for row in proposal.rows:
        lines += ["", *_table(row)]
    if proposal.left_out:
        lines += ["", *_left_out(proposal)]
    return "\n".join(lines) + "\n"


def _told(proposal: Proposal) -> Iterator[str]:
    yield _comment('Every "check" is a guess to look at; ids and processes are only names, yours are better.')
    if proposal.already_read:
        yield _comment(f"{len(proposal.already_read)} topics are already read:")
        for topic, who in list(proposal.already_read.items())[:_SHOWN_TOPICS]:
            yield _comment(f"  {topic}: already read by {who}")
    for why, messages in proposal.dropped.items():
        yield _comment(f"{messages} message{'s' * (messages != 1)} not looked at: {why}")


def _table(row: ProposedRow) -> Iterator[str]:
    lines = [f"[[{row.table}]]", *_keys(row)]
    if row.blocked:
        yield _comment(f"{row.blocked}:")
        yield from (f"# {line}" for line in lines)
    else:
        yield from lines


def _keys(row: ProposedRow) -> Iterator[str]:
    for key, value in row.keys.items():
        line = f"{key} = {toml_string(value) if isinstance(value, str) else str(value).lower()}"
        why = row.evidence.get(key, "")
        yield f"{line.ljust(_WIDTH)} {_comment(why)}" if why else line
    for key, why in row.evidence.items():
        if key not in row.keys and why:
            yield _comment(f"{key}: {why}")


def _left_out(proposal: Proposal) -> Iterator[str]:
    yield _comment("Left out:")
    alike: dict[tuple[str, ...], list[str]] = {}
    for topic, group in groupby(sorted(proposal.left_out), key=lambda one: one.topic):
        told = tuple(f"{one.path} ({one.why})" if one.path else one.why for one in group)
        alike.setdefault(told, []).append(topic)
    for told, topics in list(alike.items())[:_SHOWN_TOPICS]:
        more = f", and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        others = f" and {len(topics) - 1} more" if len(topics) > 1 else ""
        yield from _wrapped(f"  {_shown(topics[0])}{others}: ", told[:_SHOWN], more)
    if len(alike) > _SHOWN_TOPICS:
        yield _comment(f"  and {sum(map(len, list(alike.values())[_SHOWN_TOPICS:]))} more topics")


def _wrapped(head: str, told: Sequence[str], more: str) -> Iterator[str]:
    line = head
    for number, one in enumerate(told):
        text = _shown(one) + ("," if number < len(told) - 1 else more)
        if len(line) + len(text) > 110 and line.strip() != head.strip():
            yield f"# {line.rstrip()}"
            line = "    "
        line += text + " "
    yield f"# {line.rstrip()}"


def _comment(text: str) -> str:
    return f"# {_shown(text)}"


def _shown(text: str) -> str:
    """Return a text in printable letters and not too many of them: a comment ends at a line's end."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in short)


def toml_string(text: str) -> str:
    r"""Return a text as a TOML basic string.

    >>> print(toml_string('a "b"\n\\'), toml_string("m³"))
    "a \"b\"\u000A\\" "m³"
    """
    return '"' + "".join(map(_letter, text)) + '"'


def _letter(letter: str) -> str:
    if letter in {'"', "\\"}:
        return f"\\{letter}"
    code = ord(letter)
    if code < 32 or code == 127:
        return f"\\u{code:04X}"
    return letter
