"""Fixtures of the ingest tests."""

from tests.ingest.real_broker import a_broker, proxy, runs
from tests.ingest.spools import folder, spool
from tests.servers.certificates import certificates
from tests.servers.mosquitto import mosquitto, publisher

__all__ = ["a_broker", "certificates", "folder", "mosquitto", "proxy", "publisher", "runs", "spool"]
