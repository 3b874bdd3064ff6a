"""Every test runs with the linear algebra the product runs with, and leaves the logs as it found them."""

import os
from collections.abc import Iterator

import pytest
import structlog

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as app.cli does; read when numpy is imported


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Undo what a command run inside a test has set: its level would hide events from the next test."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
