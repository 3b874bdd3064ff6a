"""An InfluxSeries at a server that answers as a test says, or as a dialect's database does.

Source of a database's answers: as in test_influx_answers.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from store.influx import InfluxSeries
from store.influx_http import Dialect
from tests.servers.answers import Answer, Asked

METER = "dye_line_2.water"
KEPT = Answer(204)
DIALECTS: tuple[Dialect, ...] = ("v1", "v2", "v3")


@contextmanager
def opened(
    url: str, dialect: Dialect = "v2", *, timeout_s: float = 5.0, packed: bool = False
) -> Iterator[InfluxSeries]:
    """An InfluxSeries with credentials of the dialect."""
    who = {"username": "collector", "password": "s3cret:ö"} if dialect == "v1" else {}
    tokens = {} if dialect == "v1" else {"write_token": "s3cret-w", "read_token": "s3cret-r"}
    series = InfluxSeries(
        url, dialect, "plant/a b", org="o & o", timeout_s=timeout_s, packed=packed, **who, **tokens
    )
    try:
        yield series
    finally:
        series.close()


def as_json(status: int, body: object, **headers: str) -> Answer:
    return Answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})


class Database:
    """Keeps lines as a dialect does, and refuses those of meters that are called after a trouble."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.kept: dict[str, str] = {}

    def answer(self, asked: Asked) -> Answer:
        bad = [line for line in asked.lines if "meter=bad" in line]
        syntax = [line for line in bad if "bad_syntax" in line]
        if self.dialect == "v2" and syntax:  # 2.x keeps nothing of a batch that it cannot parse
            return as_json(
                400, {"code": "invalid", "message": f"unable to parse '{syntax[0]}': missing fields"}
            )
        self.kept |= {
            line.rpartition(" value=")[0] + line.rpartition(" ")[2]: line
            for line in asked.lines
            if line not in bad
        }
        return self._partial(bad) if bad else KEPT

    def _partial(self, bad: list[str]) -> Answer:
        reason = "field type conflict" if "bad_type" in bad[0] else "points beyond retention policy"
        words = f"partial write: {reason} dropped={len(bad)}"
        if self.dialect == "v1":
            return as_json(400, {"error": words})
        if self.dialect == "v2":
            message = f"failure writing points to database: {words}"
            return as_json(422, {"code": "unprocessable entity", "message": message})
        lines = [{"original_line": bad[0][:20], "line_number": 1, "error_message": reason}]
        return as_json(400, {"error": "partial write of line protocol occurred", "data": lines})
