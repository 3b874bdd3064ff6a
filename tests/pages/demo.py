"""A real demonstration as a process of its own, and a real browser that looks at its pages."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request

from app.commands.demo import DEMO_PASSWORD
from tests.e2e.commands import Command, running, wait_for
from tests.servers.process import free_port

NPM = Path(__file__).resolve().parents[2] / "npm"
CHROMIUM = "/usr/bin/chromium"
#: name -> window
SIZES = {"phone": (390, 844), "desktop": (1440, 900), "kiosk": (1920, 1080)}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
#: what a browser asks for by itself, or what is no request at all
OWN_SCHEMES = {"data", "blob", "about", "chrome-extension"}


@dataclass(frozen=True)
class Demo:
    """A running demonstration."""

    url: str
    command: Command


@contextmanager
def a_demo(folder: Path, *arguments: str) -> Iterator[Demo]:
    """Run `wastenot demo` on a free port until the block ends."""
    port = free_port()
    command = Command(folder, "demo", "demo", "--port", str(port), "--folder", folder / "var", *arguments)
    with running(command):
        process = command.process
        assert process is not None
        ready = lambda: process.poll() is not None or "pages: " in command.text()  # noqa: E731
        wait_for("the pages", ready, timeout_s=240)
        assert process.poll() is None, command.text()[-2000:]
        yield Demo(f"http://127.0.0.1:{port}", command)


@dataclass
class Look:
    """One browser window, which remembers what went wrong in it."""

    page: Page
    url: str
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on(
            "console", lambda said: self._note(said.type in {"error", "warning"}, f"console: {said.text}")
        )
        self.page.on("pageerror", lambda error: self._note(True, f"error: {error}"))
        self.page.on("request", self._check_request)

    def _note(self, is_trouble: bool, text: str) -> None:
        if is_trouble:
            self.troubles.append(text)

    def _check_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        inside = parts.scheme in OWN_SCHEMES or parts.hostname in LOOPBACK
        self._note(not inside, f"request to another machine: {request.url}")

    def go(self, path: str) -> Page:
        """Return the page at a path."""
        self.page.goto(self.url + path)
        return self.page

    def log_in(self, name: str, password: str = DEMO_PASSWORD) -> None:
        """Log in as one of the demonstration's users."""
        page = self.go("/login")
        page.fill("#name", name)
        page.fill("#password", password)
        page.click("form button.main")
        page.wait_for_url(lambda address: not address.endswith("/login"))

    def violations(self) -> list[str]:
        """Return what axe-core says against the page: WCAG 2.2 A and AA, and its best practices."""
        self.page.evaluate(axe_script())
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]

    def is_wider_than_its_window(self) -> bool:
        """Return whether one has to scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


@contextmanager
def a_look(
    browser: Browser, url: str, size: str = "desktop", language: str = "en", scheme: str = "light"
) -> Iterator[Look]:
    """Open a window of its own; when the block ends, nothing must have gone wrong in it."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="vi-VN" if language == "vi" else "en-GB",
        color_scheme="dark" if scheme == "dark" else "light", is_mobile=size == "phone",
        has_touch=size == "phone", bypass_csp=False, timezone_id="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    context.set_default_timeout(20_000)
    try:
        look = Look(context.new_page(), url)
        yield look
        assert look.troubles == []
    finally:
        context.close()


def axe_script() -> str:
    """Return axe-core from npm, installed on first use; the test is skipped where that cannot be."""
    file = NPM / "node_modules" / "axe-core" / "axe.min.js"
    if not file.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed: axe-core cannot be had")
        done = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=NPM, capture_output=True,
            text=True, check=False, timeout=240,
        )  # fmt: skip
        if done.returncode != 0:
            pytest.skip(f"npm ci failed: {done.stderr[-200:]}")
    return file.read_text(encoding="utf-8")
