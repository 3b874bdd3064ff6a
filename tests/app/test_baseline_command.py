"""`wastenot baseline` as a person uses it: decisions, proposals and adjustments."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.commands.baseline import Asked, run_baseline
from app.wiring import load_configuration, open_ledger, open_store
from config.plant_file import load_plant
from domain.errors import ConfigError
from ingest.history import reading_batches
from tests.analytics.living_plant import a_history
from tests.e2e.installation import write_plant, write_settings

WORKS = """
[plant]
name = "Works"
timezone = "Asia/Ho_Chi_Minh"
country = "VN"
currency = "VND"
interval = "30min"
[baseline]
profile = "ipmvp"
[[process]]
id = "p"
variables = ["output"]
[[meter]]
id = "m"
process = "p"
resource = "water"
kind = "counter"
unit = "m3"
every = "30min"
[[variable]]
id = "output"
kind = "delta"
unit = "kg"
every = "30min"
"""
BY: dict[str, Any] = {"who": "Lan", "reason": "new machine"}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the settings of a plant whose readings are in the store."""
    monkeypatch.setenv("COLUMNS", "200")
    write_plant(tmp_path, WORKS)
    path = write_settings(tmp_path, http={"port": 1})
    store = open_store(load_configuration(path, None)[0])
    for batch in reading_batches(a_history(), 0):
        store.append(batch)
    store.close()
    return path


def baseline(settings: Path, action: str, process: str = "p", resource: str = "water", **given: Any) -> int:
    as_json = given.pop("as_json", True)
    return run_baseline(settings, None, Asked(action, process, resource, **given), as_json=as_json)


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def refused(command: Callable[[], int]) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        command()
    return {one.key: one.message for one in caught.value.problems}


def trail(settings: Path) -> list[tuple[str, str, str]]:
    ledger = open_ledger(load_configuration(settings, None)[0])
    with ledger.begin() as tx:
        found = [(line["what"], line["about"], line["why"]) for line in tx.audit_trail()]
    ledger.close()
    return found


