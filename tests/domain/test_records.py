"""Problems read like a sentence with a place; ids and fingerprints do not change from run to run."""

from __future__ import annotations

from datetime import UTC, datetime

from domain.alert import AlertKind, Condition
from domain.baseline import Severity
from domain.errors import ConfigError, Problem
from domain.hotspot import HotspotKind, hotspot_id

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_problem_says_file_table_key_value_and_what_is_allowed() -> None:
    problem = Problem("plant.toml", "meter[2] (a.water)", "unit", "'m4'", "unknown unit; did you mean m3?")
    assert str(problem) == "plant.toml: meter[2] (a.water).unit = 'm4': unknown unit; did you mean m3?"


def test_a_config_error_lists_every_problem() -> None:
    problems = [Problem("f", "", "", "", "first"), Problem("f", "t", "k", "", "second")]
    assert str(ConfigError(problems)) == "f: first\nf: t.k: second"


def test_a_hotspot_id_depends_on_what_and_when_alone() -> None:
    first = hotspot_id("dye", "water", HotspotKind.DRIFT, AT)
    assert first == hotspot_id("dye", "water", HotspotKind.DRIFT, AT)
    assert first == "2ff0e283375f6e7a"
    assert first != hotspot_id("dye", "water", HotspotKind.UNDER_CONSUMPTION, AT)


def test_a_fingerprint_depends_on_kind_and_key_alone() -> None:
    one = Condition(AlertKind.HOTSPOT, "k", Severity.INFO, AT, 0.0)
    other = Condition(AlertKind.HOTSPOT, "k", Severity.CRITICAL, AT, 9.0, {"more": 1})
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != Condition(AlertKind.SILENT_METER, "k", Severity.INFO, AT, 0.0).fingerprint
