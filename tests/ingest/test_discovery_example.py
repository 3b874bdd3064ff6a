"""The example in docs/discover.md is what discovery says of these messages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

from ingest.arrivals import Message
from ingest.discovery.fragment import fragment
from ingest.discovery.sample import Heard
from ingest.times import micros
from tests.ingest.builders import NOW
from tests.ingest.discovered import plant_of, proposed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "discover.md"
HEADING = "9 topics, 63 messages in 60 s or less on # of 127.0.0.1:1883"


def a_small_dye_works() -> Heard:
    """Return a minute of a water register, a boiler's plug, six machines' plugs and a thermometer."""
    heard = Heard()
    for number in range(7):
        at = NOW + timedelta(seconds=10 * number)
        local = (at + timedelta(hours=7)).replace(tzinfo=None).isoformat()
        energy = {"Total": 812.4 + number / 100, "Power": 360 + number % 2, "Voltage": 231}
        messages = {
            "plant/dye_line_2/water": {"ts": micros(at) // 1000, "total_m3": 5120 + number, "seq": number},
            "tele/boiler/SENSOR": {"Time": local, "ENERGY": energy},
            "weather/roof": {"temp_c": 29.5 + number % 2},
        }
        messages |= {
            f"zigbee2mqtt/winder_{n}": {"energy": 40.5 + number / 10, "power": 80 + number % 3}
            for n in range(6)
        }
        for topic, payload in messages.items():
            heard.take(Message(topic.encode(), json.dumps(payload).encode(), b""), micros(at))
    return heard


def an_example() -> str:
    return fragment(proposed(a_small_dye_works()), HEADING)


def test_the_example_on_the_page_is_what_comes_out() -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown == an_example()


def test_the_example_is_a_plant_file_when_it_follows_a_plant() -> None:
    assert len(plant_of(proposed(a_small_dye_works())).meters) == 2
