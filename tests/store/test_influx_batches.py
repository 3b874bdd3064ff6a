"""InfluxSeries and batches that are not taken whole: bad lines, bodies that are too large."""

from __future__ import annotations

from math import ceil, log2

import pytest

from domain.errors import StoreError
from store.influx_http import Dialect
from tests.servers.answers import Answer, AnsweringServer, Asked
from tests.store.answered import DIALECTS, Database, as_json, opened
from tests.store.builders import a_reading, readings


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("trouble", ["bad_syntax", "bad_type", "bad_age"])
@pytest.mark.fault(18)
def test_one_bad_line_among_5000_is_found_and_the_others_are_kept(dialect: Dialect, trouble: str) -> None:
    database = Database(dialect)
    batch = [*readings(3_333), a_reading(0, 1.0, trouble), *readings(1_666, "b")]
    with AnsweringServer(database.answer) as server, opened(server.url, dialect) as series:
        done = series.append(batch)
    assert done.stored == 4_999
    ((refused, words),) = done.refused
    assert refused == batch[3_333]
    assert "parse" in words or "partial write" in words
    assert len(database.kept) == 4_999
    assert len(server.asked) - 1 <= 2 * ceil(log2(5_000))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.fault(20)
def test_a_body_that_is_too_large_is_split_and_the_next_ones_begin_smaller(dialect: Dialect) -> None:
    database = Database(dialect)

    def answer(asked: Asked) -> Answer:
        too_large = len(asked.body) > 100_000
        return (
            Answer(413, b"<html>413 Request Entity Too Large</html>") if too_large else database.answer(asked)
        )

    with AnsweringServer(answer) as server, opened(server.url, dialect) as series:
        assert series.append(readings(10_000)).refused == ()
        assert len(database.kept) == 10_000
        server.asked.clear()
        assert series.append(readings(10_000, "b")).refused == ()
    assert len(database.kept) == 20_000
    assert all(len(asked.body) <= 100_000 for asked in server.asked)


def test_a_batch_of_many_megabytes_is_sent_in_bodies_of_5() -> None:
    database = Database("v2")
    with AnsweringServer(database.answer) as server, opened(server.url) as series:
        assert series.append(readings(200_000)).stored == 200_000
    assert len(database.kept) == 200_000
    assert len(server.asked) > 1
    assert all(len(asked.body) <= 5_000_000 for asked in server.asked)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_refusal_for_no_reason_of_the_lines_drops_no_reading(dialect: Dialect) -> None:
    with (
        AnsweringServer(lambda _: as_json(400, {"error": "database is required"})) as server,
        opened(server.url, dialect) as series,
        pytest.raises(StoreError, match="database is required") as caught,
    ):
        series.append(readings(5_000))
    assert not caught.value.retryable
    assert len(server.asked) <= 64
