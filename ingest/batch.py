"""Many messages -> readings at once: columns for what most meters send, one by one for all else.

Most messages are a JSON object with one number and a time in it, of a topic that is one meter's. Those are
decoded into typed structs and judged as arrays, at a tenth of the cost. What does not pass every check there
is read again by `Parser.parse`, which knows every format and every reason to refuse: so both ways give the
same readings, and only one of them has to explain itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import structlog

from domain.reading import Reading, Reject, RejectReason
from domain.readings import Micros, ReadingBlock
from ingest.arrivals import Arrivals
from ingest.gaps import Gaps
from ingest.parse import FARTHEST, Parser, a_reject
from ingest.plans import Plan, Plans

_log = structlog.get_logger(__name__)

Places: TypeAlias = npt.NDArray[np.int64]
MOST_READINGS = 5000  # parsed one by one before they are handed on: bounds what messages of many rows take


@dataclass(frozen=True, slots=True)
class Parsed:
    """What messages say."""

    readings: ReadingBlock  # in the order of the messages
    rejects: list[Reject]
    messages: int  # that were read; fewer than there were when they say very much
    errors: int  # messages that our own mistakes cost


class BatchParser:
    """Reads the messages of one plant, many at a time. Used by one thread."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._plans = Plans(parser)

    @property
    def gaps(self) -> Gaps:
        """Return what is missing, as far as senders number their messages."""
        return self._parser.gaps

    def parse(self, arrivals: Arrivals, received_us: Micros) -> Parsed:
        """Return what messages say, and what of them was refused and why.

        Args:
            arrivals: the messages; a retained one is read one by one.
            received_us: arrival of each [microseconds since 1970, UTC].
        """
        try:
            done, block = self._quickly(arrivals, received_us)
        except Exception:  # noqa: BLE001 - our own mistake must not cost a reading that the other way would give
            _log.exception("ingest.batch_failed")
            done, block = np.zeros(0, np.int64), ReadingBlock.of(())
        if len(done) == len(arrivals):
            return Parsed(block, [], len(arrivals), 0)
        return self._with_the_others(arrivals, received_us, done, block)

    def _quickly(self, arrivals: Arrivals, received_us: Micros) -> tuple[Places, ReadingBlock]:
        """Return the positions of the messages that columns could be made of, and their readings."""
        codes = self._plans.codes(arrivals.topics)
        if odd := [*arrivals.retained, *arrivals.whole]:
            codes[odd] = 0
        columns = self._plans.columns
        if columns.one_plan and len(codes) and codes.all():
            (_, plan), *_ = self._plans.numbered()
            return self._of_plan(plan, None, arrivals.payloads, codes, received_us)
        plan_of = columns.plan[codes]
        found = [
            self._of_plan(plan, np.flatnonzero(plan_of == number), arrivals.payloads, codes, received_us)
            for number, plan in self._plans.numbered()
        ]
        places = np.concatenate([np.zeros(0, np.int64), *(at for at, _ in found)])
        return _in_order(places, ReadingBlock.together(block for _, block in found))

    def _of_plan(
        self, plan: Plan, places: Places | None, payloads: Sequence[bytes], codes: Places, received_us: Micros
    ) -> tuple[Places, ReadingBlock]:
        """Return the positions among `places` (None: all) that pass every check, and their readings."""
        if places is not None:
            payloads = [payloads[at] for at in places.tolist()]
            codes, received_us = codes[places], received_us[places]
        else:
            places = np.arange(len(payloads))
        kept, times, raw, numbers = plan.read(payloads, self._parser.max_bytes)
        if kept is not None:
            places, codes, received_us = places[kept], codes[kept], received_us[kept]
        columns = self._plans.columns
        if numbers:
            self._parser.gaps.note(zip([columns.ids[code] for code in codes.tolist()], numbers, strict=True))
        value = columns.canonical(codes, raw)
        block = ReadingBlock(columns.ids, codes.astype(np.int32), times, value, received_us)
        oldest, newest = self._parser.window(received_us)
        good = (np.abs(raw) <= FARTHEST) & (np.abs(value) <= FARTHEST) & (times >= oldest) & (times <= newest)
        return (places, block) if good.all() else (places[good], block.take(good))

    def _with_the_others(
        self, arrivals: Arrivals, received_us: Micros, done: Places, block: ReadingBlock
    ) -> Parsed:
        """Read what is left one by one; return all in the order of the messages."""
        left = np.ones(len(arrivals), dtype=np.bool_)
        left[done] = False
        retained = set(arrivals.retained)
        readings: list[Reading] = []
        rejects: list[Reject] = []
        places: list[int] = []
        errors, end = 0, len(arrivals)
        for at in np.flatnonzero(left).tolist():
            if len(readings) >= MOST_READINGS:
                end = at
                break
            now_us = int(received_us[at])
            found, refused, failed = self._one(arrivals, at, now_us, retained=at in retained)
            errors += failed
            readings += found
            rejects += refused
            places += [at] * len(found)
        early = done < end
        all_places = np.concatenate([done[early], np.array(places, np.int64)])
        both = ReadingBlock.together([block.take(early), ReadingBlock.of(readings)])
        return Parsed(_in_order(all_places, both)[1], rejects, end, errors)

    def _one(
        self, arrivals: Arrivals, at: int, now_us: int, *, retained: bool
    ) -> tuple[list[Reading], list[Reject], int]:
        """Return one message's readings and rejects, and how many mistakes of ours it met."""
        topic, payload = arrivals.topics[at], arrivals.payloads[at]
        if at in arrivals.whole:
            detail = f"{arrivals.whole[at]} bytes, {self._parser.max_bytes} at most"
            return [], [a_reject(RejectReason.TOO_LARGE, topic, payload, now_us, detail)], 0
        try:
            return *self._parser.parse(topic, payload, now_us, retained=retained), 0
        except Exception as error:  # noqa: BLE001 - our own mistake must not stop every other meter
            _log.exception("ingest.parse_failed")
            detail = f"our fault: {error!r}"
            return [], [a_reject(RejectReason.NOT_PARSED, topic, payload, now_us, detail)], 1


def _in_order(places: Places, block: ReadingBlock) -> tuple[Places, ReadingBlock]:
    """Return positions and readings sorted by position; those of one message stay as they are."""
    order = np.argsort(places, kind="stable")
    return places[order], block.take(order)
