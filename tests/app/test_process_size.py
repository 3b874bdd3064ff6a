"""A collector's process does not hold what only an analyser needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.e2e.installation import WATER_WORKS, write_plant, write_settings
from tests.servers.process import free_port

#: libraries of frames, ledger, schedule, channels and models, and the rooms that stand on them
NOT_FOR_COLLECTING = (
    "polars", "sqlalchemy", "alembic", "apscheduler", "apprise", "river", "alerts", "analytics",
)  # fmt: skip

COLLECT = f"""
import sys
from pathlib import Path
from app.process import Process
from app.wiring import Role, load_configuration
settings, plant = load_configuration(Path(sys.argv[1]), None)
with Process(settings, plant, {{Role.COLLECT}}) as process:
    assert process.health()["spool"]
print(sorted(set(sys.modules) & set({NOT_FOR_COLLECTING})))
"""


def test_a_collector_imports_neither_ledger_nor_alerts_nor_models(tmp_path: Path) -> None:
    write_plant(tmp_path, WATER_WORKS)
    settings = write_settings(
        tmp_path,
        broker={"host": "127.0.0.1", "port": free_port()},  # nobody listens: it goes on trying
        series={"store": "influxdb", "dialect": "v1", "url": "http://127.0.0.1:1", "database": "none"},
        http={"port": 0},
    )
    argv = [sys.executable, "-c", COLLECT, str(settings)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
