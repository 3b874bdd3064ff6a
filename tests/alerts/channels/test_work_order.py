"""Work orders against a real receiver on loopback: one per alert, whatever is sent again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.work_order import OrderBook, WorkOrderChannel
from alerts.deliver import Delivered, deliver
from alerts.work_order_facts import order_key
from domain.errors import NotifyError
from store.ledger import SqlLedger
from tests.alerts.builders import (
    NOW,
    a_condition,
    a_hotspot_condition,
    a_letterhead,
    a_standing_hotspot,
    after,
)
from tests.alerts.channels.receivers import Webhook, a_webhook
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.messages import told
from tests.alerts.test_clean import HOSTILE

LEAK = a_hotspot_condition()
KEY = order_key(LEAK.fingerprint, 1)
HEAD = a_letterhead("en")


def a_channel(
    hook: Webhook, system: str = "generic", timeout_s: float = 10.0, **changes: Any
) -> WorkOrderChannel:
    book = OrderBook(**changes)
    return WorkOrderChannel(
        "mail", hook.url, "ap1-key-x", HEAD, system=system, book=book, timeout_s=timeout_s
    )


def test_any_system_gets_a_json_body_with_the_key_and_its_number_is_kept() -> None:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        tx.enqueue(told(LEAK))
    with a_webhook() as hook:
        hook.status, hook.answer = 201, b'{"id": 4711}'
        assert deliver(ledger, {"mail": a_channel(hook)}, NOW) == Delivered(sent=1)
    ((_, headers, body),) = hook.requests
    said = json.loads(body)
    assert (headers["Idempotency-Key"], headers["Authorization"]) == (KEY, "Bearer ap1-key-x")
    assert (said["key"], said["priority"], said["cost_per_hour"]) == (KEY, "high", 98_000.0)
    assert said["title"].startswith("▲ HIGH · Chuyền nhuộm 2")
    assert "Check first" in said["description"]
    (message,) = ledger.tables.outbox.values()
    assert (message.reference, message.answer) == ("4711", 'HTTP 201: {"id": 4711}')


def test_odoo_is_asked_first_and_then_told() -> None:
    with a_webhook() as hook:
        hook.answers = {"/search_read": b"[]", "/create": b"[88]"}
        receipt = a_channel(hook, "odoo", assets={"dye_line_2": "12"}).send(told(LEAK))
    (asked, made), (question, order) = [path for path, _, _ in hook.requests], hook.bodies()
    assert asked == "/json/2/maintenance.request/search_read"
    assert made == "/json/2/maintenance.request/create"
    assert question["domain"] == [["name", "ilike", f"[{KEY}]"]]
    (values,) = order["vals_list"]
    assert values["name"].endswith(f"[{KEY}]")
    assert (values["equipment_id"], values["maintenance_type"], values["priority"]) == (12, "corrective", "3")
    assert hook.requests[1][1]["Authorization"] == "bearer ap1-key-x"
    assert receipt.reference == "88"


@pytest.mark.parametrize(
    ("system", "known", "number"),
    [("odoo", b'[{"id": 88}]', "88"), ("atlas", b'{"content": [{"id": 5}]}', "5")],
)
def test_an_answer_that_was_lost_makes_no_second_order(system: str, known: bytes, number: str) -> None:
    with a_webhook() as hook:
        channel = a_channel(hook, system, timeout_s=2.0)
        hook.answers = {"/search": b"{}", "/search_read": b"[]"}
        hook.broken = "/work-orders" if system == "atlas" else "/create"  # it is made, its answer is lost
        with pytest.raises(NotifyError) as trouble:
            channel.send(told(LEAK))
        assert trouble.value.retryable
        hook.answers, hook.broken = {"/search": known, "/search_read": known}, ""
        assert channel.send(told(LEAK)).reference == number
    made = [path for path, _, _ in hook.requests if not path.endswith(("/search", "/search_read"))]
    assert len(made) == 1


def test_atlas_gets_its_own_shape() -> None:
    with a_webhook() as hook:
        hook.answers = {"/search": b'{"content": []}', "/work-orders": b'{"id": 5, "title": "x"}'}
        receipt = a_channel(hook, "atlas", assets={"dye_line_2": "7"}).send(told(LEAK))
    order = hook.bodies()[1]
    assert (order["priority"], order["asset"]) == ("HIGH", {"id": 7})
    assert hook.requests[1][1]["x-api-key"] == "ap1-key-x"
    assert receipt.reference == "5"


def test_only_what_fires_and_can_be_worked_on_makes_an_order() -> None:
    with a_webhook() as hook:
        channel = a_channel(hook)
        assert channel.send(told(a_condition())).answer == "nothing to order"
        assert channel.send(told(a_condition(), over_after_s=60)).answer == "nothing to order"
        assert hook.requests == []
        channel.send(told(*(a_hotspot_condition(f"h{number}") for number in range(7))))
    assert len({headers["Idempotency-Key"] for _, headers, _ in hook.requests}) == 7


KNOWN = {
    "odoo": {
        "/maintenance.request/search_read": b'[{"id": 88}]',
        "/maintenance.stage/search_read": b'[{"id": 4}]',
    },
    "atlas": {"/search": b'{"content": [{"id": 88}]}', "/comments/search/88": b"[]"},
}


def said_already(system: str) -> dict[str, bytes]:
    mark = json.dumps([{"body": f"<p>over</p> [{KEY} over]", "content": f"[{KEY} over]"}]).encode()
    asked = {"odoo": "/mail.message/search_read", "atlas": "/comments/search/88"}
    return KNOWN[system] | {asked[system]: mark}


def paths(hook: Webhook) -> list[str]:
    return [path for path, _, _ in hook.requests]


def test_any_system_hears_of_the_end_under_a_key_of_its_own() -> None:
    with a_webhook() as hook:
        for at_end, closes in (("comment", False), ("close", True)):
            a_channel(hook, at_end=at_end).send(told(LEAK, over_after_s=60))
            ended = hook.bodies()[-1]
            assert (ended["event"], ended["key"], ended["close"]) == ("resolved", KEY, closes)
            assert hook.requests[-1][1]["Idempotency-Key"] == f"{KEY}/over"
        assert a_channel(hook, at_end="nothing").send(told(LEAK, over_after_s=60)).reference == ""
    assert len(hook.requests) == 2


def test_odoo_hears_of_the_end_in_the_order_and_the_order_is_closed_where_that_is_wanted() -> None:
    with a_webhook() as hook:
        hook.answers = KNOWN["odoo"] | {"/mail.message/search_read": b"[]"}
        receipt = a_channel(hook, "odoo", at_end="close").send(told(LEAK, over_after_s=60))
    assert receipt.reference == "88"
    assert [path.removeprefix("/json/2/") for path in paths(hook)] == [
        "maintenance.request/search_read",
        "mail.message/search_read",
        "maintenance.request/message_post",
        "maintenance.stage/search_read",
        "maintenance.request/write",
    ]
    _, asked, said, _, closed = hook.bodies()
    assert ["res_id", "=", 88] in asked["domain"]
    assert said["ids"] == [88]
    assert f"[{KEY} over]" in said["body"]
    assert closed == {"ids": [88], "vals": {"stage_id": 4}}


def test_atlas_hears_of_the_end_as_a_comment_and_its_status_becomes_complete_where_that_is_wanted() -> None:
    with a_webhook() as hook:
        hook.answers = KNOWN["atlas"]
        a_channel(hook, "atlas").send(told(LEAK, over_after_s=60))
        assert paths(hook) == ["/work-orders/search", "/comments/search/88", "/comments"]
        assert hook.bodies()[-1]["workOrder"] == {"id": 88}
        a_channel(hook, "atlas", at_end="close").send(told(LEAK, over_after_s=60))
    assert paths(hook)[-1] == "/work-orders/88/change-status"
    assert hook.bodies()[-1]["status"] == "COMPLETE"


def test_the_order_of_a_loss_that_goes_on_hears_of_it_and_stays_open() -> None:
    stands = told(LEAK, over_after_s=60, ended=a_standing_hotspot())
    with a_webhook() as hook:
        a_channel(hook, at_end="close").send(stands)
        (said,) = hook.bodies()
        assert "STANDING LOSS" in said["title"]
        assert said["close"] is False
        hook.answers = KNOWN["odoo"] | {"/mail.message/search_read": b"[]"}
        a_channel(hook, "odoo", at_end="close").send(stands)
        assert paths(hook)[-1].endswith("/maintenance.request/message_post")
        hook.answers = KNOWN["atlas"]
        a_channel(hook, "atlas", at_end="close").send(stands)
        assert paths(hook)[-1] == "/comments"


@pytest.mark.parametrize("system", ["odoo", "atlas"])
def test_an_end_whose_answer_was_lost_is_not_said_twice_but_the_order_is_closed(system: str) -> None:
    with a_webhook() as hook:
        channel = a_channel(hook, system, at_end="close", timeout_s=2.0)
        hook.answers = KNOWN[system] | {"/mail.message/search_read": b"[]"}
        hook.broken = "/message_post" if system == "odoo" else "/comments"  # it is said, the answer is lost
        with pytest.raises(NotifyError) as trouble:
            channel.send(told(LEAK, over_after_s=60))
        assert trouble.value.retryable
        hook.answers, hook.broken = said_already(system), ""
        assert channel.send(told(LEAK, over_after_s=60)).reference == "88"
    said = [path for path in paths(hook) if path.endswith(("/message_post", "/comments"))]
    closed = [path for path in paths(hook) if path.endswith(("/write", "/change-status"))]
    assert (len(said), len(closed)) == (1, 1)


@pytest.mark.parametrize("system", ["odoo", "atlas"])
def test_where_there_is_no_order_nobody_is_told_of_the_end(system: str) -> None:
    with a_webhook() as hook:
        hook.answers = {"/search": b'{"content": []}', "/search_read": b"[]"}
        receipt = a_channel(hook, system, at_end="close").send(told(LEAK, over_after_s=60))
    assert receipt.answer == "there is no order to tell of the end"
    assert len(hook.requests) == 1


def test_where_odoo_has_no_last_stage_a_person_closes_the_order() -> None:
    with a_webhook() as hook:
        hook.answers = KNOWN["odoo"] | {
            "/maintenance.stage/search_read": b"[]",
            "/mail.message/search_read": b"[]",
        }
        a_channel(hook, "odoo", at_end="close").send(told(LEAK, over_after_s=60))
    assert not [path for path in paths(hook) if path.endswith("/write")]


def test_an_order_hears_of_its_end_only_after_it_was_made(tmp_path: Path) -> None:
    ledger = SqlLedger(f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger.migrate()
    with ledger.begin() as tx:
        tx.enqueue(told(LEAK))
        tx.enqueue(told(LEAK, over_after_s=60))
    with a_webhook() as hook:
        hook.status = 503
        for seconds in range(0, 600, 30):
            deliver(ledger, {"mail": a_channel(hook)}, after(seconds))
        hook.status = 200
        assert deliver(ledger, {"mail": a_channel(hook)}, after(660)) == Delivered(sent=2)
    ledger.close()
    assert {body["event"] for body in hook.bodies()[:-1]} == {"firing"}
    assert hook.bodies()[-1]["event"] == "resolved"


def test_a_body_of_ones_own_hears_of_the_end_only_by_an_end_of_ones_own() -> None:
    with a_webhook() as hook:
        own = '{"summary": {{ title | tojson }}}'
        assert a_channel(hook, template=own).send(told(LEAK, over_after_s=60)).answer == "nothing to order"
        end = '{"done": {{ key | tojson }}, "saved": {{ cost_total | tojson }}}'
        a_channel(hook, template=own, end_template=end).send(told(LEAK, over_after_s=60))
        with pytest.raises(NotifyError, match="body's template"):
            a_channel(hook, template=own, end_template="{% if %}")
    assert hook.bodies() == [{"done": KEY, "saved": 786_000.0}]


def test_a_body_of_ones_own_is_a_template_and_a_wrong_one_says_what_is_wrong() -> None:
    with a_webhook() as hook:
        a_channel(hook, template='{"summary": {{ title | tojson }}, "loss": {{ cost_total }}}').send(
            told(LEAK)
        )
        assert hook.bodies()[0]["loss"] == 786_000.0
        with pytest.raises(NotifyError, match="body's template") as trouble:
            a_channel(hook, template="{% if %}")
        assert not trouble.value.retryable
        for wrong in (
            "{{ nobody_knows }}",
            "no json {{ title }}",
            "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        ):
            with pytest.raises(NotifyError, match="gives no JSON"):
                a_channel(hook, template=wrong).send(told(LEAK))


@pytest.mark.fault(29)
@pytest.mark.parametrize("system", ["generic", "odoo", "atlas"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_inside_its_json_text(system: str, name: str) -> None:
    from dataclasses import replace

    hostile = replace(LEAK, facts={**LEAK.facts, "process_name": name, "process": name, "unit": name})
    with a_webhook() as hook:
        channel = a_channel(hook, system, at_end="close")
        channel.send(told(hostile))
        hook.answers = KNOWN.get(system, {}) | {"/mail.message/search_read": b"[]"}
        channel.send(told(hostile, over_after_s=60))
    assert len(hook.requests) >= 2
    for body in hook.bodies():
        assert isinstance(body, dict)
        assert "<" not in json.dumps(body)


def test_what_a_system_refuses_is_final_and_what_is_too_much_is_tried_again() -> None:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        tx.enqueue(told(LEAK))
    with a_webhook() as hook:
        hook.status, hook.headers = 429, {"Retry-After": "60"}
        assert deliver(ledger, {"mail": a_channel(hook)}, NOW) == Delivered(failed=1)
        hook.status, hook.answer = 422, b"no such asset"
        assert deliver(ledger, {"mail": a_channel(hook)}, after(60)) == Delivered(dead=1)
    (message,) = ledger.tables.outbox.values()
    assert message.last_error == "HTTP 422: no such asset"
