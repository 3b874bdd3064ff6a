"""The group that is not durable yet: when it is committed, and what is acknowledged then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from domain.errors import SpoolError
from ingest.arrivals import Arrivals, Message
from ingest.drops import TOPIC
from ingest.intake import Intake
from ingest.link import Link
from ingest.records import readings_in
from ingest.rejects import RejectLog
from ingest.spool import Spool
from tests.ingest.builders import NOW_MS, FixedClock, a_parser, a_source


@dataclass
class ALink:
    """What an Intake sees of a Link."""

    inbox: Arrivals = field(default_factory=Arrivals)
    acked: list[int] = field(default_factory=list)

    def ack(self, mids: Sequence[bytes]) -> None:
        self.acked += [int.from_bytes(mid, "big") for mid in mids]


@dataclass
class Bench:
    """An intake on a spool, with its own time."""

    spool: Spool
    intake: Intake
    link: ALink
    now: float = 100.0

    def arrive(
        self, *mids: int, payload: bytes = b'{"value": 1, "ts": %d}' % NOW_MS, retained: bool = False
    ) -> None:
        for mid in mids:
            wanted = mid.to_bytes(2, "big") if mid else b""
            self.link.inbox.add(Message(b"plant/dye/water", payload, wanted, retained))
        self.intake.take(cast(Link, self.link))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    spool = Spool(tmp_path / "spool")
    made: list[Bench] = []
    intake = Intake(
        a_parser(a_source()),
        spool,
        RejectLog(tmp_path),
        FixedClock(),
        commit_s=0.025,
        commit_messages=100,
        monotonic=lambda: made[0].now,
    )
    made.append(Bench(spool, intake, ALink()))
    yield made[0]
    spool.close()


def test_nothing_is_due_when_nothing_came(bench: Bench) -> None:
    bench.intake.take(cast(Link, bench.link))
    assert bench.intake.due_s() is None


def test_a_group_is_due_when_its_oldest_message_has_waited(bench: Bench) -> None:
    bench.arrive(1)
    assert bench.intake.due_s() == pytest.approx(0.025)
    bench.now += 0.02
    bench.arrive(2)
    assert bench.intake.due_s() == pytest.approx(0.005)
    bench.now += 0.02
    assert bench.intake.due_s() == 0.0


def test_a_large_group_is_due_at_once(bench: Bench) -> None:
    bench.arrive(*range(1, 101))
    assert bench.intake.due_s() == 0.0


def test_acknowledgements_follow_the_spool_in_the_order_of_arrival(bench: Bench) -> None:
    bench.arrive(7, 3)
    bench.arrive(9)
    assert bench.link.acked == []
    assert bench.intake.commit()
    assert bench.spool.status().records == 3
    assert bench.link.acked == [7, 3, 9]
    assert bench.intake.due_s() is None


def test_messages_of_quality_zero_are_spooled_and_not_acknowledged(bench: Bench) -> None:
    bench.arrive(0)
    bench.intake.commit()
    assert (bench.spool.status().records, bench.link.acked) == (1, [])


def test_refused_messages_are_acknowledged_too(bench: Bench) -> None:
    bench.arrive(5, payload=b"not json")
    bench.intake.commit()
    assert (bench.spool.status().records, bench.link.acked) == (0, [5])


def test_a_broker_that_always_stops_at_the_same_is_answered_as_soon_as_it_does(bench: Bench) -> None:
    for first in (1, 21, 41):
        bench.arrive(*range(first, first + 20))
        bench.now += 0.025  # nothing more comes: the broker waits for us
        bench.intake.commit()
    bench.arrive(*range(61, 80))
    assert bench.intake.due_s() == pytest.approx(0.025)
    bench.arrive(80)
    assert bench.intake.due_s() == 0.0


def test_a_broker_that_sends_more_than_it_did_is_believed(bench: Bench) -> None:
    for first in (1, 21, 41):
        bench.arrive(*range(first, first + 20))
        bench.intake.commit()
    bench.arrive(*range(61, 121))
    assert bench.intake.due_s() == pytest.approx(0.025)


def test_groups_of_different_sizes_are_no_window(bench: Bench) -> None:
    for size in (20, 20, 21, 20, 20):
        bench.arrive(*range(1, 1 + size))
        bench.intake.commit()
    bench.arrive(*range(1, 21))
    assert bench.intake.due_s() == pytest.approx(0.025)


def test_a_blocked_spool_acknowledges_nothing_until_it_takes_everything(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = bench.spool.append

    def full(_records: Sequence[bytes]) -> None:
        raise SpoolError("the spool is full")

    monkeypatch.setattr(bench.spool, "append", full)
    bench.arrive(1, 2)
    assert not bench.intake.commit()
    assert bench.intake.blocked == "the spool is full"
    assert bench.link.acked == []
    monkeypatch.setattr(bench.spool, "append", append)
    assert bench.intake.commit()
    assert bench.intake.blocked == ""
    assert (bench.link.acked, bench.spool.status().records) == ([1, 2], 2)


def test_a_new_connection_is_not_sent_the_acknowledgements_of_the_old_one(bench: Bench) -> None:
    bench.arrive(1, 2)
    old, bench.link = bench.link, ALink()
    bench.arrive(1)
    bench.intake.commit()
    assert (old.acked, bench.link.acked) == ([], [1])
    assert bench.spool.status().records == 3  # what came over the old one is kept all the same


def test_a_retained_message_is_read_once_until_it_changes(bench: Bench) -> None:
    bench.arrive(1, 2, retained=True)
    bench.arrive(3, retained=True, payload=b'{"value": 2, "ts": %d}' % NOW_MS)
    bench.intake.commit()
    assert bench.spool.status().records == 2
    assert bench.intake.retained_ignored == 1
    assert bench.link.acked == [1, 2, 3]


def test_the_brokers_word_of_its_drops_is_kept_acknowledged_and_no_message_of_a_meter(bench: Bench) -> None:
    assert bench.intake.broker_dropped is None
    for mid, figure in ((1, b"7"), (2, b"7"), (3, b"4007")):
        bench.link.inbox.add(Message(TOPIC, figure, bytes([0, mid]), retained=mid == 1))
        bench.intake.take(cast(Link, bench.link))
    assert bench.intake.commit()
    assert (bench.intake.broker_dropped, bench.intake.messages, bench.intake.last_us) == (4000, 0, 0)
    assert bench.link.acked == [1, 2, 3]
    assert bench.intake.unknown_topics == {}


def test_messages_of_many_rows_go_to_the_spool_before_they_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, link = Spool(tmp_path / "spool"), ALink()
    parser = a_parser(a_source(format="csv", value="0", time=""))
    intake = Intake(parser, spool, RejectLog(tmp_path), FixedClock())
    appended: list[int] = []
    spool_append = spool.append

    def append(records: Sequence[bytes]) -> None:
        appended.append(sum(map(readings_in, records)))
        spool_append(records)

    monkeypatch.setattr(spool, "append", append)
    for mid in (1, 2, 3):
        link.inbox.add(Message(b"plant/dye/water", b"1\n" * 5000, bytes([0, mid])))
    intake.take(cast(Link, link))
    assert intake.commit()
    assert appended == [5000, 5000, 5000]
    assert link.acked == [1, 2, 3]
    spool.close()
