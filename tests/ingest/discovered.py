"""Dialects as devices speak them, for the tests of discovery: messages, and what they must be read as."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from config.plant_file import load_plant
from domain.plant import Plant
from ingest.arrivals import Message
from ingest.discovery.fragment import fragment
from ingest.discovery.propose import propose
from ingest.discovery.rows import Proposal, ProposedRow
from ingest.discovery.sample import Heard, SampleLimits
from tests.ingest.builders import NOW_US

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
EVERY_US = 10_000_000
MINIMAL = '[plant]\nname = "Works"\ntimezone = "Asia/Ho_Chi_Minh"\ncountry = "VN"\ncurrency = "VND"\n'


def heard_of(
    *messages: tuple[str | bytes, object],
    every_us: int = EVERY_US,
    retained: bool = False,
    limits: SampleLimits | None = None,
) -> Heard:
    """Return a sample of messages that come one after the other; what is no bytes is sent as JSON."""
    heard = Heard(limits)
    for number, (topic, payload) in enumerate(messages):
        sent = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        name = topic if isinstance(topic, bytes) else topic.encode()
        heard.take(Message(name, sent, b"", retained), NOW_US + number * every_us)
    return heard


def repeated(topic: str, *payloads: object) -> list[tuple[str | bytes, object]]:
    return [(topic, payload) for payload in payloads]


def proposed(heard: Heard, plant: Plant | None = None) -> Proposal:
    return propose(heard, plant, ZONE)


def rows_of(proposal: Proposal, table: str = "meter", *, blocked: bool = False) -> list[ProposedRow]:
    """Return the proposed rows of a table: those that can be used, or those written as comments."""
    return [row for row in proposal.rows if row.table == table and bool(row.blocked) is blocked]


def left_out(proposal: Proposal) -> dict[str, str]:
    """Return why each place is left out, by topic and path."""
    return {f"{one.topic} {one.path}".strip(): one.why for one in proposal.left_out}


def plant_of(proposal: Proposal, before: str = MINIMAL) -> Plant:
    """Return the plant of a file to which the proposal is appended; fail with its problems."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plant.toml"
        path.write_text(f"{before}\n{fragment(proposal, 'a test')}", encoding="utf-8")
        return load_plant(path, date(2026, 11, 22), draft=True)


def a_plant(text: str) -> Plant:
    """Return a plant that has these tables already."""
    return plant_of(proposed(heard_of()), MINIMAL + text)


def a_row(topic: str, *payloads: object, table: str = "meter") -> ProposedRow:
    """Return the only row that these messages give."""
    (row,) = rows_of(proposed(heard_of(*repeated(topic, *payloads))), table)
    return row


def rising(**fields: object) -> list[dict[str, object]]:
    """Return five messages in which "v" rises, with these fields beside it."""
    return [{"v": 10 + n, **fields} for n in range(5)]


def several_dialects(
    rounds: int, start_us: int = NOW_US, step_us: int = EVERY_US
) -> Iterator[tuple[str, bytes]]:
    """Yield the messages of a plant that speaks many dialects, round by round."""
    for number in range(rounds):
        at_us = start_us + number * step_us
        yield from ((topic, json.dumps(payload).encode()) for topic, payload in _json_messages(number, at_us))
        yield "solar/116180/0/power", b"%d.5" % (800 + number % 3)
        yield "solar/116180/0/yieldtotal", b"%.2f" % (15020 + number / 100)
        yield "gateway/compressor", b"%d;%.1f;on" % (at_us // 1000, 7000.5 + number)


def _json_messages(number: int, at_us: int) -> Iterator[tuple[str, object]]:
    instant = datetime.fromtimestamp(at_us / 1e6, UTC)
    local = instant.astimezone(ZONE).replace(tzinfo=None).isoformat(timespec="milliseconds")
    energy = {"Total": 1200.5 + number / 100, "Today": 1 + number / 100, "Power": 400 + number % 3}
    yield "tele/boiler_house/SENSOR", {"Time": local, "ENERGY": energy | {"Voltage": 231, "Factor": 0.95}}
    params = {"ts": at_us / 1e6, "em:0": {"a_act_power": 90.5, "total_act_power": 270.5 + number % 4}}
    yield "press-1/events/rpc", {"src": "shellypro3em", "method": "NotifyStatus", "params": params}
    for plug in range(6):
        state = {"energy": 100.5 + number / 10, "power": 60 + number % 4, "linkquality": 120, "state": "ON"}
        yield f"zigbee2mqtt/plug_{plug}", state | {"last_seen": instant.isoformat()}
    heat = {
        "media": "heat",
        "id": "76348799",
        "total_energy_kwh": 6408 + number,
        "timestamp": instant.isoformat(),
    }
    yield "wmbusmeters/dryer_heat", heat
    for line in ("dye_line_1", "dye_line_2"):
        for resource, value in (
            ("water", 100 + number / 10),
            ("electricity", 5000 + number),
            ("steam", 900 + number),
        ):
            yield f"plant/{line}/{resource}", {"ts": at_us // 1000, "value": value, "seq": number}
    yield "acme/site1/area2/oven/gas", {"value": 88.5 + number, "unit": "Nm3", "timestamp_ms": at_us // 1000}
    registers = {"t": at_us // 1_000_000, "line1_kwh": 100 + number, "line2_kwh": 200 + 2 * number}
    yield "gateway/modbus", registers | {"cooling.m3": 5.5 + number, "spare": 3}


def expected_values(rounds: int) -> dict[tuple[str, str], float]:
    """Return what meters must read in the last round: (topic, path) -> value in the canonical unit."""
    last = rounds - 1
    return {
        ("tele/boiler_house/SENSOR", "ENERGY.Total"): 1200.5 + last / 100,
        ("press-1/events/rpc", 'params."em:0".total_act_power'): (270.5 + last % 4) / 1000,
        ("wmbusmeters/dryer_heat", "total_energy_kwh"): 6408 + last,
        ("acme/site1/area2/oven/gas", "value"): 88.5 + last,
        ("gateway/modbus", "line1_kwh"): 100 + last,
        ("gateway/modbus", "line2_kwh"): 200 + 2 * last,
        ("gateway/modbus", '"cooling.m3"'): 5.5 + last,
        ("solar/116180/0/yieldtotal", "value"): round(15020 + last / 100, 2),
    }
