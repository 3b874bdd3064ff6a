"""Apprise channels against real receivers on loopback."""

from __future__ import annotations

import email
import email.message
import email.policy
import json
import logging
from collections.abc import Callable

import pytest

from alerts.channels.apprise import AppriseChannel, check_url
from alerts.deliver import Delivered, deliver
from alerts.evaluate import evaluate
from alerts.outbox import ChannelRule
from domain.errors import NotifyError
from tests.alerts.builders import NOW, PROMPT, a_hotspot_condition, a_letterhead, after
from tests.alerts.channels.receivers import a_mail_server, a_webhook
from tests.alerts.memory_ledger import MemoryLedger
from tests.alerts.messages import told
from tests.alerts.test_chart import a_curve
from tests.alerts.test_clean import HOSTILE
from tests.servers.process import free_port

HEAD = a_letterhead()
FINGERPRINT = a_hotspot_condition().fingerprint


def test_a_webhook_gets_title_text_type_and_the_key_to_drop_doubles_by() -> None:
    with a_webhook() as hook:
        channel = AppriseChannel("cmms", f"json://127.0.0.1:{hook.port}/work-orders?+X-Api-Key=abc", HEAD)
        channel.send(told(a_hotspot_condition()))
        channel.send(told(a_hotspot_condition(), over_after_s=60))
    (path, headers, body), (_, later, end) = hook.requests
    said = json.loads(body)
    assert path == "/work-orders"
    assert (headers["Idempotency-Key"], headers["X-Api-Key"]) == (f"{FINGERPRINT}/1/firing/mail", "abc")
    assert later["Idempotency-Key"] == f"{FINGERPRINT}/1/resolved/mail"
    assert said["title"] == "▲ CAO · Chuyền nhuộm 2 · nước +4,1 m³/giờ (+46%)"
    assert said["message"].splitlines()[0].replace("\xa0", " ").startswith("98.000 ₫/giờ · đã mất 786.000 ₫")
    assert (said["type"], json.loads(end)["type"]) == ("failure", "success")


@pytest.mark.parametrize("scheme", ["json", "xml", "form"])
def test_every_kind_of_webhook_carries_the_key(scheme: str) -> None:
    with a_webhook() as hook:
        AppriseChannel("hook", f"{scheme}://127.0.0.1:{hook.port}/", HEAD).send(told(a_hotspot_condition()))
    assert hook.keys() == [f"{FINGERPRINT}/1/firing/mail"]


def test_a_thousand_alerts_are_one_request_that_lists_them_all() -> None:
    with a_webhook() as hook:
        channel = AppriseChannel("hook", f"json://127.0.0.1:{hook.port}/", HEAD)
        channel.send(told(*(a_hotspot_condition(f"h{number}") for number in range(1000))))
    ((_, _, body),) = hook.requests
    assert "\n1000. ○" in json.loads(body)["message"] or "\n1000. ▲" in json.loads(body)["message"]


def test_a_mail_has_a_plain_subject_an_escaped_body_and_its_text() -> None:
    with a_mail_server() as server:
        url = f"mailto://127.0.0.1:{server.port}?from=wastenot@plant.lan&to=lan@plant.lan&mode=insecure"
        AppriseChannel("mail", url, HEAD).send(told(a_hotspot_condition()))
    (wire,) = server.mails
    mail = email.message_from_bytes(wire, policy=email.policy.default)
    html = mail.get_body(("html",))
    plain = mail.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert mail["Subject"] == "▲ CAO · Chuyền nhuộm 2 · nước +4,1 m³/giờ (+46%)"
    assert mail["Idempotency-Key"] == f"{FINGERPRINT}/1/firing/mail"
    assert f'<a href="https://cp.plant.lan/a/{FINGERPRINT}">' in html.get_content()
    assert "Kiểm tra trước:" in plain.get_content()


@pytest.mark.parametrize("name", HOSTILE[:9])
def test_a_hostile_name_adds_no_header_recipient_or_mark_up_to_a_mail(name: str) -> None:
    message = told(a_hotspot_condition(process=name, evidence={"shifts_per_hour": {name: 3.0}}))
    with a_mail_server() as server:
        url = f"mailto://127.0.0.1:{server.port}?from=wastenot@plant.lan&to=lan@plant.lan&mode=insecure"
        AppriseChannel("mail", url, a_letterhead(plant=name)).send(message)
    mail = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    html = mail.get_body(("html",))
    assert html is not None
    assert mail["Bcc"] is None
    assert mail["To"] == "lan@plant.lan"
    assert "<img" not in html.get_content()
    assert "<script" not in html.get_content()


