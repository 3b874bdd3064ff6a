"""What a cold start keeps between two runs: the learner, the judge's state, and whether the day is clean."""

from __future__ import annotations

from datetime import datetime

import msgspec

from analytics.drift.judge import dump as dump_judge
from analytics.drift.judge import fresh_state
from analytics.frames import Stream
from analytics.provisional.learner import LEARNER_FORMAT, Learner, dump
from domain.amendment import Journal
from domain.baseline import Baseline
from domain.hotspot import Snapshot


class State(msgspec.Struct):
    """Where a walk stands; its learner and its judge as they dump themselves."""

    learner: bytes
    judge: bytes
    clean: bool  # no hotspot was open in the day that is running


def first_state(learner: Learner, baseline: Baseline) -> bytes:
    """Return the state before anything was judged."""
    return msgspec.msgpack.encode(State(dump(learner), dump_judge(fresh_state(baseline)), clean=True))


def snapshot_of(stream: Stream, at: datetime, version: int, state: bytes, journal: Journal) -> Snapshot:
    """Return a state as the ledger keeps it: valid up to `at`, for a version of the baseline."""
    return Snapshot(stream.process, stream.resource, at, version, LEARNER_FORMAT, state, journal.last)
