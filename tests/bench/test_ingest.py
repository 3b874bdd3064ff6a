"""The harness measures our own collector; its arithmetic on curves that are known."""

from __future__ import annotations

import doctest
from dataclasses import replace
from pathlib import Path

import pytest

from bench.ingest import collectors, figures, load
from bench.ingest.__main__ import main
from bench.ingest.figures import drain_of, lags
from bench.ingest.report import report
from bench.ingest.result import Environment, Result, append, read
from bench.ingest.run import Options, measure
from bench.ingest.scenarios import Scenario, full, kill
from tests.servers.process import need

MESSAGES = 2000


@pytest.fixture
def options(tmp_path: Path) -> Options:
    for program in ("mosquitto", "influxd"):
        need(program)
    return Options(tmp_path, messages=MESSAGES, quiet_s=0.0)


@pytest.mark.servers
@pytest.mark.parametrize(
    "scenario", [full(), kill(1000.0, at_s=0.7, away_s=0.2, after_s=1.1)], ids=["full", "kill"]
)
def test_our_collector_stores_every_message_with_its_value_and_time(
    scenario: Scenario, options: Options
) -> None:
    ours = replace(collectors.load_collectors()["wastenot"], settle_s=0.2)
    result = measure(ours, scenario, "tuned", options)
    assert result.error == ""
    assert (result.published, result.missing, result.exited) == (MESSAGES, 0, None)
    assert result.sum_right
    assert result.time_kept
    assert result.stored_per_s > 0
    assert result.cpu_s["collector"] > 0
    assert result.rss_mib > 10
    assert result.lag_p50_s is not None
    assert list(options.folder.iterdir()) == []


def test_a_collector_that_ends_at_once_is_a_result_with_its_last_words(options: Options) -> None:
    broken = collectors.Collector("broken", "", "sh -c 'echo no such meter; exit 3'")
    result = measure(broken, full(), "tuned", options)
    assert result.error == "the collector ended with 3: no such meter"


def test_a_collector_whose_program_is_missing_says_so_and_starts_nothing(tmp_path: Path) -> None:
    absent = collectors.Collector("absent", "", "{program}", program="no-such-collector")
    result = measure(absent, full(), "tuned", Options(tmp_path / "runs"))
    assert result.error == "not here: no-such-collector is not installed"
    assert not (tmp_path / "runs").exists()


def test_the_lag_of_a_message_is_the_time_until_the_look_that_first_finds_so_many() -> None:
    published = [(0.0, 0), (10.0, 1000)]
    stored = [(1.0, 50), (5.5, 500), (12.0, 990)]
    found = lags(published, stored)
    assert len(found) == 990  # the last ten never came
    assert found[0] == pytest.approx(0.5)  # message 500, sent at 5.0
    assert found[-1] == pytest.approx(12.0 - 5.01)  # message 501, sent at 5.01, found at 12


def test_a_backlog_that_is_worked_off_in_half_the_time_it_took_drains_at_twice_the_live_rate() -> None:
    published = [(0.0, 0), (100.0, 10_000)]  # 100 a second
    # back at 30 s, noticed at 35 s, when 2,500 wait; at 47.5 s none does, though 1,250 more have come
    stored = [(10.0, 1000), (30.0, 1000), (35.05, 1015), (47.5, 4750), (90.0, 9000)]
    drain = drain_of(published, stored, back_at=30.0, rate=100.0)
    assert drain is not None
    assert drain.waited_s == pytest.approx(5.0)
    assert drain.ratio == pytest.approx(2.0)


def test_without_a_backlog_nothing_drains() -> None:
    published = [(0.0, 0), (100.0, 10_000)]
    assert drain_of(published, [(30.0, 2990), (31.0, 3090)], back_at=30.0, rate=100.0) is None
    assert drain_of(published, [(30.0, 1000)], back_at=30.0, rate=100.0) is None  # nothing came any more


@pytest.mark.parametrize(
    "argv", [["list", "--collectors", "nobody"], ["run", "--reps", "1", "--scenarios", "flood"]]
)
def test_a_name_that_nobody_knows_starts_nothing_and_lists_the_known_ones(
    argv: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 1
    said = capsys.readouterr().err
    assert argv[-1] in said
    assert "wastenot" in said or "drain" in said
    assert list(tmp_path.iterdir()) == []


def test_the_report_pairs_each_run_with_the_reference_of_the_same_repetition(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    append(file, Environment("a", "a machine", {"mosquitto": "2.0"}, "python -m bench.ingest run"))
    for repetition, raw_s in enumerate((1.0, 10.0)):  # the second time the machine is ten times slower
        sent = Result("raw", "full", "tuned", "a", repetition, published=1000, stored=1000, sum_right=True)
        append(file, replace(sent, seconds=raw_s))
        append(file, replace(sent, collector="ours", seconds=raw_s * 2))
    lost = Result("ours", "outage", "stock", "a", 0, published=1000, stored=900)
    append(file, lost)
    append(file, Result("theirs", "full", "tuned", "a", error="not here: theirs is not installed"))
    text = report(*read([file]), max_foreign=0.15)
    [full_speed] = [line for line in text.splitlines() if line.startswith("| ours | 2 |")]
    assert full_speed.split("|")[3:5] == [" 275 (50–500) ", " 0.50 "]
    assert "| ours | – | – | – | 100 (10.0%) |" in text
    assert "- theirs: not here: theirs is not installed" in text
    assert "a machine; mosquitto 2.0." in text


def test_every_table_of_the_collectors_is_well_formed() -> None:
    found = collectors.load_collectors()
    assert collectors.REFERENCE in found
    for one in found.values():
        assert one.about
        assert all((collectors.PEERS / template).exists() for template in one.files), one.name


def test_doctests() -> None:
    for module in (collectors, figures, load):
        failed, tried = doctest.testmod(module)
        assert tried > 0
        assert failed == 0
