"""Topics of one shape become one source, where its pattern means just them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.topics import matcher
from tests.ingest.discovered import heard_of, plant_of, proposed, rows_of


def a_family(topics: Sequence[str], payload: dict[str, object]) -> list[tuple[str | bytes, object]]:
    return [
        (topic, {key: n if key == "v" else what for key, what in payload.items()})
        for n in range(5)
        for topic in topics
    ]


def test_five_topics_of_one_shape_are_one_source() -> None:
    topics = [f"plant/line_{n}/water" for n in range(5)]
    found = proposed(heard_of(*a_family(topics, {"v": 0, "unit": "m3"})))
    (source,) = rows_of(found, "source")
    assert source.keys == {"topic": "plant/{meter}/water", "format": "json", "value": "v", "unit": "m3"}
    assert source.evidence["topic"] == "5 topics of one shape"
    assert rows_of(found) == []
    example = rows_of(found, blocked=True)[0]
    assert (example.keys["id"], "topic" in example.keys) == ("line_0", False)
    plant_of(found)


def test_four_topics_are_four_rows() -> None:
    found = proposed(heard_of(*a_family([f"plant/line_{n}/water" for n in range(4)], {"v": 0, "unit": "m3"})))
    assert len(rows_of(found)) == 4
    assert rows_of(found, "source") == []


def test_a_family_of_several_units_has_a_source_without_one_and_its_meters_declared() -> None:
    topics = [f"plant/line_{n}/{what}" for n in (1, 2, 3) for what in ("water", "steam")]
    found = proposed(heard_of(*a_family(topics, {"v": 0})))
    (source,) = rows_of(found, "source")
    assert (source.keys["topic"], "unit" in source.keys) == ("plant/{process}/{meter}", False)
    plant = plant_of(found)
    assert {name: meter.unit.name for name, meter in plant.meters.items()} == {
        f"line_{n}.{what}": {"water": "m3", "steam": "kg"}[what]
        for n in (1, 2, 3)
        for what in ("water", "steam")
    }
    assert all(not meter.rule.topic for meter in plant.meters.values())


def test_a_pattern_matches_no_topic_that_says_something_else() -> None:
    topics = [f"plant/line_{n}/water" for n in range(6)]
    strange = [("plant/line_9/water", b"Online"), ("plant/hall/water", {"other": 1, "unit": "m3"})]
    found = proposed(heard_of(*a_family(topics, {"v": 0, "unit": "m3"}), *strange))
    for source in rows_of(found, "source"):
        assert not any(matcher(source.keys["topic"]).fullmatch(topic) for topic, _ in strange)
    assert {row.keys["topic"] for row in rows_of(found)} == {*topics, "plant/hall/water"}


@pytest.mark.parametrize("odd", ["máy", "a b", "x{y}", "x" * 70])
def test_topics_whose_names_are_no_ids_are_rows_and_no_family(odd: str) -> None:
    topics = [f"plant/{odd}{n}/water" for n in range(6)]
    found = proposed(heard_of(*a_family(topics, {"v": 0, "unit": "m3"})))
    assert rows_of(found, "source") == []
    assert len(plant_of(found).meters) == 6
