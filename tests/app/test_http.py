"""/health says what each part does, with a status a supervisor understands; /metrics is Prometheus text."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from app.health import PartHealth, Verdict, ask
from app.http import HttpServer, http_app
from app.metrics import metrics_registry
from domain.errors import WorldError

PARTS: dict[str, PartHealth] = {}


@pytest.fixture
def server() -> Iterator[HttpServer]:
    PARTS.clear()
    made = HttpServer(http_app(lambda: PARTS, metrics_registry(lambda: PARTS)), "127.0.0.1", 0)
    made.start()
    yield made
    made.stop()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_all_well_is_200(server: HttpServer) -> None:
    PARTS["store"] = PartHealth(Verdict.OK)
    status, text = get(f"{server.url}/health")
    assert (status, json.loads(text)["status"]) == (200, "ok")


def test_a_database_that_is_away_is_degraded_but_no_reason_to_restart_us(server: HttpServer) -> None:
    PARTS["shipping"] = PartHealth(Verdict.DEGRADED, "401 unauthorized", {"waiting": 12})
    status, text = get(f"{server.url}/health")
    part = json.loads(text)["parts"]["shipping"]
    assert (status, part) == (200, {"status": "degraded", "detail": "401 unauthorized", "waiting": 12})


def test_a_failing_part_is_503(server: HttpServer) -> None:
    PARTS["broker"] = PartHealth(Verdict.FAILING, "session taken over")
    assert get(f"{server.url}/health")[0] == 503


def test_metrics_show_figures_and_never_an_unknown_one(server: HttpServer) -> None:
    figures = {"messages": 5, "connected": True, "rejects": {"too_large": 2}}
    PARTS["broker"] = PartHealth(Verdict.OK, "", figures)
    PARTS["analysis"] = PartHealth(Verdict.OK, "", {"lag_s": None})
    text = get(f"{server.url}/metrics")[1]
    assert "wastenot_messages_total 5.0" in text
    assert 'wastenot_rejects_total{reason="too_large"} 2.0' in text
    assert "wastenot_broker_connected 1.0" in text
    assert "wastenot_analysis_lag_seconds" not in text


def test_a_probe_that_raises_is_a_failing_part() -> None:
    def broken() -> PartHealth:
        raise ZeroDivisionError("ours")

    assert ask({"x": broken})["x"] == PartHealth(Verdict.FAILING, "ZeroDivisionError: ours")


def test_a_taken_port_is_said_with_its_setting(server: HttpServer) -> None:
    second = HttpServer(http_app(lambda: PARTS, metrics_registry(lambda: PARTS)), "127.0.0.1", server.port)
    with pytest.raises(WorldError, match=r"http\.port"):
        second.start()


def test_a_link_of_a_message_leads_to_the_alert_in_words() -> None:
    app = http_app(lambda: PARTS, metrics_registry(lambda: PARTS), {"abc": "▲ HIGH · water"}.get)
    server = HttpServer(app, "127.0.0.1", 0)
    server.start()
    try:
        assert get(f"{server.url}/a/abc") == (200, "▲ HIGH · water")
        assert get(f"{server.url}/a/other")[0] == 404
    finally:
        server.stop()
