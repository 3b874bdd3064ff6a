"""Readings as columns say the same as readings one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.reading import Reading
from domain.readings import ReadingBlock

READINGS = st.lists(
    st.builds(
        Reading,
        st.sampled_from(["a", "b.water", "nước"]),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False),
        st.integers(0, 2**53),
    ),
    max_size=30,
)


@given(READINGS)
def test_a_block_reads_like_the_list_it_was_made_of(readings: list[Reading]) -> None:
    block = ReadingBlock.of(readings)
    assert list(block) == readings
    assert [block[index] for index in range(len(block))] == readings
    assert list(block[1:3]) == readings[1:3]
    assert all(isinstance(reading.time_us, int) for reading in block)


@given(st.lists(READINGS, max_size=4))
def test_blocks_together_are_their_readings_in_order(lists: list[list[Reading]]) -> None:
    block = ReadingBlock.together([ReadingBlock.of(readings) for readings in lists])
    assert list(block) == [reading for readings in lists for reading in readings]
    assert len(set(block.meters)) == len(block.meters)


def test_a_block_made_of_a_block_is_that_block() -> None:
    block = ReadingBlock.of([Reading("a", 1, 2.0, 3)])
    assert ReadingBlock.of(block) is block


def test_taking_by_mask_keeps_the_order() -> None:
    block = ReadingBlock.of([Reading("a", at, float(at), 0) for at in range(5)])
    assert [reading.time_us for reading in block.take(block.time_us % 2 == np.int64(0))] == [0, 2, 4]
