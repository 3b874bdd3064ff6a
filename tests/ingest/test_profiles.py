"""Every device profile reads what its devices send: exact values, in canonical units, at their time."""

from __future__ import annotations

import json

import numpy as np
import pytest

from config.profiles import PROFILES
from domain.reading import RejectReason
from ingest.arrivals import Arrivals, Message
from ingest.batch import BatchParser
from ingest.check import check_routes
from ingest.parse import Parser
from tests.config.builders import PLANT, plant_of
from tests.ingest.builders import NOW_US
from tests.ingest.device_messages import BESIDE, CHIRPSTACK, CHIRPSTACK_TOPIC, SENT, Sent


def parser_of(profile: str, more: str = "") -> Parser:
    text = f'{PLANT}\n[[source]]\nformat = "{profile}"\n{more}\n'
    plant = plant_of(text)
    assert check_routes(plant) == []
    return Parser(plant)


def as_sent(payload: object) -> bytes:
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


@pytest.mark.parametrize("sent", SENT, ids=str)
def test_what_a_device_sends_is_read_exactly(sent: Sent) -> None:
    readings, rejects = parser_of(sent.profile, sent.more).parse(sent.topic, as_sent(sent.payload), NOW_US)
    assert rejects == []
    assert {one.meter: one.value for one in readings} == pytest.approx(sent.found, rel=1e-12, abs=0)
    assert {one.time_us for one in readings} == {sent.at_us}
    arrivals = Arrivals()
    arrivals.add(Message(sent.topic.encode(), as_sent(sent.payload), b"", retained=False))
    parsed = BatchParser(parser_of(sent.profile, sent.more)).parse(arrivals, np.array([NOW_US]))
    assert (list(parsed.readings), parsed.rejects, parsed.errors) == (readings, [], 0)


def test_every_profile_has_a_message_here_and_says_where_it_is_known_from() -> None:
    assert {sent.profile for sent in SENT} == set(PROFILES)
    assert all(profile.source for profile in PROFILES.values())


def test_every_value_of_a_profile_is_read_from_some_message() -> None:
    for name, profile in PROFILES.items():
        read = {meter.rsplit(".", 1)[-1] for sent in SENT if sent.profile == name for meter in sent.found}
        assert set(profile.values) <= read, name


@pytest.mark.parametrize(("profile", "topic", "payload"), BESIDE)
def test_what_a_device_sends_beside_its_values_is_no_reject(profile: str, topic: str, payload: bytes) -> None:
    more = '[source.values]\nenergy = { unit = "Wh" }' if profile == "homie_5" else ""
    assert parser_of(profile, more).parse(topic, payload, NOW_US) == ([], [])


@pytest.mark.parametrize(
    ("profile", "topic", "payload", "reason"),
    [
        ("zigbee2mqtt", "zigbee2mqtt/plug", b'{"power": 60}', RejectReason.MISSING_TIME),
        (
            "tasmota",
            "tele/x/SENSOR",
            b'{"Time":"1970-01-01T00:00:09","ENERGY":{"Total":1}}',
            RejectReason.TIME_TOO_OLD,
        ),
        (
            "tasmota",
            "tele/x/SENSOR",
            b'{"Time":"2026-11-22T16:39:50","ENERGY":{"Total":[1,null]}}',
            RejectReason.NOT_A_NUMBER,
        ),
        (
            "home_assistant_statestream",
            "homeassistant/sensor/x/state",
            b"unavailable",
            RejectReason.NOT_A_NUMBER,
        ),
        ("esphome", "boiler/sensor/flow/state", b"nan", RejectReason.NOT_A_NUMBER),
    ],
)
def test_what_a_device_cannot_say_is_refused(
    profile: str, topic: str, payload: bytes, reason: RejectReason
) -> None:
    readings, rejects = parser_of(profile).parse(topic, payload, NOW_US)
    assert (readings, {one.reason for one in rejects}) == ([], {reason})


def test_a_name_in_the_payload_is_nobodys_identity() -> None:
    more = '[source.values]\nvolume_l = { unit = "L" }'
    forged = json.loads(json.dumps(CHIRPSTACK))
    forged["deviceInfo"]["devEui"] = "0000000000000000"
    readings, _ = parser_of("chirpstack_v4", more).parse(CHIRPSTACK_TOPIC, as_sent(forged), NOW_US)
    assert [one.meter for one in readings] == ["a840419edb62011c.volume_l"]
