"""What InfluxDB's refusals mean, and how the lines it will never take are found in a batch.

Source of the replies: 1.6.7 (tests/contract), the servers' code for 1.8, 2.7 and 3.10.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from domain.errors import StoreError

#: words of a refusal that speaks of lines; "unable to parse" alone is also said of credentials
_ABOUT_LINES = re.compile(
    r"partial write|unable to parse '|field type conflict|beyond retention|max-values-per-tag|max key length"
    r"|line protocol|invalid column type",
    re.IGNORECASE,
)
_DROPPED = re.compile(r"dropped=(\d+)")
#: unexplained refusals, with nothing taken, after which it cannot be the lines' fault
MOST_UNEXPLAINED = 64
_MAX_WORDS = 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that a part of a batch must be looked at by itself."""

    words: str
    about_lines: bool  # the server speaks of lines; else we only suspect them
    dropped: int | None  # how many points it says it did not keep


def refusal(status: int, body: str) -> Refusal | None:
    """Return what a write's answer says about the lines; None when it is about something else."""
    said = server_words(body)
    found = _DROPPED.search(said)
    dropped = int(found[1]) if found else None
    if status in (400, 422) or (status == 500 and dropped):  # 2.0 said 500 for points beyond retention
        return Refusal(said, about_lines=bool(_ABOUT_LINES.search(said)), dropped=dropped)
    return Refusal(said, about_lines=False, dropped=None) if status == 413 else None


def server_words(body: str) -> str:
    """Return the server's own explanation, without its JSON, short enough for a log line.

    >>> server_words('{"code":"not found","message":"bucket \\\\"x\\\\" not found"}')
    'bucket "x" not found'
    """
    try:
        told = json.loads(body)
        detail = told.get("data") or [{}]
        first = detail[0].get("error_message", "") if isinstance(detail, list) else ""
        said = ": ".join(part for part in (told.get("error") or told.get("message") or "", first) if part)
    except (ValueError, AttributeError, TypeError, RecursionError):
        said = body
    return " ".join((said or body).split())[:_MAX_WORDS]


def world_trouble(status: int, body: str, headers: Mapping[str, str], url: str) -> StoreError:
    """Return what a refused request means: who can help, and whether waiting can."""
    said = server_words(body) or "no reason given"
    helped = {
        401: "it does not accept our credentials",
        403: "our credentials do not allow this",
        404: "the database, bucket or path does not exist",
    }.get(status, "")
    message = f"{url} answers {status}{', ' + helped if helped else ''}: {said}"
    passing = status in (408, 425, 429) or status >= 500
    return StoreError(message, retryable=passing, retry_after_s=_retry_after_s(headers) if passing else None)


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return the Retry-After header [s], given as seconds or as a date; None when there is none."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def find_refused(
    lines: Sequence[str], post: Callable[[Sequence[str]], Refusal | None]
) -> list[tuple[int, str]]:
    """Return the index and the server's words of every line that `post` will never take; send the others.

    Halves what is refused, the largest part first, until single lines remain: one bad line among n costs
    at most 2 ceil(log2 n) extra requests. Lines that were taken may be sent again: points are idempotent.

    Raises:
        StoreError: whatever `post` raises; or, not retryable, when nothing is taken and the server never
            says that it is about lines: then our request is wrong, and no reading may be thrown away.
    """
    refused: list[tuple[int, str]] = []
    todo = deque([range(len(lines))])
    believed = False  # something was taken, or the server spoke of lines
    requests = 0
    while todo:
        part = todo.popleft()
        answer = post(lines[part.start : part.stop])
        requests += 1
        believed = believed or answer is None or answer.about_lines
        if answer is not None and (len(part) == 1 or answer.dropped == len(part)):
            refused += [(index, answer.words) for index in part]
        elif answer is not None:
            todo += [part[: len(part) // 2], part[len(part) // 2 :]]
        if answer is not None and not believed and (requests >= MOST_UNEXPLAINED or not todo):
            raise StoreError(f"nothing is taken, for no reason of the lines: {answer.words}", retryable=False)
    return refused
