"""Fixtures of the ingest tests."""

from tests.ingest.spools import folder, spool
from tests.servers.certificates import certificates
from tests.servers.mosquitto import mosquitto, publisher

__all__ = ["certificates", "folder", "mosquitto", "publisher", "spool"]
