"""Listening to the settings' broker for what the plant file does not read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.clock import WallClock
from app.wiring import broker_address
from config.plant_file import load_plant
from config.settings import Settings
from config.settings_schema import FurtherBroker
from domain.errors import BrokerError, ConfigError, Problem
from domain.plant import Plant
from ingest.discovery.listening import Listener
from ingest.discovery.propose import already_read
from ingest.discovery.sample import Heard
from ingest.partition import at_broker
from ingest.routes import subscriptions

EVERYTHING = "#"
#: where the broker denies "#": what the common dialects publish to
DIALECTS = (
    "homeassistant/#",
    "tele/#",
    "shellies/#",
    "+/events/rpc",
    "+/status/+",
    "zigbee2mqtt/#",
    "wmbusmeters/#",
    "application/+/device/+/event/up",
    "solar/#",
    "spBv1.0/#",
    "homie/#",
    "plant/#",
)
ANY_PLANT = '[plant]\nname = "any"\ntimezone = "Etc/UTC"\ncountry = "VN"\ncurrency = "VND"\n'


@dataclass(frozen=True, slots=True)
class Listened:
    """What came of listening."""

    heard: Heard
    broker: str
    filters: tuple[str, ...]  # that were listened to
    denied: tuple[str, ...]  # that the broker does not let us have
    lost: str  # why the connection was lost in between; "" if it never was


def listen(
    settings: Settings,
    plant: Plant | None,
    filters: Sequence[str],
    seconds: float,
    *,
    broker: FurtherBroker | None = None,
    stopped: Callable[[], bool] = lambda: False,
    opened: Callable[[Listened], None] = lambda _: None,
    heard: Heard | None = None,
) -> Listened:
    """Return what the broker sends on these filters within so many seconds.

    Where it denies all of them, the plant's own filters and those of common dialects are tried.

    Args:
        settings: name the broker.
        plant: what is read already.
        filters: topic filters.
        seconds: how long, from the broker's answer on [s].
        broker: one of the further ones; None = the first.
        stopped: whether to end early.
        opened: told what is listened to, once that is known.
        heard: takes the messages; a new sample when not given.

    Raises:
        BrokerError: nobody answers, the broker does not want us, or it denies everything.
    """
    heard = heard or Heard()
    address = broker_address(settings, "", broker=broker)
    name = broker.name if broker is not None else ""
    own = subscriptions(at_broker(plant, name)) if plant is not None else []
    fallback = tuple(dict.fromkeys([*own, *DIALECTS])) if EVERYTHING in filters else ()
    listener = Listener(address, filters, heard, WallClock(), fallback=fallback)

    def so_far() -> Listened:
        where = f"{address.host}:{address.port}"
        return Listened(heard, where, listener.filters, listener.denied, listener.lost)

    try:
        listener.listen(seconds, stopped, lambda: opened(so_far()))
    except BrokerError as away:
        if (broker or settings.broker).mode == "external":
            raise
        raise BrokerError(f"{away}; this broker runs while `wastenot up` does") from away
    return so_far()


def unread_topics(heard: Heard, plant: Plant, broker: str) -> dict[str, int]:
    """Return the topics of a broker that no meter and no source reads, with how many messages came."""
    read, _ = already_read(heard.topics, plant, broker)
    return {topic: sample.messages for topic, sample in sorted(heard.topics.items()) if topic not in read}


def fragment_trouble(fragment: str, plant_file: Path | None) -> list[Problem]:
    """Return what is wrong with a plant file to which the fragment is appended.

    Args:
        fragment: proposed rows.
        plant_file: a file without problems; None stands for the smallest one.
    """
    before = plant_file.read_text(encoding="utf-8-sig") if plant_file is not None else ANY_PLANT
    with TemporaryDirectory() as folder:
        both = Path(folder) / "proposed.toml"
        both.write_text(f"{before}\n{fragment}", encoding="utf-8")
        try:
            load_plant(both, draft=True)
        except ConfigError as wrong:
            return list(wrong.problems)
    return []
