"""Line protocol: what is written for a reading and an interval, and how lines are parted into bodies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.readings import ReadingBlock
from store.frames import checked_intervals
from store.influx_lines import interval_lines
from store.influx_points import ReadingLines, escape_tag, parts
from tests.store.builders import START_US, a_reading, intervals


@pytest.mark.parametrize(
    ("meter", "value", "line"),
    [
        ("m", 1, f"reading,meter=m value=1.0 {START_US}"),
        ("m", True, f"reading,meter=m value=1.0 {START_US}"),
        ("m", 1e-7, f"reading,meter=m value=1e-07 {START_US}"),
        ("m", 0.1 + 0.2, f"reading,meter=m value=0.30000000000000004 {START_US}"),
        ("m1,admin=true", 2.0, f"reading,meter=m1\\,admin\\=true value=2.0 {START_US}"),
        ("lò hơi 2", 2.0, f"reading,meter=lò\\ hơi\\ 2 value=2.0 {START_US}"),
    ],
)
@pytest.mark.fault(22)
def test_a_reading_is_one_line_with_a_float(meter: str, value: float, line: str) -> None:
    assert ReadingLines().of(ReadingBlock.of([a_reading(0, value, meter)])) == [line]


def test_an_interval_names_what_is_known() -> None:
    frame = checked_intervals(intervals([0, 1], process="a b", cost=[None, 3.0], quality="measured"))
    head = 'interval,process=a\\ b,resource=water quality="measured",known='
    amounts = "actual=12.5,expected=10.0,excess=2.5"
    assert interval_lines(frame) == [
        f'{head}"actual expected excess",{amounts} {START_US}',
        f'{head}"actual expected excess cost",{amounts},cost=3.0 {START_US + 3_600_000_000}',
    ]


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\\\n", codec="utf-8")))
def test_an_escaped_tag_can_be_told_from_what_follows(value: str) -> None:
    """Read as a server does: a comma, space or equals sign ends the tag unless a backslash is before it."""
    written = escape_tag(value) + ",next=1 value=1.0"
    read, rest = "", written
    while rest[0] not in ",= ":
        escaped = rest[0] == "\\" and rest[1] in ",= "
        read += rest[1] if escaped else rest[0]
        rest = rest[2:] if escaped else rest[1:]
    assert read == value
    assert rest == ",next=1 value=1.0"


@settings(deadline=None)
@given(st.lists(st.text("aü水😀", min_size=1, max_size=20)), st.integers(1, 100))
def test_parts_hold_every_line_once_and_fit_the_limit(lines: list[str], limit: int) -> None:
    found = list(parts(lines, limit))
    assert [index for part in found for index in part] == list(range(len(lines)))
    for part in found:
        body = "\n".join(lines[part.start : part.stop]).encode()
        assert len(part) == 1 or len(body) < limit
