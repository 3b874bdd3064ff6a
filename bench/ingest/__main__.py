"""The command line: python -m bench.ingest list | prepare | run | report | micro.

Each run starts a mosquitto and an influxd of its own on loopback, both empty, and a collector between them;
a thousand meters publish at QoS 1, and what counts is what a query of InfluxDB then finds. The collectors are
the tables of collectors.toml.

  full     as fast as the broker acknowledges: messages/s from the first publication until a query counts all
  paced    a steady plant: CPU, memory, and the lag from publication until a message can be queried
  outage   InfluxDB goes away for 20 s
  kill     the collector is killed with -9 and started again 2 s later
  drain    InfluxDB goes away for --away; how fast the backlog shrinks beside the live messages

Profiles: the `tuned` broker queues without limit, 1,000 messages in flight; `stock` has mosquitto's own
limits (1,000 queued, 20 in flight). What others use of the machine meanwhile is shown as foreign CPU.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.ingest.collectors import Collector, load_collectors
from bench.ingest.machine import machine, versions
from bench.ingest.prepare import prepare
from bench.ingest.processes import HarnessError
from bench.ingest.report import report
from bench.ingest.result import Environment, Result, append, read
from bench.ingest.run import RUNS, Options, measure
from bench.ingest.scenarios import NAMES, Scenario, named
from bench.ingest.servers import PROFILES


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; return 1 when it cannot be done, or a run failed."""
    options = _parser().parse_args(argv)
    try:
        if options.command == "report":
            print(report(*read(options.files), options.max_foreign))
            return 0
        if options.command == "micro":
            from bench.ingest.micro import micro

            micro(options.messages)
            return 0
        collectors = _chosen(load_collectors(), options.collectors)
        if options.command == "run":
            return _run(collectors, options)
        if options.command == "prepare":
            prepare(collectors)
        _list(collectors)
    except HarnessError as trouble:
        print(f"bench.ingest: {trouble}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.ingest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="the collectors, and whether they can run here")
    preparing = commands.add_parser("prepare", help="install what the peers need, into a cache folder")
    running = commands.add_parser("run", help="measure")
    for command in (listing, preparing, running):
        command.add_argument("--collectors", default="", help="names with commas; default: all")
    _add_run_options(running)
    reporting = commands.add_parser("report", help="results as markdown")
    reporting.add_argument("files", type=Path, nargs="+")
    reporting.add_argument(
        "--max-foreign",
        type=float,
        default=0.15,
        help="speed of busier runs counts only where there is no other",
    )
    micro = commands.add_parser("micro", help="the quick part: parsing alone, and draining a full broker")
    micro.add_argument("messages", type=int, nargs="?", default=100_000)
    return parser


def _add_run_options(running: argparse.ArgumentParser) -> None:
    running.add_argument("--scenarios", default="full,paced,outage,kill", help=f"of {','.join(NAMES)}")
    running.add_argument("--profile", default="tuned", help=f"of {','.join(PROFILES)}; both with a comma")
    running.add_argument("--reps", type=int, default=3, help="repetitions; every other one in reverse order")
    running.add_argument("--out", type=Path, default=Path("results.jsonl"), help="results are added to it")
    running.add_argument("--rate", type=float, default=2000.0, help="messages/s of all but full")
    running.add_argument("--messages", type=int, help="of full; default: what the collector's table says")
    running.add_argument("--away", type=float, default=30.0, help="s without InfluxDB in drain")
    running.add_argument("--settle", type=float, default=30.0, help="s after which what has not come is lost")
    running.add_argument(
        "--quiet", type=float, default=60.0, help="s to wait for a quiet machine before a run"
    )
    running.add_argument("--folder", type=Path, default=RUNS, help="where the servers keep their data")
    running.add_argument("--keep", action="store_true", help="keep each run's folder with its logs")


def _chosen(collectors: dict[str, Collector], names: str) -> list[Collector]:
    """Return the named collectors, all without a name; raise HarnessError for a name that nobody has."""
    chosen = names.split(",") if names else list(collectors)
    unknown = [name for name in chosen if name not in collectors]
    if unknown:
        raise HarnessError(f"no collector {', '.join(unknown)}; there are {', '.join(collectors)}")
    return [collectors[name] for name in chosen]


def _list(collectors: Sequence[Collector]) -> None:
    for one in collectors:
        missing = one.missing()
        print(f"{one.name:20}{one.about}")
        if missing:
            print(f"{'':20}not here: {missing}")


def _run(collectors: list[Collector], options: argparse.Namespace) -> int:
    """Measure everything that was asked for; return 1 when a run failed."""
    invocation = uuid.uuid4().hex[:8]
    how = Options(
        folder=options.folder.resolve(),
        messages=options.messages,
        settle_s=options.settle,
        quiet_s=options.quiet,
        keep=options.keep,
    )
    command = f"python -m bench.ingest {shlex.join(sys.argv[1:])}"
    pairs = _pairs(options)
    append(options.out, Environment(invocation, machine(), versions(collectors), command))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what runs is ended as after Ctrl-C
    failed = False
    for repetition in range(options.reps):
        for profile, scenario in pairs:
            for collector in collectors[:: -1 if repetition % 2 else 1]:
                result = measure(collector, scenario, profile, how)
                append(options.out, replace(result, invocation=invocation, repetition=repetition))
                failed = failed or bool(result.error)
                print(_line(result), flush=True)
    return int(failed)


def _pairs(options: argparse.Namespace) -> list[tuple[str, Scenario]]:
    """Return profiles and scenarios to run; raise HarnessError for one that nobody knows."""
    profiles, scenarios = options.profile.split(","), options.scenarios.split(",")
    unknown = [name for name in profiles if name not in PROFILES]
    unknown += [name for name in scenarios if name not in NAMES]
    if unknown:
        raise HarnessError(f"unknown: {', '.join(unknown)}; there are {', '.join([*PROFILES, *NAMES])}")
    return [(profile, named(name, options.rate, options.away)) for profile in profiles for name in scenarios]


def _line(result: Result) -> str:
    """Return a run in one line."""
    name = f"{result.profile:6}{result.scenario:7}{result.collector:20}"
    if result.error:
        return f"{name}{result.error}"
    lag = "" if result.lag_p95_s is None else f"  lag p95 {result.lag_p95_s:.2f} s"
    drained = (
        "" if result.drain is None else f"  drains {result.drain:.1f}x after {result.drain_waited_s:.1f} s"
    )
    right = "" if result.sum_right or result.missing else "  VALUES DIFFER"
    ended = "" if result.exited is None else f"  ENDED with {result.exited}"
    return (
        f"{name}{result.stored_per_s:9,.0f}/s{result.cpu_us:7.1f} us{result.rss_mib:6.0f} MiB"
        f"  missing {result.missing:,}{lag}{drained}  foreign {result.foreign_share:.0%}{right}{ended}"
    )


if __name__ == "__main__":
    sys.exit(main())
