"""How long the server takes for every page, with 100 meters and a year of quarter hours.

Run it with `python -m bench.pages [--phone]`. On the embedded store, in one process, as a person sees them
who is let in; medians, each time of another process of the plant; beside them the CPU time, which moves less
with what else the machine does. Streams are left out. `--phone` also opens the trends in Debian's Chromium
as a phone that is four times slower than this machine and has 1.6 Mbit/s and 150 ms to the server, and says
when the first chart stands.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.pages import all_pages, open_site
from bench.pages_plant import a_year, process_ids
from tests.servers.process import free_port

STREAM = "process={id}&resource=electricity"
YEAR, MONTH = "from=2025-03-02&to=2026-03-01", "from=2026-02-02&to=2026-03-01"
MORE = (
    "/plant/{id}",
    f"/trends?{STREAM}&compare=previous",
    f"/trends?{STREAM}&shift=day",
    f"/trends?{STREAM}&{MONTH}",
    f"/trends?{STREAM}&{YEAR}",
    f"/api/v1/trends/curve?{STREAM}&pixels=1000",
    f"/api/v1/trends/curve?{STREAM}&{YEAR}&pixels=1000",
    f"/trends/losses?{YEAR}",
    f"/trends/flows?{YEAR}",
    f"/trends/indicators?{YEAR}",
    f"/trends/indicators.xlsx?{YEAR}",
    f"/api/v1/trends/points.csv?{STREAM}&{YEAR}&pixels=50000",
)
CHROMIUM = "/usr/bin/chromium"
FAST_4G = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 9.4e4}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--repeat", type=int, default=15)
    asked.add_argument("--phone", action="store_true")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ground = a_year(Path(folder))
        _, pages = all_pages(ground)
        plain = sorted({page.path for page in pages if page.method == "GET" and _is_plain(page.path)})
        app = open_site(ground)
        client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000))
        print(f"{'median':>9} {'CPU':>9} {'slowest':>9} {'bytes':>9}")
        for path in (*plain, *MORE):
            _measure(client, path, options.repeat)
        if options.phone:
            _phone(app, options.repeat)


def _is_plain(path: str) -> bool:
    return "{" not in path and "live" not in path and not path.startswith("/api/")


def _measure(client: TestClient, path: str, repeat: int) -> None:
    """Print how long a page takes; the first time does not count: it imports."""
    times, works, size = [], [], 0
    for name in [*process_ids(), *process_ids()][: repeat + 1]:
        begun, worked = time.perf_counter(), time.process_time()
        answer = client.get(path.format(id=name))
        times.append(1e3 * (time.perf_counter() - begun))
        works.append(1e3 * (time.process_time() - worked))
        assert answer.status_code == 200, (path, answer.status_code)
        size = len(answer.content)
    spent = f"{median(times[1:]):6.0f} ms {median(works[1:]):6.0f} ms {max(times[1:]):6.0f} ms"
    print(f"{spent} {size:9,}  {path}", flush=True)


@contextmanager
def _served(app: Starlette) -> Iterator[str]:
    """Serve the pages on a free port until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.config.port}"
    server.should_exit = True
    thread.join(10)


def _phone(app: Starlette, repeat: int) -> None:
    """Print when the first chart stands on a slow phone."""
    from playwright.sync_api import sync_playwright

    with _served(app) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path in (f"/trends?{STREAM}", f"/trends?{STREAM}&{YEAR}"):
            found = [_first_chart(browser, url + path.format(id=name)) for name in process_ids()[:repeat]]
            drawn, live = (median(times) for times in zip(*found, strict=True))
            print(
                f"phone: drawn by the server {drawn:.0f} ms, taken over by the script {live:.0f} ms  {path}"
            )
        browser.close()


def _first_chart(browser: Any, address: str) -> tuple[float, float]:
    """Return after how many milliseconds something is drawn, and the chart has been taken over."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, device_scale_factor=2
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", FAST_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(address, wait_until="commit")
    page.wait_for_selector(".chart.live canvas")
    live = page.evaluate("performance.now()")
    drawn = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    context.close()
    return drawn, live


if __name__ == "__main__":
    main()
