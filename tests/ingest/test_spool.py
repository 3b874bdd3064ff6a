"""The spool: in order, durable, each record once, one process at a time."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import SpoolError
from ingest.spool import Spool
from tests.ingest.spools import drained, record


def test_records_come_out_in_the_order_they_went_in(spool: Spool) -> None:
    spool.append([b"one", b"two"])
    spool.append([b"three"])
    assert drained(spool, limit=2) == [b"one", b"two", b"three"]
    assert spool.status().records == 0


def test_a_batch_is_read_again_until_it_is_committed(spool: Spool) -> None:
    spool.append([b"one", b"two"])
    assert spool.read(1).records == [b"one"]
    batch = spool.read(1)
    assert batch.records == [b"one"]
    spool.commit(batch)
    assert spool.read(9).records == [b"two"]


def test_what_is_not_committed_is_there_after_reopening(folder: Path) -> None:
    first = Spool(folder)
    first.append([record(n) for n in range(10)])
    first.commit(first.read(4))
    first.close()
    second = Spool(folder)
    second.append([record(10)])
    assert second.status().records == 7
    assert drained(second) == [record(n) for n in range(4, 11)]
    second.close()


def test_numbers_and_sizes_go_on_over_many_openings(folder: Path) -> None:
    for opening in range(5):
        spool = Spool(folder)
        spool.append([record(2 * opening), record(2 * opening + 1)])
        spool.commit(spool.read(1))
        assert spool.status().records == opening + 1
        spool.close()
    spool = Spool(folder)
    assert drained(spool) == [record(n) for n in range(5, 10)]
    assert [path.stat().st_size for path in folder.glob("*.spool")] == [0]
    spool.close()


def test_a_second_process_on_the_folder_is_refused_loudly(spool: Spool, folder: Path) -> None:
    code = f"from pathlib import Path; from ingest.spool import Spool; Spool(Path({str(folder)!r}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert other.returncode != 0
    assert "in use by another process" in other.stderr
    with pytest.raises(SpoolError, match="in use") as caught:
        Spool(folder)
    assert not caught.value.retryable
    spool.append([b"still works"])


def test_a_closed_spool_says_so(folder: Path) -> None:
    spool = Spool(folder)
    spool.append([b"one"])
    batch = spool.read(1)
    spool.close()
    spool.close()
    for call in (lambda: spool.append([b"x"]), lambda: spool.read(1), lambda: spool.commit(batch)):
        with pytest.raises(SpoolError, match="closed"):
            call()
    again = Spool(folder)
    assert drained(again) == [b"one"]
    again.close()


def test_a_folder_that_cannot_be_written_is_a_spool_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="opening the spool"):
        Spool(tmp_path / "file" / "spool")


def test_waiting_ends_when_records_come(spool: Spool) -> None:
    assert spool.wait(0.0) == 0
    later = threading.Timer(0.05, lambda: spool.append([b"one", b"two"]))
    later.start()
    assert spool.wait(10.0, readings=2) == 2
    later.join()


def test_large_records_cross_the_pieces_a_file_is_read_in(folder: Path) -> None:
    spool = Spool(folder)
    big = [bytes([n]) * (40_000 + n) for n in range(1, 80)]
    spool.append(big)
    assert drained(spool, limit=7) == big
    spool.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["append", "ship", "reopen", "read"]), st.integers(1, 9)), max_size=25
    )
)
def test_whatever_is_done_nothing_is_lost_doubled_or_reordered(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    spool, appended, shipped = Spool(folder, segment_bytes=450), 0, 0
    for step, count in steps:
        if step == "append":
            spool.append([record(appended + n) for n in range(count)])
            appended += count
        elif step == "reopen":
            spool.close()
            spool = Spool(folder, segment_bytes=450)
        else:
            batch = spool.read(count)
            assert batch.records == [record(n) for n in range(shipped, min(shipped + count, appended))]
            if step == "ship":
                spool.commit(batch)
                shipped += len(batch.records)
        assert spool.status().records == appended - shipped
    spool.close()
