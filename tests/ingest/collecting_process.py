"""A collector and a shipper as a process of their own, to be killed: PORT FOLDER."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import cast

import structlog

from domain.ports import SeriesStore
from ingest.ship import Shipper
from tests.ingest.builders import WallClock, collecting
from tests.ingest.sqlite_store import SqliteStore


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout says "ready" only
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    run = collecting(folder, port)
    store = cast(SeriesStore, SqliteStore(folder / "points.db"))
    Shipper(run.spool, store, run.rejects, WallClock(), batch_size=500, linger_s=0.05).start()
    print("ready", flush=True)
    time.sleep(300)


if __name__ == "__main__":
    main()
