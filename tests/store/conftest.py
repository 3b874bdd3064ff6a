"""Real servers for the store's own tests; `--hypothesis-profile=thorough` runs 10,000 cases each."""

from __future__ import annotations

from hypothesis import settings

from tests.servers.fixtures import influxd, influxd_with_users, postgres

__all__ = ["influxd", "influxd_with_users", "postgres"]
settings.register_profile("thorough", max_examples=10_000)
