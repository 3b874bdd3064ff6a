"""Results as markdown: one table per question, ratios to the reference within the same repetition."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence

from bench.ingest.collectors import REFERENCE
from bench.ingest.result import Environment, Result

#: the four ways to lose: heading, scenario, profile
LOSSES = (
    ("kill -9", "kill", "tuned"),
    ("InfluxDB away", "outage", "tuned"),
    ("stock broker", "paced", "stock"),
    ("stock broker, InfluxDB away", "outage", "stock"),
)
_NONE = "–"


def report(environments: Sequence[Environment], results: Sequence[Result], max_foreign: float) -> str:
    """Return the report.

    Args:
        max_foreign: speed is taken from runs in which others used no more than this share of the
            cores, where there are such runs; losses are taken from all.
    """
    sections = [
        *(_environment(one) for one in environments),
        _speed(results, max_foreign),
        _paced(results, max_foreign),
        _losses(results),
        _drains(results),
        _failures(results),
    ]
    return "\n\n".join(filter(None, sections))


def _environment(one: Environment) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in one.versions.items())
    return f"`{one.command}`\n{one.machine}; {versions}."


def _speed(results: Sequence[Result], max_foreign: float) -> str:
    header = (
        "collector", "runs", "stored/s", "of raw", "CPU us/message", "of raw", "broker us", "influxd us",
        "RSS MiB", "missing", "time kept", "foreign CPU",
    )  # fmt: skip
    rows = [
        [
            name,
            str(len(runs)),
            _middle(runs, lambda run: run.stored_per_s, "{:,.0f}"),
            _of_raw(runs, results, lambda run: run.stored_per_s),
            _middle(runs, lambda run: run.cpu_us, "{:.1f}"),
            _of_raw(runs, results, lambda run: run.cpu_us),
            *(_middle(runs, _part_us(part), "{:.1f}") for part in ("broker", "influx")),
            _middle(runs, lambda run: run.rss_mib, "{:.0f}"),
            _worst_missing(runs),
            "yes" if all(run.time_kept for run in runs) else "no",
            _foreign(runs),
        ]
        for name, runs in _by_collector(results, "full", "tuned", max_foreign)
    ]
    return _table("Full speed: as fast as the broker acknowledges", header, rows)


def _paced(results: Sequence[Result], max_foreign: float) -> str:
    header = (
        "collector", "runs", "messages/s", "CPU us/message", "of raw", "lag p50 s", "p95", "max", "RSS MiB",
        "missing", "foreign CPU",
    )  # fmt: skip
    rows = [
        [
            name,
            str(len(runs)),
            f"{runs[0].rate:,.0f}",
            _middle(runs, lambda run: run.cpu_us, "{:.1f}"),
            _of_raw(runs, results, lambda run: run.cpu_us),
            _middle(runs, lambda run: run.lag_p50_s, "{:.2f}"),
            _middle(runs, lambda run: run.lag_p95_s, "{:.2f}"),
            _middle(runs, lambda run: run.lag_max_s, "{:.2f}"),
            _middle(runs, lambda run: run.rss_mib, "{:.0f}"),
            _worst_missing(runs),
            _foreign(runs),
        ]
        for name, runs in _by_collector(results, "paced", "tuned", max_foreign)
    ]
    return _table("Paced: a steady plant", header, rows)


def _losses(results: Sequence[Result]) -> str:
    columns = {
        heading: dict(_by_collector(results, scenario, profile)) for heading, scenario, profile in LOSSES
    }
    names = dict.fromkeys(name for column in columns.values() for name in column)
    rows = [
        [name, *(_worst_missing(column[name]) if name in column else _NONE for column in columns.values())]
        for name in names
    ]
    return _table("Lost: the worst run of each", ("collector", *columns), rows)


def _drains(results: Sequence[Result]) -> str:
    rows = [
        [
            name,
            str(len(runs)),
            f"{runs[0].rate:,.0f}",
            _middle(runs, lambda run: run.drain_waited_s, "{:.1f}"),
            _middle(runs, lambda run: run.drain, "{:.1f}"),
            _worst_missing(runs),
            _foreign(runs),
        ]
        for name, runs in _by_collector(results, "drain", "tuned")
    ]
    header = (
        "collector",
        "runs",
        "live messages/s",
        "waits s",
        "backlog shrinks at x live",
        "missing",
        "foreign CPU",
    )
    return _table("Drain: the backlog of an outage beside the live messages", header, rows)


def _failures(results: Sequence[Result]) -> str:
    said = dict.fromkeys(_failure(run) for run in results if run.error or run.exited is not None)
    return "\n".join(["### Did not run, or did not last", "", *said]) if said else ""


def _failure(run: Result) -> str:
    if run.error.startswith("not here"):
        return f"- {run.collector}: {run.error}"
    why = run.error or f"the collector ended with {run.exited}"
    return f"- {run.collector}, {run.scenario}, {run.profile} broker: {why}"


def _by_collector(
    results: Sequence[Result], scenario: str, profile: str, max_foreign: float = 1.0
) -> Iterator[tuple[str, list[Result]]]:
    """Yield each collector's runs that count, in the order in which the collectors first appear."""
    for name in dict.fromkeys(run.collector for run in results):
        runs = [
            run
            for run in results
            if (run.collector, run.scenario, run.profile) == (name, scenario, profile) and not run.error
        ]
        quiet = [run for run in runs if run.foreign_share <= max_foreign]
        if runs:
            yield name, quiet or runs


def _of_raw(runs: Sequence[Result], results: Sequence[Result], figure: Callable[[Result], float]) -> str:
    """Return the middle of the ratios to the reference's figure in the same repetition."""
    references = {_place(run): figure(run) for run in results if run.collector == REFERENCE}
    ratios = [figure(run) / references[_place(run)] for run in runs if references.get(_place(run))]
    return f"{statistics.median(ratios):.2f}" if ratios else _NONE


def _place(run: Result) -> tuple[str, int, str, str]:
    return run.invocation, run.repetition, run.scenario, run.profile


def _part_us(part: str) -> Callable[[Result], float]:
    return lambda run: run.cpu_s.get(part, 0.0) / max(run.stored, 1) * 1e6


def _middle(runs: Sequence[Result], figure: Callable[[Result], float | None], form: str) -> str:
    """Return the median with the range where runs differ."""
    values = sorted(value for value in map(figure, runs) if value is not None)
    if not values:
        return _NONE
    middle, least, most = (form.format(value) for value in (statistics.median(values), values[0], values[-1]))
    return middle if least == most else f"{middle} ({least}–{most})"


def _worst_missing(runs: Sequence[Result]) -> str:
    """Return the most that one run has lost; what is right in number but not in sum is said."""
    worst = max(runs, key=lambda run: run.missing)
    if not worst.missing:
        return "0" if all(run.sum_right for run in runs) else "0, but the values differ"
    return f"{worst.missing:,} ({worst.missing_share:.1%})"


def _foreign(runs: Sequence[Result]) -> str:
    return f"{max(run.foreign_share for run in runs):.0%}"


def _table(heading: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *rows)]
    return "\n".join([f"### {heading}", "", *lines])
