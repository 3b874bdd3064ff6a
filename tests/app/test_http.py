"""/health says what each part does, with a status a supervisor understands; /metrics is Prometheus text."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.health import PartHealth, Verdict, ask
from app.http import HttpServer, http_app
from app.metrics import MOST_TOPICS, metrics_registry
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
    assert 'wastenot_messages_total{broker=""} 5.0' in text
    assert 'wastenot_rejects_total{reason="too_large"} 2.0' in text
    assert 'wastenot_broker_connected{broker=""} 1.0' in text
    assert "wastenot_analysis_lag_seconds" not in text


def test_unknown_topics_are_few_printable_labels_and_one_total(server: HttpServer) -> None:
    hostile = 'a"b\\c\nd\x00' + "x" * 500
    topics = {hostile: 3, **{f"plant/{n}": 1 for n in range(500)}}
    rejects = {"unknown_topic": 900, "unknown_meter": 5, "too_large": 2}
    PARTS["broker"] = PartHealth(Verdict.OK, "", {"rejects": rejects, "unknown_topics": topics})
    text = get(f"{server.url}/metrics")[1]
    lines = [line for line in text.split("\n") if line.startswith("wastenot_unknown_topics{")]
    (family,) = [one for one in text_string_to_metric_families(text) if one.name == "wastenot_unknown_topics"]
    labels = {sample.labels["topic"]: sample.value for sample in family.samples}
    assert len(lines) == len(labels) == MOST_TOPICS
    assert labels["plant/0"] == 1.0
    assert next(name for name in labels if name.startswith("a")).startswith('a"b\\c\\nd\\x00xxx')
    assert max(map(len, labels)) <= 140
    assert "wastenot_unknown_topic_messages_total 905.0" in text


def test_topics_that_look_alike_when_cut_are_one_label(server: HttpServer) -> None:
    topics = {"x" * 300: 2, "x" * 301: 3}
    PARTS["broker"] = PartHealth(Verdict.OK, "", {"rejects": {}, "unknown_topics": topics})
    text = get(f"{server.url}/metrics")[1]
    assert [
        line.split()[-1] for line in text.splitlines() if line.startswith("wastenot_unknown_topics{")
    ] == ["5.0"]


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
