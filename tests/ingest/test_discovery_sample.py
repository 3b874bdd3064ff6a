"""The sample is bounded in every direction, and says what it did not look at."""

from __future__ import annotations

from ingest.discovery.sample import SampleLimits
from tests.ingest.builders import NOW_US
from tests.ingest.discovered import EVERY_US, heard_of, proposed, repeated, rows_of

CONFIG = {"state_topic": "a/b", "value_template": "{{ value_json.x }}", "unit_of_measurement": "kWh"}


def test_a_topic_keeps_messages_from_all_of_its_time_in_order() -> None:
    heard = heard_of(*repeated("a", *range(1000)), limits=SampleLimits(messages=8))
    sample = heard.topics["a"]
    numbers = [int(one.payload) for one in sample.kept]
    assert (sample.messages, heard.messages) == (1000, 1000)
    assert 4 <= len(numbers) <= 8
    assert numbers == sorted(numbers)
    assert numbers[0] == 0
    assert numbers[-1] >= 500, "the later half is there"


def test_a_topic_of_large_payloads_keeps_few_of_them_and_one_at_least() -> None:
    limits = SampleLimits(topic_bytes=1000, payload_bytes=2000)
    heard = heard_of(*repeated("a", *(b"x" * 400 for _ in range(9))), ("b", b"y" * 1500), limits=limits)
    assert sum(len(one.payload) for one in heard.topics["a"].kept) <= 1000
    assert len(heard.topics["b"].kept) == 1


def test_what_is_beyond_the_limits_is_counted_with_the_reason() -> None:
    limits = SampleLimits(topics=2, payload_bytes=10, bytes=15)
    messages = [("a", b"1234567890"), ("b", b"12345678901"), ("c", b"1"), ("a", b"123456"), ("$SYS/x", b"1")]
    heard = heard_of(*messages, (b"\xff", b"1"), limits=limits)
    assert dict(heard.dropped) == {
        "payloads of more than 10 bytes": 1,
        "topics beyond the first 2": 1,
        "payloads beyond 15 bytes in all": 1,
        "topics of the broker itself ($SYS ...)": 1,
        "the topic is not UTF-8": 1,
    }
    assert proposed(heard).dropped == dict(heard.dropped)


def test_ten_megabytes_are_not_kept() -> None:
    heard = heard_of(("a", b"[" * 10_000_000))
    assert heard.topics["a"].kept == []
    assert proposed(heard).left_out == [("a", "", "no payload was looked at: too large, or too much in all")]


def test_declarations_of_home_assistant_take_no_room_among_the_topics() -> None:
    heard = heard_of(
        ("homeassistant/sensor/x/e/config", CONFIG),
        ("homeassistant/sensor/y/config", b"{"),
        ("homeassistant/sensor/z/config", b""),
    )
    assert (heard.topics, len(heard.declared)) == ({}, 1)
    assert heard.dropped == {"Home Assistant discovery that cannot be read": 1}


def test_a_kept_message_says_nothing_of_a_cadence() -> None:
    heard = heard_of(*repeated("a/meter", *({"total_m3": n} for n in range(5))))
    sample = heard.topics["a/meter"]
    assert sample.arrivals_us == [NOW_US + n * EVERY_US for n in range(5)]
    (row,) = rows_of(proposed(heard))
    assert row.keys["every"] == "10s"


def test_only_retained_messages_give_no_cadence_and_an_unsure_kind() -> None:
    heard = heard_of(("plant/dyeing/water", {"total_m3": 5.0}), retained=True)
    (row,) = rows_of(proposed(heard))
    assert "every" not in row.keys
    assert row.evidence["every"] == "not known: only retained messages were heard"
    assert row.evidence["kind"] == "check: unsure: heard once"
