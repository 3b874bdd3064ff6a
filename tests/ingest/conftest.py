"""Fixtures of the ingest tests."""

from tests.servers.certificates import certificates
from tests.servers.mosquitto import mosquitto, publisher

__all__ = ["certificates", "mosquitto", "publisher"]