def test_a_person_proposes_approves_and_replaces_a_baseline(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    period = {"start": "2026-01-06 00:00", "end": "2026-02-04 00:00"}
    assert baseline(settings, "propose", **period, **BY) == 0
    made = said(capsys)
    assert (made["version"], made["status"], made["author"], made["reason"]) == (
        1, "proposed", "Lan", "new machine",
    )  # fmt: skip
    assert made["acceptance"]["profile"] == "ipmvp"
    assert baseline(settings, "approve", version=1, **BY) == 0
    assert "version 1 is in force" in capsys.readouterr().out
    assert baseline(settings, "propose", **BY) == 0
    assert baseline(settings, "reject", version=2, **BY) == 0
    capsys.readouterr()
    assert baseline(settings, "list") == 0
    assert [(one["version"], one["status"]) for one in said(capsys)] == [(1, "approved"), (2, "rejected")]
    assert [what for what, *_ in trail(settings)] == [
        "baseline.rejected", "baseline.proposed", "baseline.approved", "baseline.proposed",
    ]  # fmt: skip


def test_what_cannot_be_decided_says_what_can_and_exits_1(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert baseline(settings, "reject", version=3, **BY) == 1
    assert "has no baseline version 3; there are: none" in capsys.readouterr().err
    baseline(settings, "propose", **BY)
    baseline(settings, "reject", version=1, **BY)
    assert baseline(settings, "approve", version=1, force=True, **BY) == 1
    assert "is rejected: what can become of it is nothing" in capsys.readouterr().err


def test_too_little_data_make_a_baseline_only_by_force_and_need_force_again(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    period = {"start": "2026-01-06 00:00", "end": "2026-01-12 00:00"}
    assert baseline(settings, "propose", **period, **BY) == 1
    assert "6 usable days; a baseline needs 14" in capsys.readouterr().err
    assert baseline(settings, "propose", force=True, **period, **BY) == 0
    made = said(capsys)
    assert "its data are disqualified: 6 usable days" in made["not_judged"]
    assert baseline(settings, "approve", version=1, **BY) == 1
    assert "--force" in capsys.readouterr().err
    assert baseline(settings, "approve", version=1, force=True, **BY) == 0


def test_a_stream_without_a_baseline_is_listed_with_why(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline(settings, "list", "", "")
    assert said(capsys) == [
        {"process": "p", "resource": "water", "version": 0, "status": None, "not_judged": "no baseline yet"}
    ]
    baseline(settings, "list", "", "", as_json=False)
    assert "p water is not judged: no baseline yet" in capsys.readouterr().out


def test_an_adjustment_is_entered_listed_and_undone(
    settings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert baseline(settings, "adjust", start="2026-02-01 00:00", amount=12.0, dry_run=True, **BY) == 0
    assert (said(capsys)["id"], trail(settings)) == (0, [])
    assert baseline(settings, "adjust", start="2026-02-01 00:00", amount=12.0, **BY) == 0
    row = said(capsys)
    assert (row["id"], row["from"], row["to"]) == (1, "2026-01-31T17:00:00Z", None)
    assert (row["amount_per_hour"], row["percent"], row["unit"]) == (12.0, None, "m3")
    baseline(settings, "adjust", start="2026-02-01 00:00", end="2026-02-03 00:00", percent=-20.0, **BY)
    assert baseline(settings, "undo", "1", "", who="Minh", reason="it went to line 3") == 0
    capsys.readouterr()
    baseline(settings, "adjustments")
    first, second = said(capsys)
    assert (first["undone"]["who"], first["undone"]["why"]) == ("Minh", "it went to line 3")
    assert (second["percent"], second["undone"]) == (-20.0, None)
    baseline(settings, "adjustments", as_json=False)
    assert "undone by Minh" in capsys.readouterr().out
    assert [what for what, *_ in trail(settings)] == [
        "added.undone",
        "baseline.adjusted",
        "baseline.adjusted",
    ]
    assert refused(lambda: baseline(settings, "undo", "1", "", **BY))["ID"].startswith("was undone before")


@pytest.mark.parametrize(
    ("given", "option", "words"),
    [
        ({"start": "2026-02-01"}, "--amount, --percent", "exactly one"),
        ({"start": "2026-02-01", "amount": 1.0, "percent": 1.0}, "--amount, --percent", "exactly one"),
        ({"start": "2026-02-01", "amount": 0.0}, "--amount", "not 0"),
        ({"start": "2026-02-01", "amount": float("nan")}, "--amount", "not 0"),
        ({"start": "2026-02-01", "percent": -101.0}, "--percent", "from -100 to 1000"),
        ({"start": "soon", "percent": 5.0}, "--from", "is no date"),
        ({"start": "2026-02-02", "end": "2026-02-01", "percent": 5.0}, "--to", "not after"),
        ({"start": "2026-02-01", "percent": 5.0, "process": "q"}, "PROCESS RESOURCE", "p water"),
        ({"start": "2026-02-01", "percent": 5.0, "reason": " "}, "--reason", "is needed"),
    ],
)
def test_an_adjustment_that_means_nothing_is_refused_with_what_is_allowed(
    settings: Path, given: dict[str, Any], option: str, words: str
) -> None:
    found = refused(lambda: baseline(settings, "adjust", **(BY | given)))
    assert words in found[option]


def test_a_plant_file_names_a_profile_for_the_plant_and_for_a_process(tmp_path: Path) -> None:
    text = WORKS.replace('id = "p"\n', 'id = "p"\nbaseline_profile = "doe-sep"\n')
    write_plant(tmp_path, f'{text}\n[[process]]\nid = "q"\n')
    plant = load_plant(tmp_path / "plant.toml")
    assert [str(plant.profile_of(one)) for one in ("p", "q")] == ["doe-sep", "ipmvp"]
    write_plant(tmp_path, text.replace('"doe-sep"', '"sep"'))
    with pytest.raises(ConfigError, match="ashrae14-monthly"):
        load_plant(tmp_path / "plant.toml")