def test_a_failing_webhook_is_tried_again_later_and_gets_each_message_once_in_order() -> None:
    ledger = MemoryLedger()
    evaluate(ledger, [a_hotspot_condition()], NOW, PROMPT, [ChannelRule("hook")])
    evaluate(ledger, [], after(10), PROMPT, [ChannelRule("hook")])
    with a_webhook() as hook:
        hook.status = 503
        channel = AppriseChannel("hook", f"json://127.0.0.1:{hook.port}/", HEAD)
        for seconds in (10, 11, 20):
            deliver(ledger, {"hook": channel}, after(seconds), chance=lambda: 0.5)
        assert {headers["Idempotency-Key"] for _, headers, _ in hook.requests} == {
            f"{FINGERPRINT}/1/firing/hook"
        }
        hook.status = 200
        assert deliver(ledger, {"hook": channel}, after(60)) == Delivered(sent=2)
        assert deliver(ledger, {"hook": channel}, after(600)) == Delivered()
        assert hook.keys() == [f"{FINGERPRINT}/1/firing/hook", f"{FINGERPRINT}/1/resolved/hook"]


def refused_by(url: Callable[[int], str], status: int | None) -> NotifyError:
    with a_webhook() as hook:
        hook.status = status or 200
        port = hook.port if status else free_port()
        with pytest.raises(NotifyError) as trouble:
            AppriseChannel("hook", url(port), HEAD).send(told(a_hotspot_condition()))
    return trouble.value


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503, None])
def test_a_webhook_that_does_not_take_it_says_whether_to_try_again_and_its_answer_has_no_secrets(
    status: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = ("s3cretUser", "pa55word", "t0ken-in-the-path", "k3y-in-the-query")
    trouble = refused_by(
        lambda port: f"json://s3cretUser:pa55word@127.0.0.1:{port}/t0ken-in-the-path?+X-Key=k3y-in-the-query",
        status,
    )
    assert trouble.retryable == (status in {429, 500, 503, None})
    assert str(status or "onnection error") in str(trouble)
    everything = str(trouble) + repr(trouble.__cause__) + caplog.text
    assert not [secret for secret in secrets if secret in everything]


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "nosuchservice://s3cret", "json://", "tgram://s3cret", "mailto://", "https://[s3cret"],
)
def test_a_url_that_cannot_work_is_refused_when_it_is_read_and_not_repeated(url: str) -> None:
    with pytest.raises(NotifyError) as trouble:
        check_url(url)
    assert not trouble.value.retryable
    assert "s3cret" not in str(trouble.value)


def test_a_service_that_raises_is_a_failure_without_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    channel = AppriseChannel("hook", "json://127.0.0.1/t0ken-in-the-path", HEAD)

    def burst(**_: object) -> bool:
        raise RuntimeError("cannot parse http://127.0.0.1/t0ken-in-the-path")

    monkeypatch.setattr(channel._service, "notify", burst)
    with pytest.raises(NotifyError, match=r"RuntimeError.*\*\*\*") as trouble:
        channel.send(told(a_hotspot_condition()))
    assert "t0ken" not in str(trouble.value)
    assert trouble.value.__suppress_context__


def parts_of(mail: bytes) -> dict[str, email.message.EmailMessage]:
    whole = email.message_from_bytes(mail, policy=email.policy.default)
    return {part.get_content_type(): part for part in whole.walk() if not part.is_multipart()}


@pytest.mark.parametrize("role", ["operator", "energy_manager"])
def test_a_mail_carries_tables_text_and_the_chart(role: str) -> None:
    head = a_letterhead("vi", role=role)
    with a_mail_server() as server:
        url = f"mailto://127.0.0.1:{server.port}?from=wastenot@plant.lan&to=lan@plant.lan&mode=insecure"
        AppriseChannel("mail", url, head, lambda *_: a_curve()).send(told(a_hotspot_condition()))
    parts = parts_of(server.mails[0])
    html, text = (" ".join(parts[kind].get_content().split()) for kind in ("text/html", "text/plain"))
    assert 'width="600"' in html
    assert ("Kiểm tra trước" in html) == (role == "operator")
    for words in ("đã mất 786.000", "1,4 kg CO₂e", "mức tiêu thụ nền tăng", "https://cp.plant.lan/a/"):
        assert words in html.replace("\xa0", " ")
        assert words in text.replace("\xa0", " ")
    assert parts["image/png"].get_filename() == "chart.png"
    assert parts["image/png"].get_content().startswith(b"\x89PNG")


def test_an_sms_is_one_message_of_160_plain_letters() -> None:
    url = (
        "twilio://AC735c307c62944b5a9e2f2d2e2a4f2d2e:2b5aa1ab0df1d5d2e2d2e2d2e2d2e2d2@12345678901/12345678902"
    )
    channel, said = AppriseChannel("sms", url, HEAD), []

    def keep(body: str, title: str = "", **_: object) -> bool:
        said.append(f"{title} {body}")
        return True

    channel._service.send = keep
    channel.send(told(a_hotspot_condition()))
    ((words),) = said
    assert words.isascii()
    assert len(" ".join(words.split())) <= 160
    assert "Chuyen nhuom 2 - nuoc +4,1 m3/gio" in words
    assert "98.000" in words
    assert words.strip().endswith(FINGERPRINT)
