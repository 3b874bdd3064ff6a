"""Alerts on a terminal."""

from __future__ import annotations

import io

import pytest

from alerts.channels.console import ConsoleChannel
from domain.errors import NotifyError
from tests.alerts.builders import a_hotspot_condition, a_letterhead
from tests.alerts.messages import told


def test_a_message_is_a_block_of_lines_with_an_empty_line_after_it() -> None:
    stream = io.StringIO()
    ConsoleChannel("console", stream, a_letterhead()).send(told(a_hotspot_condition()))
    lines = stream.getvalue().split("\n")
    assert lines[0] == "▲ CAO · Chuyền nhuộm 2 · nước +4,1 m³/giờ (+46%)"
    assert lines[-2:] == ["", ""]
    assert lines[-3].startswith("Song Hong dye works · https://")


def test_a_terminal_without_unicode_gets_question_marks_and_not_an_error() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    ConsoleChannel("console", stream, a_letterhead()).send(told(a_hotspot_condition()))
    stream.seek(0)
    assert "? CAO ? Chuy?n nhu?m 2" in stream.read()


def test_a_closed_stream_is_a_failure_that_can_be_tried_again() -> None:
    stream = io.StringIO()
    stream.close()
    with pytest.raises(NotifyError) as trouble:
        ConsoleChannel("console", stream, a_letterhead()).send(told(a_hotspot_condition()))
    assert trouble.value.retryable
