"""Every test runs with the linear algebra the product runs with, and leaves the logs as it found them.

A test in real time (real servers, processes, browsers, threads that wait) runs once more if it failed: a
machine that was busy elsewhere for some seconds is no defect. Each such second run is listed at the end. What
starts servers, processes or browsers runs three at a time, because it waits more than it computes; everything
else takes all cores. A test that only computes has one try. A worker takes a file at a time, and all pages
together that are looked at in one running demonstration: there is one, as long as it is looked at. Files with
a slow test come first, so that no worker is left with the longest.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as app.cli does; read when numpy is imported


TESTS = Path(__file__).resolve().parent
#: below these every test is in real time
IN_REAL_TIME = {"app", "deploy", "e2e", "faults", "ingest", "pages", "servers"}
#: of these, what starts processes; everything marked `servers` does, too
STARTS = {"e2e", "faults", "pages"}
#: what shares a demonstration, but for what starts one of its own
PAGES, OF_ITS_OWN = "tests/pages/", "tests/pages/test_story.py"


class _Together(LoadScopeScheduling):
    """A worker takes a file at a time, or all pages."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return PAGES if file.startswith(PAGES) and file != OF_ITS_OWN else file


@pytest.hookimpl(optionalhook=True)  # of xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Return who gives the workers their work."""
    return _Together(config, log)


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in real time, and put files with a slow test first."""
    for item in items:
        room = item.path.relative_to(TESTS).parts[0]
        has_servers = item.get_closest_marker("servers") is not None
        if room in STARTS or has_servers:
            item.add_marker("processes")
        if room in IN_REAL_TIME or has_servers:
            item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=2))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # stable


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """Undo what a command run inside a test has set: its level would hide events from the next test."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)
