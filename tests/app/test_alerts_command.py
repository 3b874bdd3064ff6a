"""`wastenot alerts` as a person uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from alerts.evaluate import evaluate
from alerts.outbox import ChannelRule
from app.cli import cli
from app.wiring import load_configuration, open_ledger
from tests.alerts.builders import PROMPT, a_hotspot_condition
from tests.e2e.installation import WATER_WORKS, write_plant, write_settings

Run = Callable[..., Any]
LEAK = a_hotspot_condition("leak")
NAME = LEAK.fingerprint


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """What runs `wastenot alerts ...` in an installation with one open alert, and gives its JSON."""
    write_plant(tmp_path, WATER_WORKS)
    settings = write_settings(tmp_path)
    ledger = open_ledger(load_configuration(settings, None)[0])
    ledger.migrate()
    evaluate(ledger, [LEAK], datetime.now(UTC), PROMPT, [ChannelRule("mail")])
    ledger.close()

    def run(*words: str, code: int = 0, plain: bool = False) -> Any:
        options = ["--settings", str(settings), *([] if plain else ["--json"])]
        done = CliRunner().invoke(cli, ["alerts", *words, *options])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout) if not plain and code == 0 else done.output

    return run


def test_the_open_alert_is_listed_with_its_money_and_who_knows(run: Run) -> None:
    rows = run("list")
    assert [(row["fingerprint"], row["standing"]) for row in rows] == [(NAME, "active_unacknowledged")]
    assert rows[0]["facts"]["cost_per_hour"] == 98_000.0
    assert NAME[:8] in run("list", plain=True)


def test_acknowledging_stands_in_the_history_with_who_and_why(run: Run) -> None:
    assert run("ack", NAME[:6], "--who", "Lan", "--why", "đang xem")["standing"] == "active_acknowledged"
    history = run("show", NAME)["history"]
    assert [(one["change"], one["who"]) for one in history] == [
        ("firing", "alerts.evaluate"), ("told", "alerts.evaluate"), ("acknowledged", "Lan"),
    ]  # fmt: skip
    assert history[-1]["why"] == "đang xem"
    assert "acknowledged" in run("show", NAME, plain=True)
    assert run("ack", NAME, "--undo")["standing"] == "active_unacknowledged"


def test_a_snooze_lasts_as_long_as_is_said_and_eight_hours_without_shifts(run: Run) -> None:
    now = datetime.now(UTC)
    asked = datetime.fromisoformat(run("snooze", NAME)["snoozed_until"])
    assert timedelta(hours=7.9) < asked - now < timedelta(hours=8.1)
    asked = datetime.fromisoformat(run("snooze", NAME, "--until", "2h")["snoozed_until"])
    assert timedelta(hours=1.9) < asked - now < timedelta(hours=2.1)
    ended = datetime.fromisoformat(run("snooze", NAME, "--end")["snoozed_until"])
    assert ended <= datetime.now(UTC)


def test_somebody_is_put_in_charge_and_a_comment_is_kept(run: Run) -> None:
    assert run("assign", NAME, "minh")["assigned_to"] == "minh"
    run("comment", NAME, "van V-212 kẹt", "--who", "Minh")
    assert [one["why"] for one in run("show", NAME)["history"]][-1] == "van V-212 kẹt"


def test_feedback_needs_a_reason_for_a_false_alarm_and_shows_in_the_quality(run: Run) -> None:
    assert "needs a reason" in run("feedback", NAME, "false_alarm", code=1)
    run("feedback", NAME, "false_alarm", "--why", "vệ sinh bồn", "--who", "Lan")
    found = run("quality", "--days", "1")
    assert (found["alerts"], found["false_alarm_pct"], found["acknowledged_pct"]) == (1, 100.0, 100.0)
    assert found["currency"] == "EUR"
    assert "alerts per shift" in run("quality", plain=True)


def test_a_silence_is_added_listed_and_ended(run: Run) -> None:
    made = run("silence", "--match", "process=supply", "--until", "2h", "--why", "thay van", "--who", "Lan")
    assert made["matchers"] == ["process=supply"]
    assert [row["holds"] for row in run("silences")] == [True]
    assert "thay van" in run("silences", plain=True)
    assert run("unsilence", str(made["id"]), "--who", "Lan")["ended_by"] == "Lan"
    assert run("silences") == []
    assert len(run("silences", "--all")) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("ack", "nobody"), "there is no alert"),
        (("snooze", NAME, "--until", "30d"), "within 7 days"),
        (("silence", "--why", "x"), "says what it is about"),
        (("unsilence", "7"), "no silence 7"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_allowed(
    run: Run, words: tuple[str, ...], message: str
) -> None:
    assert message in run(*words, code=1)
