"""One run: a broker and a database of its own, a collector between them, and what it did."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.ingest.collectors import CACHE, HERE, Collector
from bench.ingest.figures import drain_of, lags, percentile
from bench.ingest.load import PROBE_MS, Published, connect, packet, payload_of, topic_of, total
from bench.ingest.processes import (
    HarnessError,
    Program,
    busy_s,
    cpu_s,
    free_port,
    wait_until_quiet,
)
from bench.ingest.result import Result
from bench.ingest.scenarios import Scenario
from bench.ingest.servers import Broker, Influx
from bench.ingest.watch import Watch, is_time_kept

RUNS = CACHE / "runs"
_QUIET_SHARE = 0.1  # of all cores
_PROBE_S = 60.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to run, whatever runs."""

    folder: Path = RUNS
    messages: int | None = None  # at full speed; None: what the collector's table says
    window: int = 2000  # published messages that may wait for their acknowledgement
    settle_s: float = 30.0
    cap_s: float = 300.0  # longest publishing
    quiet_s: float = 60.0  # how long to wait for a quiet machine
    keep: bool = False  # the run's folder, logs and all


@dataclass(frozen=True, slots=True)
class Site:
    """What runs."""

    broker: Broker
    influx: Influx
    collector: Program

    def cpu_s(self) -> dict[str, float]:
        """Return the CPU time of each part so far [s]."""
        return {
            "collector": self.collector.cpu_s(),
            "broker": self.broker.program.cpu_s(),
            "influx": self.influx.program.cpu_s(),
        }


def measure(collector: Collector, scenario: Scenario, profile: str, options: Options) -> Result:
    """Return what a collector did in a scenario; a run that failed is a result with its error."""
    slower = scenario.at_most(collector.max_rate)
    messages = slower.messages(options.messages or collector.messages)
    blank = Result(collector.name, slower.name, profile, published=messages, rate=slower.rate)
    missing = collector.missing()
    if missing:
        return replace(blank, error=f"not here: {missing}")
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{collector.name}-{scenario.name}-", dir=options.folder))
    try:
        with running(collector, profile, folder) as site:
            wait_until_quiet(_QUIET_SHARE, options.quiet_s)
            return _follow(blank, site, slower, folder, options)
    except (HarnessError, OSError) as trouble:
        return replace(blank, error=str(trouble))
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(collector: Collector, profile: str, folder: Path) -> Iterator[Site]:
    """Yield broker, database and collector with a way from one end to the other; end them afterwards."""
    own = folder / "collector"
    own.mkdir()
    port = free_port()
    with ExitStack() as stack:
        broker = Broker(folder, profile, collector.broker.replace("{free_port}", str(port)))
        stack.callback(broker.program.end)
        influx = Influx(folder)
        stack.callback(influx.program.end)
        program = collector.start(own, broker, influx, port)
        stack.callback(program.end)
        _probe(broker, influx, program)
        time.sleep(collector.settle_s)
        yield Site(broker, influx, program)


def _probe(broker: Broker, influx: Influx, program: Program) -> None:
    """Publish until something can be queried, so that readiness means the same for every collector."""
    until = time.monotonic() + _PROBE_S
    with connect(broker.port, "bench-probe") as sock:
        for number in range(sys.maxsize):
            payload = payload_of(PROBE_MS + number, 1.0, 0)
            sock.sendall(packet(topic_of(0), payload, number % 65_535 + 1))
            time.sleep(0.25)
            if influx.has_probe():
                return
            if program.exit_code is not None:
                raise HarnessError(f"the collector ended with {program.exit_code}: {program.last_words()}")
            if time.monotonic() > until:
                raise HarnessError(f"nothing was stored in {_PROBE_S:g} s: {program.last_words()}")


def _follow(blank: Result, site: Site, scenario: Scenario, folder: Path, options: Options) -> Result:
    """Return what came of publishing everything."""
    watch = Watch(site.collector, site.influx, scenario, blank.published, options.settle_s)
    out = folder / "published.json"
    with _loading(site.broker.port, blank, options.window, out) as load:
        cpu_before, own_before, busy_before = site.cpu_s(), cpu_s(os.getpid()), busy_s()
        began = time.monotonic()
        assert load.stdin is not None
        load.stdin.write(b"go\n")
        load.stdin.flush()
        watch.follow(load, options.cap_s + scenario.seconds)
        cpu_after, own, busy = site.cpu_s(), cpu_s(os.getpid()) - own_before, busy_s() - busy_before
        wall_s = time.monotonic() - began
    used = {part: cpu_after[part] - cpu_before[part] for part in cpu_after}
    spent = replace(
        blank,
        cpu_s=used,
        rss_mib=watch.rss_mib,
        foreign_share=max(0.0, busy - own) / wall_s / (os.cpu_count() or 1),
        exited=watch.exited,
    )
    return _count(spent, site.influx, watch, Published(**json.loads(out.read_text())))


def _count(spent: Result, influx: Influx, watch: Watch, published: Published) -> Result:
    """Return the result with what is stored, and when it was."""
    stored = influx.count()
    ended = watch.stored[-1][0] if watch.stored else published.ended
    found = lags(published.timeline, watch.stored) if watch.back_at is None else []
    drained = None
    if watch.back_at is not None:
        drained = drain_of(published.timeline, watch.stored, watch.back_at, spent.rate)
    return replace(
        spent,
        stored=stored,
        seconds=ended - published.began,
        lag_p50_s=percentile(found, 0.5),
        lag_p95_s=percentile(found, 0.95),
        lag_max_s=percentile(found, 1.0),
        drain=None if drained is None else drained.ratio,
        drain_waited_s=None if drained is None else drained.waited_s,
        written_twice=max(0, influx.written() - stored),
        sum_right=influx.total() == total(spent.published) if stored == spent.published else False,
        time_kept=bool(stored) and is_time_kept(influx, spent.published),
    )


@contextmanager
def _loading(port: int, blank: Result, window: int, out: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the load, ready to begin on a line of input; end it when the block ends before it does."""
    argv = [
        sys.executable, "-m", "bench.ingest.load", "--port", str(port), "--messages", str(blank.published),
        "--rate", str(blank.rate), "--window", str(window), "--out", str(out),
    ]  # fmt: skip
    with subprocess.Popen(argv, cwd=HERE.parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as load:
        try:
            assert load.stdout is not None
            if load.stdout.readline() != b"READY\n":
                raise HarnessError("the load does not get ready")
            yield load
        finally:
            if load.poll() is None:
                load.kill()
