"""Births, data and deaths of edge nodes: what becomes a reading, and who is alive."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingest.sparkplug.address
import ingest.sparkplug.codec
import ingest.sparkplug.topics
import ingest.sparkplug.units
from domain.errors import ConfigError
from domain.reading import RejectReason
from ingest.routes import arrival_timed, subscriptions
from ingest.sparkplug.codec import decode, encode
from tests.ingest.builders import NOW_MS, NOW_US, a_meter, a_parser, a_plant, a_rule
from tests.ingest.sparkplug.builders import (
    DOUBLE,
    INT32,
    Heard,
    a_birth,
    a_metric,
    a_will,
    at_node,
)

FLOW = at_node("dye2.water", "Water/Flow")
BORN = a_metric(1.0, name="Water/Flow", alias=7, datatype=DOUBLE)
NOT_BORN = RejectReason.NOT_BORN


def heard(**options: Any) -> Heard:
    return Heard((FLOW, at_node("edge.power", "Power", "")), **options)


def data(*metrics: dict[str, Any], seq: int = 2) -> bytes:
    return encode(NOW_MS, list(metrics), seq)


def born(**options: Any) -> Heard:
    """An edge node of life 5 with device dye2."""
    parser = heard(**options)
    parser.say("NBIRTH", a_birth(seq=0, bd_seq=5))
    parser.say("DBIRTH", a_birth(BORN, seq=1))
    return parser


@pytest.mark.parametrize(
    "module",
    [ingest.sparkplug.address, ingest.sparkplug.codec, ingest.sparkplug.topics, ingest.sparkplug.units],
)
def test_the_examples_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


def test_a_payload_is_read_from_the_bytes_on_the_wire() -> None:
    wire = bytes.fromhex("0880d095ffbc31 120f 1007 2003 5088ffffffffffffffff01 1803".replace(" ", ""))
    message = decode(wire)
    assert (message.time_ms, message.seq) == (1700000000000, 3)
    assert (message.metrics[0].alias, message.metrics[0].value(INT32)) == (7, -120)


@pytest.mark.parametrize(
    ("datatype", "field", "sent", "value"),
    [
        (1, "int_value", 0xFF, -1), (2, "int_value", 0x8000, -32768), (3, "int_value", 2**32 - 5, -5),
        (4, "long_value", 2**64 - 5, -5), (5, "int_value", 255, 255), (8, "long_value", 2**63, 2**63),
        (9, "float_value", 0.5, 0.5), (11, "boolean_value", True, True), (12, "string_value", "on", "on"),
        (13, "long_value", 1, "a DateTime"), (16, "dataset_value", b"\xff", "a DataSet"),
        (17, "bytes_value", b"x", "Bytes"), (19, "template_value", b"\xff\xff", "a Template"),
        (0, "int_value", 1, "an integer of data type 0"),
    ],
)  # fmt: skip
def test_a_value_is_what_its_data_type_says(datatype: int, field: str, sent: object, value: object) -> None:
    metric = decode(encode(1, [{"name": "m", "datatype": datatype, field: sent}])).metrics[0]
    assert metric.value(datatype) == value


def test_data_is_read_by_the_alias_of_its_birth_at_the_metrics_own_time() -> None:
    readings, reasons = born().say("DDATA", data(a_metric(2.5, alias=7, timestamp=NOW_MS - 9)))
    assert ([(r.meter, r.value, r.time_us) for r in readings], reasons) == (
        [("dye2.water", 2.5, (NOW_MS - 9) * 1000)],
        [],
    )


def test_a_birth_is_a_reading_too_and_an_unread_metric_is_no_fault() -> None:
    other = a_metric(9.0, name="Other", alias=8, datatype=DOUBLE)
    parser = heard()
    assert [r.value for r in parser.say("DBIRTH", a_birth(BORN, other, seq=1))[0]] == [1.0]
    assert parser.say("DDATA", data(a_metric(1.0, alias=8))) == ([], [])


def test_an_alias_without_a_birth_is_refused_once_per_message_and_a_clear_name_is_not() -> None:
    parser = heard()
    assert parser.say("DDATA", data(a_metric(1.0, alias=7), a_metric(1.0, alias=8))) == ([], [NOT_BORN])
    assert [r.value for r in parser.say("DDATA", data(a_metric(3.0, name="Water/Flow")))[0]] == [3.0]
    assert parser.say("DDATA", data({"name": "Water/Flow", "int_value": 3})) == ([], [NOT_BORN])


def test_an_alias_of_another_device_is_not_ours() -> None:
    parser = born()
    parser.say("DBIRTH", a_birth(a_metric(name="Water/Flow", alias=9, datatype=DOUBLE), seq=2), "dye3")
    assert parser.say("DDATA", data(a_metric(1.0, alias=9), seq=3)) == ([], [NOT_BORN])


def test_null_and_transient_are_no_reading_and_historical_is_one_that_proves_no_life() -> None:
    parser = born()
    parser.told.clear()
    parser.say("DDEATH", a_birth(seq=2))
    parser.say("DBIRTH", a_birth(a_metric(name="Water/Flow", alias=7, datatype=DOUBLE, is_null=True), seq=3))
    assert parser.say("DDATA", data({"alias": 7, "is_null": True}, seq=4)) == ([], [])
    assert parser.say("DDATA", data(a_metric(1.0, alias=7, is_transient=True), seq=5)) == ([], [])
    assert len(parser.say("DDATA", data(a_metric(1.0, alias=7, is_historical=True), seq=6))[0]) == 1
    assert parser.statuses() == [("dye2.water", "offline")]
    parser.say("DDATA", data(a_metric(1.0, alias=7), seq=7))
    assert parser.statuses()[1:] == [("dye2.water", "online")]


def test_the_death_of_a_node_takes_all_its_meters_with_it_and_a_late_will_nobody() -> None:
    parser = born()
    parser.say("NDEATH", a_will(4))
    assert parser.statuses() == [("dye2.water", "online")]
    parser.say("NDEATH", a_will(5))
    assert parser.statuses()[1:] == [("dye2.water", "offline"), ("edge.power", "offline")]
    assert parser.say("DDATA", data(a_metric(1.0, alias=7))) == ([], [NOT_BORN])
    health = parser.parser.sparkplug.health()  # type: ignore[union-attr]
    assert (health.nodes, health.born, health.late_deaths) == (1, 0, 1)


def test_a_birth_that_the_broker_kept_names_metrics_and_a_kept_death_means_nothing() -> None:
    parser = heard()
    assert len(parser.say("DBIRTH", a_birth(BORN), retained=True)[0]) == 1
    parser.say("NDEATH", a_will(5), retained=True)
    assert parser.told == []
    assert len(parser.say("DDATA", data(a_metric(1.0, alias=7)))[0]) == 1


def test_missing_messages_are_counted_for_each_edge_node() -> None:
    parser = born()
    for seq in (2, 3, 5, 6):
        parser.say("DDATA", data(seq=seq))
    assert parser.parser.sparkplug.health().gaps == {"plant/edge": 1}  # type: ignore[union-attr]


def test_a_rebirth_is_asked_for_only_where_enabled_and_not_again_and_again() -> None:
    quiet, asking = heard(), heard(rebirth=True)
    for parser in (quiet, asking):
        for at_us in (NOW_US, NOW_US + 1):
            parser.say("DDATA", data(a_metric(1.0, alias=7)), at_us=at_us)
    assert quiet.parser.commands() == []
    ((topic, payload),) = asking.parser.commands()
    assert topic == "spBv1.0/plant/NCMD/edge"
    assert decode(payload).metrics[0].name == "Node Control/Rebirth"
    assert decode(payload).metrics[0].other is True


def test_another_unit_in_a_birth_is_shown_and_converts_nothing() -> None:
    properties = {"keys": [b"engUnit"], "values": [{"string_value": b"kWh"}]}
    parser = heard()
    readings, _ = parser.say("DBIRTH", a_birth(BORN | {"properties": properties}))
    assert [reading.value for reading in readings] == [1.0]
    doubts = parser.parser.sparkplug.health().unit_doubts  # type: ignore[union-attr]
    assert doubts == ("dye2.water: the edge node says kWh, the plant file m3",)


HOSTILE = {
    "cut": (a_birth(BORN)[:-3], RejectReason.NOT_PARSED),
    "noise": (b"\xff" * 100, RejectReason.NOT_PARSED),
    "large": (b"x" * 65537, RejectReason.TOO_LARGE),
    "many metrics": (b"\x12\x00" * 32000, RejectReason.NOT_PARSED),
    "a long name": (encode(NOW_MS, [a_metric(1.0, name="n" * 60_000, alias=7)]), RejectReason.NOT_PARSED),
    "a name that is not UTF-8": (encode(NOW_MS, [a_metric(1.0, name=b"\xff\xfe")]), RejectReason.NOT_PARSED),
    "not a number": (data(a_metric(float("nan"), alias=7)), RejectReason.NOT_A_NUMBER),
    "infinite": (data(a_metric(float("inf"), alias=7)), RejectReason.NOT_A_NUMBER),
    "templates": (data({"alias": 7, "template_value": b"\x12\x02" * 9000}), RejectReason.NOT_A_NUMBER),
    "without time": (encode(0, [a_metric(1.0, alias=7)]), RejectReason.TIME_TOO_OLD),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_refused_and_costs_nobody_else(name: str) -> None:
    payload, reason = HOSTILE[name]
    parser = born()
    assert parser.say("DDATA", payload) == ([], [reason])
    assert len(parser.say("DDATA", data(a_metric(1.0, alias=7)))[0]) == 1


@given(st.binary(max_size=200), st.sampled_from(["NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"]))
def test_nothing_that_a_message_holds_raises(payload: bytes, kind: str) -> None:
    born().say(kind, payload)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["NBIRTH", "DBIRTH", "DDATA", "DDEATH", "NDEATH"]),
        st.sampled_from(["dye2", "dye3"]),
        st.permutations(["a", "b"]),
        st.integers(0, 2),
    ),
    max_size=25,
)


@given(EVENTS)
def test_whatever_the_order_a_value_reaches_only_the_meter_that_its_last_birth_named(
    events: list[tuple[str, str, list[str], int]],
) -> None:
    """Each metric has a value of its own; aliases change with every birth."""
    worth = {("dye2", "a"): 1.0, ("dye2", "b"): 2.0, ("dye3", "a"): 3.0, ("dye3", "b"): 4.0}
    parser = Heard(tuple(at_node(f"{device}.{name}", name, device) for device, name in worth))
    named: dict[str, list[str]] = {}
    for kind, device, order, life in events:
        payload = a_will(life)
        if kind == "NBIRTH":
            payload = a_birth(bd_seq=life)
        elif kind == "DBIRTH":
            births = [a_metric(name=n, alias=at, datatype=DOUBLE, is_null=True) for at, n in enumerate(order)]
            payload = a_birth(*births)
        elif kind == "DDATA":
            meant = named.get(device, order)
            payload = data(*(a_metric(worth[device, n], alias=at) for at, n in enumerate(meant)))
        readings, _ = parser.say(kind, payload, device)
        assert all(r.value == worth[tuple(r.meter.split("."))] for r in readings)  # type: ignore[index]
        if kind == "DDATA":
            assert len(readings) in ({0, 2} if device in named else {0})
        elif kind == "DBIRTH":
            named[device] = order
        elif kind == "DDEATH":
            named.pop(device, None)
        elif kind == "NBIRTH":
            named.clear()


def test_all_of_a_nodes_messages_are_subscribed_to_and_their_times_are_their_own() -> None:
    plant = a_plant(FLOW, at_node("other.gas", "Gas", "boiler"))
    kinds = [f"spBv1.0/plant/{kind}/edge" for kind in ("NBIRTH", "NDATA", "NDEATH")]
    devices = [f"spBv1.0/plant/{kind}/edge/+" for kind in ("DBIRTH", "DDATA", "DDEATH")]
    assert subscriptions(plant) == [*kinds, *devices]
    assert arrival_timed(plant) == frozenset()


@pytest.mark.parametrize("fields", [{"time": "ts"}, {"time": "", "value": ""}])
def test_keys_that_an_edge_node_does_not_need_are_refused(fields: dict[str, str]) -> None:
    rule = a_rule("spBv1.0/plant/DDATA/edge/dye2", format="sparkplug_b", **{"value": "x", **fields})
    with pytest.raises(ConfigError):
        a_parser(a_meter("m", rule))


def test_a_topic_that_is_no_data_topic_is_refused() -> None:
    rule = a_rule("spBv1.0/plant/edge/dye2", format="sparkplug_b", value="x", time="")
    with pytest.raises(ConfigError, match="topic of its data"):
        a_parser(a_meter("m", rule))
