"""JSON payloads: the fast reader and the slow one agree."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from ingest.json_fields import json_fields
from ingest.rows import Unreadable, dig, parse_path

PATHS = ["v", "a", "a.b", "a.c.d", "a.c", "l[0]", "l[1].v", "a.l[0][1]", '"em:0".x', "[0]", ""]


@pytest.mark.parametrize(
    ("paths", "payload", "row"),
    [
        (["value"], b'{"value": 12.5}', (12.5,)),
        (["value", "ts"], b'{"ts": 7, "value": 1, "other": [1, {"x": 2}]}', (1, 7)),
        (["a.b[0].c", "t"], b'{"a": {"b": [{"c": 5}]}, "t": 1}', (5, 1)),
        (['"em:0".x', '"em:0".y', "t"], b'{"em:0": {"x": 1, "y": 2}, "t": 9}', (1, 2, 9)),
        (["a", "a.b"], b'{"a": {"b": 4}}', ({"b": 4}, 4)),
        (["v", "v"], b'{"v": 3}', (3, 3)),
        (["[0].x"], b'[{"x": 3}]', (3,)),
        ([""], b"12.5", (12.5,)),
        (["v"], b'\xef\xbb\xbf{"v": 1}', (1,)),
        (["v"], b'{"v": 1, "v": 2}', (2,)),
        (["v", "a.b"], b'{"v": 1, "a": 7}', (1, UNSET)),
        (["v", "a.b"], b'{"v": 1, "a": null}', (1, UNSET)),
        (["v"], b"[]", (UNSET,)),
        (["v"], b'{"v": 1180591620717411303424}', (2**70,)),
        (["v"], b'{"w": NaN, "v": 1}', (1,)),
    ],
)
def test_the_asked_fields_are_read(paths: list[str], payload: bytes, row: tuple[object, ...]) -> None:
    assert [tuple(found) for found in json_fields(paths)(payload)] == [row]


def test_a_path_that_is_none_is_refused_when_the_reader_is_made() -> None:
    with pytest.raises(ValueError, match="unreadable from"):
        json_fields(["a[x]"])


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b'{"v": 1', b'{"v": 1} x', b"\xff\xfe", b'{"v": "\xff"}', b"[" * 30_000, b'{"x":' * 9000,
     b'{"v": 1' + b"0" * 5000 + b"}", b"\x00", b"v=1"],
)  # fmt: skip
def test_what_is_not_json_is_unreadable(payload: bytes) -> None:
    with pytest.raises(Unreadable):
        json_fields(["v"])(payload)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["v", "a", "b", "c", "d", "l", "em:0", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(_json, st.lists(st.sampled_from(PATHS), min_size=1, max_size=4))
def test_the_fast_reader_finds_what_a_walk_through_the_document_finds(
    document: object, paths: list[str]
) -> None:
    payload = json.dumps(document).encode()
    walked = [dig(json.loads(payload), parse_path(path)) for path in paths]
    assert list(json_fields(paths)(payload)[0]) == walked


@given(st.binary(max_size=200), st.lists(st.sampled_from(PATHS), min_size=1, max_size=4))
def test_no_bytes_raise_anything_but_unreadable(payload: bytes, paths: list[str]) -> None:
    try:
        rows = json_fields(paths)(payload)
    except Unreadable:
        return
    assert [len(row) for row in rows] == [len(paths)]
