"""Pictures of every page on a demonstration, for the documents: `make screenshots` writes docs/images."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.pages.demo import CHROMIUM, Demo, a_demo, a_look

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
#: colours of a kept picture: pages have few
COLOURS = 255
#: simulated seconds per second: a day and a half of life within some minutes
SPEED = "600"
#: how long the plant lives before it is looked at [ms]
LIVES_MS = 100_000
STREAM = "process=dye_line_1&resource=water"


@dataclass(frozen=True)
class Shot:
    """One picture."""

    name: str
    path: str
    size: str = "desktop"
    language: str = "en"
    scheme: str = "light"


def shots(alert: str) -> tuple[Shot, ...]:
    """Return what is pictured: every page on a desk, and what phones and walls show as they show it."""
    pages = {
        "now": "/", "alert": alert, "work": "/work", "plant": "/plant", "process": "/plant/dye_line_1",
        "trends": f"/trends?{STREAM}", "losses": "/trends/losses", "flows": "/trends/flows",
        "indicators": "/trends/indicators", "baselines": "/trends/baselines", "data": "/data",
        "setup": "/setup", "users": "/users", "settings": "/settings", "qr": "/qr", "login": "/login",
    }  # fmt: skip
    return (
        *(Shot(f"{name}_desktop_en", path) for name, path in pages.items()),
        *(
            Shot(f"{name}_phone_vi", pages[name], "phone", "vi")
            for name in ("now", "alert", "trends", "work")
        ),
        *(
            Shot(f"{name}_desktop_vi_dark", pages[name], "desktop", "vi", "dark")
            for name in ("trends", "alert", "flows")
        ),
        Shot("now_phone_en_dark", "/", "phone", "en", "dark"),
        Shot("now_kiosk_vi", "/?kiosk", "kiosk", "vi", "dark"),
    )  # fmt: skip


def take(browser: Browser, demo: Demo, folder: Path) -> Iterator[Path]:
    """Yield every picture as it is written."""
    with a_look(browser, demo.url) as look:
        page = look.go("/")
        page.wait_for_selector(".alert a", timeout=240_000)
        page.wait_for_timeout(LIVES_MS)
        alert = page.get_attribute(".alert a", "href")
        assert alert is not None
    for shot in shots(alert):
        with a_look(browser, demo.url, shot.size, shot.language, shot.scheme) as look:
            if shot.name.startswith("settings"):
                look.log_in("operator")
            page = look.go(shot.path)
            page.wait_for_timeout(2_000)
            file = folder / f"{shot.name}.png"
            page.screenshot(path=file, full_page=shot.size != "kiosk")
            with Image.open(file) as picture:
                few = picture.convert("RGB").quantize(COLOURS)
            few.save(file, optimize=True)
            yield file


def main() -> int:
    """Write all of them; return 0."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        with a_demo(Path(folder), "--speed", SPEED) as demo:
            for file in take(browser, demo, IMAGES):
                print(file.name, file.stat().st_size // 1000, "kB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
