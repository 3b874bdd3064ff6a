"""Which readings are taken is the same question whether asked at once or one by one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.reading import Reading
from store.readings import FIRST_US, LAST_US, MAX_ID_BYTES, name_problem, reading_problem, sift

times = st.integers(FIRST_US - 3, FIRST_US + 3) | st.integers(LAST_US - 3, LAST_US + 3) | st.integers()
names = st.sampled_from(["a", "b c", "", "d\\", "e\n"]) | st.text(max_size=6)
batches = st.lists(st.builds(Reading, names, times, st.floats(), st.just(0)), max_size=8)


@settings(deadline=None)
@given(batches)
def test_the_fast_way_and_the_slow_way_agree(batch: list[Reading]) -> None:
    kept, refused = sift(batch)
    assert list(kept) == [reading for reading in batch if not reading_problem(reading)]
    assert [words for _, words in refused] == [words for r in batch if (words := reading_problem(r))]
    assert [id(reading) for reading, _ in refused] == [id(r) for r in batch if reading_problem(r)]


@settings(deadline=None)
@given(st.text())
def test_a_name_that_is_taken_fits_one_line_and_needs_no_backslash(name: str) -> None:
    if name_problem(name):
        return
    assert name.isprintable() or not name.isascii()
    assert "\\" not in name
    assert 0 < len(name.encode()) <= MAX_ID_BYTES


def test_the_ids_that_ingest_lets_through_are_all_taken() -> None:
    for name in ("a", "dye_line_2.water", "A:b-c_d.e", "9" * 64):
        assert name_problem(name) == ""
