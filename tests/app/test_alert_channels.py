"""`wastenot alerts test, outbox, resend`, against a real receiver."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerts.deliver import deliver
from app.cli import cli
from app.wiring import load_configuration, open_ledger
from domain.alert import OutboxMessage
from tests.alerts.builders import RecordingChannel, a_hotspot_condition
from tests.alerts.channels.receivers import a_webhook
from tests.alerts.messages import told

PLANT = Path(__file__).parents[2] / "config" / "dye_works.toml"


def settings(folder: Path, url: str) -> list[str]:
    file = folder / "wastenot.toml"
    file.write_text(
        f'data_dir = "{folder}"\n[[alerts.channel]]\nname = "hook"\nkind = "webhook"\n'
        f'url = "{url}/t0ken-path"\n'
        'secret = "s3cret-of-the-hook"\n',
        encoding="utf-8",
    )
    return ["--settings", str(file), "--plant", str(PLANT), "--json"]


def test_a_test_shows_the_services_answer_and_its_code(tmp_path: Path) -> None:
    with a_webhook() as hook:
        hook.answer = b"thank you"
        options = settings(tmp_path, hook.url)
        good = CliRunner().invoke(cli, ["alerts", "test", "hook", *options])
        hook.status, hook.answer = 403, b"t0ken-path is not known"
        bad = CliRunner().invoke(cli, ["alerts", "test", "hook", *options])
    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert json.loads(good.stdout) == {"channel": "hook", "taken": True, "answer": "HTTP 200: thank you"}
    assert json.loads(bad.stdout)["answer"] == "HTTP 403: *** is not known"
    assert "TEST" in hook.bodies()[0]["title"]


def test_an_unknown_channel_names_those_there_are(tmp_path: Path) -> None:
    refused = CliRunner().invoke(cli, ["alerts", "test", "phone", *settings(tmp_path, "http://127.0.0.1:1")])
    assert refused.exit_code != 0
    assert "there are: hook" in refused.output + str(refused.exception)


@pytest.fixture
def a_dead_message() -> OutboxMessage:
    """A message that was given up."""
    now = datetime.now(UTC)
    message = replace(told(a_hotspot_condition()), channel="hook", created_at=now, due_at=now)
    return replace(message, dedup_key="k1")


def test_what_was_given_up_is_listed_and_can_be_sent_again(
    tmp_path: Path, a_dead_message: OutboxMessage
) -> None:
    options = settings(tmp_path, "http://127.0.0.1:1")
    ledger = open_ledger(load_configuration(Path(options[1]), PLANT)[0])
    ledger.migrate()
    with ledger.begin() as tx:
        tx.enqueue(a_dead_message)
        now = datetime.now(UTC)
        tx.save_outbox(
            replace(a_dead_message, attempts=1, dead_at=now, last_error="HTTP 404", failing_since=now)
        )
    listed = CliRunner().invoke(cli, ["alerts", "outbox", *options])
    (row,) = json.loads(listed.stdout)
    assert (row["state"], row["answer"], row["attempts"]) == ("dead", "HTTP 404", 1)
    again = CliRunner().invoke(cli, ["alerts", "resend", "hook", *options])
    assert json.loads(again.stdout) == {"channel": "hook", "messages": 1}
    hook = RecordingChannel("hook")
    assert deliver(ledger, {"hook": hook}, datetime.now(UTC)).sent == 1
    with ledger.begin() as tx:
        assert tx.audit_trail("hook")[0]["what"] == "outbox.resent"
    ledger.close()
