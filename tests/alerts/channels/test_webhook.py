"""Webhooks and PagerDuty against a real receiver on loopback."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from alerts.channels.alertmanager import NOT_ENDED
from alerts.channels.pagerduty import PagerDutyChannel
from alerts.channels.web_call import Target, WebCall
from alerts.channels.webhook import WebhookChannel
from alerts.signing import SIGNATURE, why_not_genuine
from domain.errors import NotifyError
from tests.alerts.builders import NOW, a_hotspot_condition, a_letterhead
from tests.alerts.channels.receivers import Webhook, a_webhook
from tests.alerts.messages import told
from tests.alerts.test_clean import HOSTILE
from tests.servers.process import free_port

HEAD = a_letterhead("en")
LEAK = a_hotspot_condition()
FIRING = f"{LEAK.fingerprint}/1/firing/mail"


def a_channel(hook: Webhook, **changes: Any) -> WebhookChannel:
    target = Target(
        f"{hook.url}/t0ken-in-the-path",
        {"X-Api-Key": "k3y-in-a-header"},
        timeout_s=changes.pop("timeout_s", 10.0),
    )
    return WebhookChannel("mail", target, HEAD, **{"secret": "s3cret", "clock": lambda: NOW, **changes})


def test_a_webhook_gets_the_facts_and_the_words_signed_and_with_the_key_to_drop_doubles_by() -> None:
    with a_webhook() as hook:
        hook.answer = b"thank you"
        receipt = a_channel(hook).send(told(LEAK))
    ((path, headers, body),) = hook.requests
    assert (path, headers["Idempotency-Key"], headers["X-Api-Key"]) == (
        "/t0ken-in-the-path", FIRING, "k3y-in-a-header",
    )  # fmt: skip
    assert why_not_genuine("s3cret", headers, body, NOW) is None
    said = json.loads(body)
    assert (said["event"], said["plant"], said["dedup_key"]) == ("firing", "Song Hong dye works", FIRING)
    assert said["title"].startswith("▲ HIGH · Chuyền nhuộm 2 · water +4.1")
    assert said["alerts"][0]["facts"]["cost_per_hour"] == 98_000.0
    assert said["alerts"][0]["url"] == f"https://cp.plant.lan/a/{LEAK.fingerprint}"
    assert receipt.answer == "HTTP 200: thank you"


def test_without_a_secret_there_is_no_signature() -> None:
    with a_webhook() as hook:
        a_channel(hook, secret="").send(told(LEAK))
    assert SIGNATURE not in hook.requests[0][1]


def test_alertmanagers_shape_has_status_labels_annotations_and_times() -> None:
    with a_webhook() as hook:
        channel = a_channel(hook, shape="alertmanager")
        channel.send(told(LEAK))
        channel.send(told(LEAK, over_after_s=60))
    firing, resolved = hook.bodies()
    alert = firing["alerts"][0]
    assert (firing["version"], firing["status"], firing["receiver"]) == ("4", "firing", "mail")
    assert alert["labels"] == firing["commonLabels"]
    assert alert["labels"]["process"] == "dye_line_2"
    assert (alert["labels"]["severity"], alert["fingerprint"]) == ("critical", LEAK.fingerprint)
    assert (alert["startsAt"], alert["endsAt"]) == (LEAK.since.isoformat(), NOT_ENDED)
    assert alert["annotations"]["cost_per_hour"] == "98000.0"
    assert (resolved["status"], resolved["alerts"][0]["status"]) == ("resolved", "resolved")
    assert resolved["alerts"][0]["endsAt"] > resolved["alerts"][0]["startsAt"]
    assert resolved["groupKey"] == firing["groupKey"]


@pytest.mark.parametrize("shape", ["wastenot", "alertmanager"])
def test_many_alerts_are_one_request_with_each_of_them_once(shape: str) -> None:
    many = [a_hotspot_condition(f"h{number}") for number in range(30)]
    with a_webhook() as hook:
        a_channel(hook, shape=shape).send(told(*many))
    (body,) = hook.bodies()
    assert {alert["fingerprint"] for alert in body["alerts"]} == {one.fingerprint for one in many}


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(400, False), (401, False), (404, False), (410, False), (301, False), (308, False),
     (302, True), (408, True), (429, True), (500, True), (503, True)],
)  # fmt: skip
def test_an_answer_says_whether_another_try_can_help_and_is_kept_without_secrets(
    status: int, retryable: bool
) -> None:
    with a_webhook() as hook:
        hook.status, hook.headers = status, {"Retry-After": "120", "Location": "http://127.0.0.1:1/"}
        hook.answer = b"no t0ken-in-the-path\r\n<b>k3y-in-a-header</b> s3cret" + b"x" * 10_000
        headers = {"X-Api-Key": "k3y-in-a-header"}
        target = Target(f"{hook.url}/t0ken-in-the-path", headers, frozenset({"s3cret"}))
        with pytest.raises(NotifyError) as trouble:
            WebhookChannel("hook", target, HEAD, secret="s3cret").send(told(LEAK))
    assert (trouble.value.retryable, trouble.value.retry_after_s) == (retryable, 120.0)
    assert str(trouble.value).startswith(f"HTTP {status}: no *** ‹b›***‹/b› ***x")
    assert len(str(trouble.value)) < 400
    assert len(hook.requests) == 1  # a redirect was not followed


def test_a_service_that_says_nothing_is_given_up_in_time_and_one_that_is_not_there_at_once() -> None:
    with a_webhook() as hook:
        hook.hang_s = 30.0
        with pytest.raises(NotifyError, match=r"no answer within 0\.5 s"):
            a_channel(hook, timeout_s=0.5).send(told(LEAK))
    hook.port = free_port()
    with pytest.raises(NotifyError, match="connection refused") as trouble:
        a_channel(hook).send(told(LEAK))
    assert trouble.value.retryable


@pytest.mark.parametrize(
    "target",
    [Target("ftp://host/"), Target("https://"), Target("http://h:0/"), Target("http://[x/"),
     Target("nonsense"), Target("http://h/", {"X-A\r\nB": "c"}), Target("http://h/", {"X-A": "c\r\nB: d"})],
)  # fmt: skip
def test_an_address_or_header_that_cannot_work_is_refused_when_it_is_read(target: Target) -> None:
    with pytest.raises(NotifyError) as trouble:
        WebCall(target)
    assert not trouble.value.retryable


@pytest.mark.fault(29)
@pytest.mark.parametrize("shape", ["wastenot", "alertmanager"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_one_json_text(shape: str, name: str) -> None:
    facts = {**LEAK.facts, "process_name": name}
    with a_webhook() as hook:
        a_channel(hook, shape=shape).send(told(replace(LEAK, facts=facts)))
    said = json.dumps(hook.bodies()[0]["alerts"][0].get("annotations") or hook.bodies()[0]["title"])
    assert "<" not in said
    assert not re.search(r"@\w", said)
    assert {name for name in hook.requests[0][1] if name.lower().startswith("bcc")} == set()


def test_pagerduty_gets_one_incident_per_alert_and_its_end_closes_it() -> None:
    with a_webhook() as hook:
        hook.status, hook.answer = 202, b'{"status":"success","message":"Event processed","key":"R0UTING"}'
        channel = PagerDutyChannel("pager", "R0UTING", HEAD, f"{hook.url}/v2/enqueue")
        receipt = channel.send(told(LEAK))
        channel.send(told(LEAK, over_after_s=60))
        channel.send(told(*(a_hotspot_condition(f"h{number}") for number in range(7))))
    trigger, resolve, *many = hook.bodies()
    key = f"{LEAK.fingerprint}/1"
    assert (trigger["event_action"], trigger["dedup_key"], trigger["routing_key"]) == (
        "trigger",
        key,
        "R0UTING",
    )
    assert resolve == {"routing_key": "R0UTING", "event_action": "resolve", "dedup_key": key}
    assert trigger["payload"]["severity"] == "critical"
    assert trigger["payload"]["summary"].startswith("▲ HIGH")
    assert trigger["payload"]["custom_details"]["cost_per_hour"] == 98_000.0
    assert trigger["links"][0]["href"].endswith(LEAK.fingerprint)
    assert len({event["dedup_key"] for event in many}) == 7
    assert receipt.answer.startswith("HTTP 202: {")
    assert "R0UTING" not in receipt.answer
