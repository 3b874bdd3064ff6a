"""Real servers for the whole loop."""

from tests.servers.fixtures import influxd
from tests.servers.mosquitto import mosquitto, publisher

__all__ = ["influxd", "mosquitto", "publisher"]
