"""Silences that people enter and end; each has matchers, an end and a comment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.errors import RefusedError
from domain.ports import LedgerTx
from domain.silence import Matcher, Silence, SilenceKind

#: nobody remembers a silence that lasts longer
LONGEST = timedelta(days=90)


def add_silence(
    tx: LedgerTx,
    kind: SilenceKind,
    matchers: Sequence[Matcher],
    span: tuple[datetime, datetime],
    who: str,
    comment: str,
    now: datetime,
) -> Silence:
    """Return a silence, kept and numbered.

    Args:
        matchers: all of them must match. None at all would silence the whole plant, and is refused.
        span: from when to when, half-open.
    Raises:
        RefusedError: with what is wrong and what is allowed.
    """
    start, end = span
    if not matchers:
        raise RefusedError('a silence says what it is about, such as "process=dye_line_2"')
    if not who.strip() or not comment.strip():
        raise RefusedError("a silence says who made it and, in a comment, why")
    if end <= start or end <= now:
        raise RefusedError(f"a silence ends after it begins and after now, not at {end.isoformat()}")
    if end - start > LONGEST:
        raise RefusedError(f"a silence lasts at most {LONGEST.days} days")
    saved = tx.save_silence(Silence(kind, tuple(matchers), start, end, who, comment.strip(), now))
    _audited(tx, saved, "silence.added", who, comment.strip(), now)
    return saved


def end_silence(tx: LedgerTx, number: int, who: str, why: str, now: datetime) -> Silence:
    """Return a silence that ends now; one that is over stays as it was.

    Raises:
        RefusedError: there is no silence of this number.
    """
    found = [one for one in tx.silences() if one.id == number]
    if not found:
        raise RefusedError(f"there is no silence {number}; `wastenot alerts silences` lists them")
    if found[0].ends_at <= now:
        return found[0]
    ended = replace(found[0], ends_at=now, starts_at=min(found[0].starts_at, now), ended_by=who)
    _audited(tx, tx.save_silence(ended), "silence.ended", who, why, now)
    return ended


def _audited(tx: LedgerTx, silence: Silence, what: str, who: str, why: str, now: datetime) -> None:
    details = {
        "kind": silence.kind.value,
        "matchers": [str(matcher) for matcher in silence.matchers],
        "from": silence.starts_at.isoformat(),
        "to": silence.ends_at.isoformat(),
    }
    tx.audit(at=now, who=who, what=what, about=f"silence/{silence.id}", why=why, details=details)
