"""One demonstration and one browser for all page tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.pages.demo import CHROMIUM, Demo, a_demo


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="package")  # it computes as long as it runs
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The example plant, simulated, with its pages."""
    with a_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
