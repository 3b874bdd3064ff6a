"""What 200 people who look at Now cost the server: a process of its own, and its CPU time.

Run it with `python -m bench.pages_viewers [--viewers 200] [--seconds 60] [--every 15]`. The plant is that of
`bench.pages`; its time goes on by a quarter hour every so many seconds, and all hundred tiles change then.
`--every 0`: nothing changes. Must: a quarter of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import tempfile
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import uvicorn

from app.pages import open_site
from bench.pages_plant import END, a_year, process_ids
from tests.servers.process import free_port

QUARTER = timedelta(minutes=15)
#: until every viewer has its page [s]
SETTLES_S = 15.0


class MovingClock:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.at = END

    def now(self) -> datetime:
        return self.at


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--viewers", type=int, default=200)
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--every", type=float, default=15.0)
    options = asked.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        server = multiprocessing.get_context("spawn").Process(
            target=serve, args=(Path(folder), port, options.every), daemon=True
        )
        server.start()
        assert server.pid is not None
        try:
            asyncio.run(look(port, server.pid, options.viewers, options.seconds, options.every))
        finally:
            server.terminate()
            server.join(10)


def serve(folder: Path, port: int, every_s: float) -> None:
    """Serve the pages of a plant whose time goes on."""
    clock = MovingClock()
    ground = replace(a_year(folder), clock=clock)

    def live_on() -> None:
        while every_s:
            time.sleep(every_s)
            start = clock.at
            many = len(process_ids())
            use = [20.0 + 5.0 * ((start.minute + number) % 7) for number in range(many)]
            frame = pl.DataFrame(
                {
                    "process": process_ids(), "resource": ["electricity"] * many,
                    "start": pl.Series([start] * many, dtype=pl.Datetime("us", "UTC")), "actual": use,
                    "expected": [22.0] * many, "quality": ["measured"] * many,
                }
            )  # fmt: skip
            excess = pl.col("actual") - pl.col("expected")
            ground.store.append_intervals(
                frame.with_columns(excess=excess, cost=excess * 1833.0, kg_co2e=excess * 0.6)
            )
            clock.at = start + QUARTER

    threading.Thread(target=live_on, daemon=True).start()
    uvicorn.run(open_site(ground), port=port, log_level="warning")


async def look(port: int, pid: int, viewers: int, seconds: float, every_s: float) -> None:
    """Open the streams, wait, and print what the server worked meanwhile."""
    received = [0] * viewers
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.5)

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /live/now HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n")
        while data := await reader.read(65_536):
            received[number] += len(data)

    tasks = [asyncio.create_task(one(number)) for number in range(viewers)]
    await asyncio.sleep(SETTLES_S)
    before, worked, begun = sum(received), cpu_s(pid), time.monotonic()
    least = min(received)
    await asyncio.sleep(seconds)
    share = 100.0 * (cpu_s(pid) - worked) / (time.monotonic() - begun)
    for task in tasks:
        task.cancel()
    change = f"all tiles change every {every_s:g} s" if every_s else "nothing changes"
    sent = (sum(received) - before) / 1e6
    assert least > 0, "a viewer got nothing"
    print(f"{viewers} viewers, {change}: {share:.1f} % of a core, {sent:.1f} MB sent in {seconds:g} s")


def cpu_s(pid: int) -> float:
    """Return the CPU time of a process [s]. Source: proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
