"""Fixtures of the ingest tests."""

from tests.servers.mosquitto import mosquitto, publisher

__all__ = ["mosquitto", "publisher"]
