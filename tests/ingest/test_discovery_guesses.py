"""Each guess, alone: format and place, time, unit, kind, cadence, running number."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.durations import parse_cadence
from domain.units import UNITS
from ingest.discovery.guesses import cadence_text, guess_cadence, guess_kind, is_running_number
from ingest.discovery.homeassistant import template_steps
from ingest.discovery.leaves import path_of, read_payload
from ingest.discovery.words import unit_in_key, written_unit
from ingest.payload import csv_fields, json_fields
from tests.ingest.builders import NOW, NOW_MS
from tests.ingest.discovered import heard_of, left_out, proposed, repeated, rows_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("payload", "form"),
    [
        (b"12.5", "number"),
        (b'"12.5"', "number"),
        (b'{"a": 1}', "json"),
        (b"[1, 2]", "json"),
        (b"1700000000000,12.5", "csv"),
        (b"t;kwh\n1;2", "csv"),
        (b"Online", "text"),
        (b"hello, world", "text"),
        (b"", ""),
        (b"\xff\xfe", ""),
        (b"1\0", ""),
        (b'{"a": ', ""),
        (b"[" * 60000, ""),
        (b'{"a":' * 9000 + b"1" + b"}" * 9000, ""),
        (b"9" * 60000, "number"),
    ],
)
def test_the_format_is_read_from_the_payload(payload: bytes, form: str) -> None:
    assert read_payload(payload).format == form


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_a_path_leads_ingest_to_the_value_for_which_it_was_written(document: object) -> None:
    raw = json.dumps(document).encode()
    payload = read_payload(raw)
    for steps, value in payload.leaves.items():
        path = path_of(payload.format, steps)
        if payload.format == "json" and path is not None:
            assert json_fields([path])(raw) == [(value,)]


def test_a_column_is_named_by_the_header_and_numbered_without_one() -> None:
    named, bare = read_payload(b"ts;kwh\n1;2.5"), read_payload(b"7,on,3.5")
    assert csv_fields([path_of("csv", steps) or "" for steps in named.leaves])(b"ts;kwh\n1;2.5") == [(1, 2.5)]
    assert [path_of("csv", steps) for steps in bare.leaves] == ["0", "1", "2"]


def test_a_wide_document_is_cut_and_says_so() -> None:
    wide = {f"k{n}": n for n in range(2000)}
    assert len(read_payload(str(wide).replace("'", '"').encode()).leaves) <= 300
    told = proposed(heard_of(("a/b", wide))).left_out
    assert ("a/b", "", "holds more values, or deeper ones, than are looked at") in told


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        ([NOW_MS + n * 10_000 for n in range(4)], "ms"),
        ([NOW_MS // 1000 + n * 10 for n in range(4)], "s"),
        ([NOW_MS / 1000 + n * 10 + 0.25 for n in range(4)], "s"),
        ([(NOW_MS + n * 10_000) * 1000 for n in range(4)], "us"),
        ([(NOW_MS + n * 10_000) * 1_000_000 for n in range(4)], "ns"),
        ([(NOW + timedelta(seconds=10 * n)).isoformat() for n in range(4)], "iso"),
    ],
)
def test_the_time_is_what_reads_as_an_instant_near_the_arrival(times: list[object], unit: str) -> None:
    heard = heard_of(*repeated("a/b", *({"total_m3": n, "made": t} for n, t in enumerate(times))))
    (row,) = rows_of(proposed(heard))
    assert (row.keys["time"], row.keys["time_unit"]) == ("made", unit)


def test_an_iso_time_without_offset_is_read_as_the_plants_time_and_says_so() -> None:
    local = [f"2026-11-22T16:40:{n}0" for n in range(4)]
    (row,) = rows_of(
        proposed(heard_of(*repeated("a/b", *({"total_m3": n, "Time": t} for n, t in enumerate(local)))))
    )
    assert row.keys["time"] == "Time"
    assert row.evidence["time"] == "iso, 0.0 s before arrival, no UTC offset: read as the plant's local time"


def test_a_time_that_another_time_zone_would_explain_wants_a_look() -> None:
    utc = [f"2026-11-22T09:40:{n}0" for n in range(4)]
    (row,) = rows_of(
        proposed(heard_of(*repeated("a/b", *({"total_m3": n, "Time": t} for n, t in enumerate(utc)))))
    )
    assert row.evidence["time"].startswith("check: iso, 7.0 h before arrival")


def test_a_time_ahead_of_its_arrival_is_not_proposed_because_ingest_would_refuse_it() -> None:
    ahead = [datetime(2026, 11, 22, 16, 40, n, tzinfo=UTC).isoformat() for n in range(4)]
    found = proposed(heard_of(*repeated("a/b", *({"total_m3": n, "Time": t} for n, t in enumerate(ahead)))))
    (row,) = rows_of(found)
    assert "time" not in row.keys
    assert left_out(found)["a/b Time"] == "a time, but too far from its message's arrival"
    far = proposed(heard_of(*repeated("a/b", *({"total_m3": n, "ts": 4e9 + n} for n in range(4)))))
    assert left_out(far)["a/b ts"] == "a time, but too far from its message's arrival"


def test_the_start_of_a_minute_is_not_the_time_of_a_reading() -> None:
    minute = NOW_MS // 60_000 * 60
    found = proposed(heard_of(*repeated("a/b", *({"total_m3": n, "minute_ts": minute} for n in range(6)))))
    assert "time" not in rows_of(found)[0].keys


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        ("total_m3", "m3"),
        ("energyKWh", "kWh"),
        ("kWh", "kWh"),
        ("power_w", "W"),
        ("flow_m3_h", "m3/h"),
        ("flow_l_min", "L/min"),
        ("steam_kg", "kg"),
        ("gas_Nm3", "Nm3"),
        ("total_energy_kwh", "kWh"),
        ("volume_l", "L"),
        ("temp_c", "degC"),
        ("phase_c", None),
        ("total", None),
        ("level", None),
        ("", None),
        ("_", None),
    ],
)
def test_a_key_may_end_with_its_unit(key: str, unit: str | None) -> None:
    found = unit_in_key(key)
    assert (found[0].name if found else None) == unit


def test_a_unit_in_a_key_that_stands_for_two_is_doubtful() -> None:
    assert unit_in_key("energy_mwh") == (UNITS["MWh"], "MWh, not mWh")


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("kWh", "kWh"),
        (" m³ ", "m³"),
        ("KWH", "kWh"),
        ("°C", "°C"),
        ("mW", None),
        ("mWh", None),
        ("V", None),
        ("", None),
    ],
)
def test_a_unit_that_is_written_out_is_taken_only_if_it_is_ours(text: str, unit: str | None) -> None:
    found = written_unit(text)
    assert (found.name if found else None) == unit


@pytest.mark.parametrize(
    ("values", "unit", "kind", "sure"),
    [
        ([1, 2, 3, 4], "kWh", "counter", True),
        ([1, 1, 2, 2, 3], "kWh", "counter", True),
        ([1, 2, 3, 4], None, "counter", True),
        ([1, 2, 3], "kWh", "counter", False),
        ([5], "kWh", "counter", False),
        ([5, 5, 5, 5, 5], "kWh", "counter", False),
        ([3, 1, 4, 1, 5], "kWh", "delta", True),
        ([3, 1, 4, 1, 5], None, "gauge", True),
        ([5, 3], "kWh", "delta", False),
        ([1, 2, 3, 4], "kW", "gauge", True),
        ([5], "m3/h", "gauge", True),
        ([20, 21], "degC", "gauge", True),
        ([10, 11, 12, 13, 14, 0, 1, 2, 3, 4], "m3", "counter", False),
        ([], "m3", "counter", False),
    ],
)
def test_the_kind_follows_from_unit_and_course_and_says_when_it_is_unsure(
    values: list[float], unit: str | None, kind: str, sure: bool
) -> None:
    guess = guess_kind(values, UNITS[unit] if unit else None)
    assert (guess.text, guess.sure) == (kind, sure)
    assert guess.why.startswith("unsure") is (not sure)


@given(st.floats(0.02, 200_000))
def test_a_cadence_is_a_duration_of_the_plant_file_and_near_what_was_heard(seconds: float) -> None:
    assert 0.9 * seconds <= parse_cadence(cadence_text(seconds)) <= 1.12 * seconds


def test_fewer_than_three_messages_and_bursts_have_no_cadence() -> None:
    assert guess_cadence([]) is None
    assert guess_cadence([0, 10_000_000]) is None
    assert guess_cadence([0, 10, 20, 30]) is None


def test_uneven_intervals_leave_the_cadence_unsure() -> None:
    guess = guess_cadence([0, 10_000_000, 20_000_000, 90_000_000])
    assert guess is not None
    assert (guess.text, guess.sure) == ("10s", False)


def test_a_running_number_counts_the_messages() -> None:
    assert is_running_number([7, 8, 9, 10])
    assert not is_running_number([7, 9, 11, 13])
    assert not is_running_number([7, 8])
    assert not is_running_number([7.5, 8.5, 9.5])


@pytest.mark.parametrize(
    ("template", "steps"),
    [
        ("{{ value_json.energy }}", ("energy",)),
        ("{{ value_json['ENERGY']['Total'] }}", ("ENERGY", "Total")),
        ('{{ value_json["em:0"].total | float(0) }}', ("em:0", "total")),
        ("{{ value_json.list[1].v }}", ("list", 1, "v")),
        ("{{ value }}", ()),
        ("{{ value | float }}", ()),
        ("", ()),
        ("{{ value_json.a * 2 }}", None),
        ("{% if x %}1{% endif %}", None),
    ],
)
def test_a_template_of_home_assistant_that_shows_a_place_leads_there(
    template: str, steps: tuple[str | int, ...] | None
) -> None:
    assert template_steps(template) == steps


def test_an_endless_number_is_no_reading() -> None:
    assert left_out(proposed(heard_of(*repeated("a/kwh", *[b"9" * 60000] * 4)))) == {
        "a/kwh": "no number a meter can have sent"
    }
