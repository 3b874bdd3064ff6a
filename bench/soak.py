"""The long faults at full size: `make soak`, or `python -m bench.soak --only 1,2 --scale 0.1`.

Prints a table of figures, and exits with 1 when a condition (docs/faults.md) is not met. At full
size it takes some 90 minutes, an hour of them for 38: load with a fault every minute, which should run at
half of what the machine can do (`--rate`). It needs Debian's mosquitto and influxdb, and the development
dependencies.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.faults.endurance import endure
from tests.faults.flood import flood_from_one_meter
from tests.faults.inventing import invent_meters
from tests.faults.kills import kill_influxd, kill_the_collector
from tests.faults.outage import take_influxd_away
from tests.faults.outcome import HEADS, Outcome
from tests.faults.restarts import restart_the_broker

Run = Callable[[Path, float], Outcome]
RATE = 8000.0  # messages a second of 38
#: fault -> what is done at a scale of 1
RUNS: dict[int, Run] = {
    1: lambda at, scale: kill_the_collector(
        at, messages=int(100_000 * scale), kills=max(1, int(10 * scale)), rate=5000.0
    ),
    2: lambda at, scale: kill_influxd(
        at, messages=int(1_000_000 * scale), kills=max(1, int(6 * scale)), rate=20_000.0
    ),
    3: lambda at, scale: take_influxd_away(at, away_s=600.0 * scale, rate=2000.0),
    14: lambda at, scale: restart_the_broker(at, times=int(200 * scale)),
    28: lambda at, scale: invent_meters(at, names=int(1_000_000 * scale), cap=5000, rate=500.0),
    31: lambda at, scale: flood_from_one_meter(at, rate=10_000.0, probes=max(3, int(40 * scale))),
}


def main() -> int:
    """Run, print a row after each, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(map(str, (*RUNS, 38))), help="faults, such as 1,2")
    parser.add_argument("--scale", type=float, default=1.0, help="of the sizes and durations")
    parser.add_argument("--rate", type=float, default=RATE, help="messages a second of 38")
    parser.add_argument("--every", type=float, default=60.0, help="seconds from fault to fault of 38")
    options = parser.parse_args()
    runs: dict[int, Run] = RUNS | {
        38: lambda at, scale: endure(at, minutes=60.0 * scale, rate=options.rate, every_s=options.every)
    }
    wanted = [int(number) for number in options.only.split(",")]
    if unknown := [number for number in wanted if number not in runs]:
        parser.error(f"no long run of fault {unknown[0]}; allowed: {', '.join(map(str, runs))}")
    print(f"| {' | '.join(HEADS)} |\n|{'---|' * len(HEADS)}", flush=True)
    failed = False
    for number in wanted:
        with tempfile.TemporaryDirectory(prefix="wastenot-soak-") as folder:
            outcome = runs[number](Path(folder), options.scale)
        failed = failed or bool(outcome.broken or outcome.slow)
        print(f"| {' | '.join(outcome.cells)} |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
