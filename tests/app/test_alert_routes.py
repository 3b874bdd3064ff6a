"""Links that act and webhooks of maintenance systems, over HTTP as they come."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from alerts.commands import HookMap
from alerts.links import make_token
from alerts.signing import signed_headers
from app.alert_routes import MAX_BYTES, Desk, Hook, alert_routes
from app.channels import open_channel, open_desk
from app.clock import WallClock
from config.settings import Settings
from domain.alert import AlertState
from domain.feedback import Verdict
from tests.alerts.builders import NOW, a_hotspot_condition, a_letterhead, a_plant, after, an_alert
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.test_chart import a_curve
from tests.app.test_alerting import NoPublisher

LEAK = a_hotspot_condition()
TOKEN = make_token("s3cret", LEAK.fingerprint, 1, "acknowledge", "lan", NOW + timedelta(days=3))
DONE = {"title": f"Leak [wn-{LEAK.fingerprint}-1]", "status": "COMPLETE"}


@dataclass
class Still:
    """A clock that stands at the tests' moment."""

    def now(self) -> datetime:
        return after(60)


def a_place() -> tuple[TestClient, MemoryLedger]:
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        tx.save_alert(an_alert(LEAK, AlertState.FIRING))
    hooks = {"atlas": Hook("h00k-secret", HookMap())}
    desk = Desk(
        ledger,
        Still(),
        a_letterhead("vi", plant="<b>Sông Hồng"),
        "s3cret",
        hooks,
        lambda *_: a_curve(),
        lambda: after(60),
    )
    return TestClient(Starlette(routes=alert_routes(desk))), ledger


def the_alert(ledger: MemoryLedger) -> str:
    (alert,) = ledger.tables.alerts.values()
    return alert.acknowledged_by


def test_a_link_that_is_fetched_asks_and_only_its_button_acknowledges() -> None:
    client, ledger = a_place()
    for _ in range(3):  # a mail scanner, a chat's preview, the person
        shown = client.get(f"/act/{TOKEN}")
        assert shown.status_code == 200
        assert client.head(f"/act/{TOKEN}").status_code == 200
    assert the_alert(ledger) == ""
    assert "Chuyền nhuộm 2" in shown.text
    assert 'method="post"' in shown.text
    assert "Xác nhận" in shown.text
    assert "<b>" not in shown.text
    assert "<polyline" in shown.text
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert (shown.headers["Cache-Control"], shown.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert client.post(f"/act/{TOKEN}").status_code == 200
    assert client.post(f"/act/{TOKEN}").status_code == 200
    assert the_alert(ledger) == "lan"
    assert len(ledger.tables.changes) == 1


@pytest.mark.parametrize(
    "token",
    ["nonsense", TOKEN[:-2], make_token("other", LEAK.fingerprint, 1, "acknowledge", "lan", after(9e5)),
     make_token("s3cret", LEAK.fingerprint, 1, "acknowledge", "lan", NOW),
     make_token("s3cret", LEAK.fingerprint, 7, "acknowledge", "lan", after(9e5)),
     make_token("s3cret", "0" * 16, 1, "acknowledge", "lan", after(9e5))],
)  # fmt: skip
def test_a_link_that_is_forged_old_or_of_another_episode_does_nothing_and_says_so(token: str) -> None:
    client, ledger = a_place()
    answer = client.post(f"/act/{token}")
    assert answer.status_code == 410
    assert "<p>" in answer.text
    assert the_alert(ledger) == ""


def test_a_ledger_that_is_away_is_said_politely() -> None:
    client, ledger = a_place()
    ledger.fails_at = "begin"
    assert client.get(f"/act/{TOKEN}").status_code == 503
    assert "thử lại" in client.post(f"/act/{TOKEN}").text
    answer = client.post("/hooks/atlas", json=DONE, headers={"Authorization": "Bearer h00k-secret"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


@pytest.mark.parametrize("way", ["signature", "bearer", "x-hook-token"])
def test_a_maintenance_systems_done_is_kept_as_fixed(way: str) -> None:
    client, ledger = a_place()
    body = json.dumps(DONE).encode()
    headers = {
        "signature": signed_headers("h00k-secret", body, after(60)),
        "bearer": {"Authorization": "Bearer h00k-secret"},
        "x-hook-token": {"X-Hook-Token": "h00k-secret"},
    }[way]
    for _ in range(2):
        answer = client.post("/hooks/atlas", content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"detail": "resolve"})
    word = ledger.tables.feedback[-1]
    assert (word.verdict, word.who, word.reason) == (Verdict.FIXED, "atlas", "atlas: complete")
    assert the_alert(ledger) == "atlas"


def test_what_is_not_proven_not_known_not_json_or_too_large_is_refused() -> None:
    client, ledger = a_place()
    right = {"Authorization": "Bearer h00k-secret"}
    body = json.dumps(DONE).encode()
    late = signed_headers("h00k-secret", body, NOW - timedelta(minutes=10))
    answers = [
        client.post("/hooks/atlas", content=body),
        client.post("/hooks/atlas", content=body, headers={"Authorization": "Bearer wrong"}),
        client.post("/hooks/atlas", content=body, headers=late),
        client.post("/hooks/other", content=body, headers=right),
        client.post("/hooks/atlas", content=b"{", headers=right),
        client.post("/hooks/atlas", content=b"[" * 100_000, headers=right),
        client.post("/hooks/atlas", content=b"x" * (MAX_BYTES + 1), headers=right),
        client.post("/hooks/atlas", json={**DONE, "title": "wn-" + "0" * 16 + "-1"}, headers=right),
        client.get("/hooks/atlas", headers=right),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 404, 400, 400, 413, 409, 405]
    assert ledger.tables.feedback == []


def test_what_does_not_concern_us_is_taken_so_that_it_does_not_come_again() -> None:
    client, _ = a_place()
    answer = client.post(
        "/hooks/atlas", json={"title": "Paint", "status": "done"}, headers={"X-Hook-Token": "h00k-secret"}
    )
    assert (answer.status_code, answer.json()["detail"]) == (200, "nothing to do")


def test_the_link_in_a_message_is_one_that_the_address_takes() -> None:
    settings = Settings.model_validate({
        "alerts": {
            "base_url": "https://cp.plant.lan", "link_secret": "a secret of the plant",
            "channel": [{"name": "phone", "kind": "webhook", "url": "https://h/", "person": "lan"}],
            "hook": [{"name": "atlas", "secret": "x", "words": {"99": "resolve"}}],
        }
    })  # fmt: skip
    (channel,) = settings.alerts.channels
    notifier = open_channel(channel, settings, a_plant(), NoPublisher())
    made = notifier._head.acknowledge_at(LEAK.fingerprint, 1, WallClock().now())
    ledger = MemoryLedger()
    with ledger.begin() as tx:
        tx.save_alert(an_alert(LEAK, AlertState.FIRING))
    desk = open_desk(settings, a_plant(), ledger, WallClock())
    assert made.startswith("https://cp.plant.lan/act/")
    assert (
        TestClient(Starlette(routes=alert_routes(desk)))
        .post(made.removeprefix("https://cp.plant.lan"))
        .status_code
        == 200
    )
    assert the_alert(ledger) == "lan"
    assert desk.hooks["atlas"].shape.words["99"] == "resolve"
