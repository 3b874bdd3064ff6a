"""What the page about data health is made from: store, ledger, and what the processes say of themselves."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as midnight
from itertools import pairwise
from typing import Any

import polars as pl

from analytics.completeness import Known, Span, completeness
from app.collecting import rejects_folder
from app.plant_view import silent_meters
from config.settings import Settings
from domain.meter import Meter, Variable
from domain.plant import Plant
from domain.ports import Clock, Ledger, SeriesStore
from domain.reading import Reject, RejectReason
from ingest.rejects import RejectLog
from web.pages.data_health import DataHealth, MeterHealth, Meters, Part, Rejects, Sign

DAYS = 14
#: readings themselves are looked at for today and yesterday; older days come from kept consumption
LIVE_DAYS = 2
GROUP = 50
#: the table is made anew this often, and not more often than it takes ten times to make [s]
FRESH_S = 30.0
ANSWER_S = 2.0
NO_MESSAGE_S, NO_READING_S, BEHIND_S, UNSENT_S = 300.0, 300.0, 3600.0, 600.0


class DataHealthSource:
    """Answers the page.

    Args:
        health: the health document of this process.
        transit_s: how long a reading is on its way on `clock` [s]; only where it runs fast.
    """

    def __init__(
        self, settings: Settings, plant: Plant, store: SeriesStore, ledger: Ledger, clock: Clock,
        health: Callable[[], Mapping[str, Any]], transit_s: float = 0.0,
    ) -> None:  # fmt: skip
        self._settings, self._plant, self._store, self._ledger = settings, plant, store, ledger
        self._clock, self._health = clock, health
        self._transit = timedelta(seconds=transit_s)
        self._lock = threading.Lock()
        self._made: Meters | None = None
        self._next_at = 0.0

    def answers(self) -> DataHealth:
        """Return what the page asks."""
        return DataHealth(self.meters, self.parts, self.signs, self.rejects)

    # meters

    def meters(self) -> Meters:
        """Return every meter with its days; one request at a time makes them, the others wait for it."""
        with self._lock:
            began = time.monotonic()
            if self._made is None or began >= self._next_at:
                self._made = self._make()
                ended = time.monotonic()
                self._next_at = ended + max(FRESH_S, 10 * (ended - began))
            made = self._made
        last = self._last([row.id for row in made.rows])
        return Meters(made.days, tuple(replace(row, last_seen=last.get(row.id)) for row in made.rows))

    def _last(self, ids: Sequence[str]) -> dict[str, datetime]:
        return dict(self._store.last(ids).select("meter", "time").iter_rows())

    def _make(self) -> Meters:
        now = self._clock.now()
        instruments: list[Meter | Variable] = [*self._plant.meters.values(), *self._plant.variables.values()]
        days = local_days(now, DAYS, self._plant)
        silent, delays = silent_meters(self._ledger), self._delays()
        rows: list[MeterHealth] = []
        for first in range(0, len(instruments), GROUP):
            rows += self._rows(instruments[first : first + GROUP], days, now, silent, delays)
        dates = tuple(start.astimezone(self._plant.timezone).date() for start, _ in days)
        return Meters(dates, tuple(rows))

    def _rows(
        self, instruments: Sequence[Meter | Variable], days: Sequence[Span], now: datetime,
        silent: Mapping[str, datetime], delays: Mapping[str, float],
    ) -> list[MeterHealth]:  # fmt: skip
        ids, start, end = [one.id for one in instruments], days[0][0], days[-1][1]
        earlier = set(self._store.last(ids, before=start)["meter"])
        kept = _by_meter(
            self._store.read_consumption(ids, start, end).select("meter", "start", "coverage", "interval_s")
        )
        live_from = days[-LIVE_DAYS][0]
        fresh = _by_meter(self._store.read(ids, live_from, now).select("meter", "time"))
        rows = []
        for one in instruments:
            mine, times = kept.get(one.id, _NONE_KEPT), fresh.get(one.id, _NO_TIMES)
            since = start if one.id in earlier else _earliest(mine, times)
            known = Known(mine, times, live_from, since, one.every_s)
            shares = completeness(known, days, self._plant.interval_s, now - self._transit)
            process = self._plant.processes[one.process].name if isinstance(one, Meter) else ""
            rows.append(
                MeterHealth(one.id, process, None, silent.get(one.id), delays.get(one.id), tuple(shares))
            )
        return rows

    def _delays(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for part in self.parts():
            found |= part.figures.get("delay_s") or {}
        return found

    # processes

    def parts(self) -> list[Part]:
        """Return every part of this process and of those that the settings name."""
        peers = self._settings.web.peers
        with ThreadPoolExecutor(max(1, len(peers))) as pool:
            documents = [("", self._health()), *zip(peers, pool.map(_ask, peers), strict=True)]
        return [part for process, document in documents for part in _parts(process, document)]

    def signs(self) -> list[Sign]:
        """Return the signs of life; a late one means that nobody may believe the rest of the pages."""
        now = self._clock.now()
        messages = [
            datetime.fromisoformat(at)
            for part in self.parts()
            if part.name.split(" ")[0] == "broker" and (at := part.figures.get("last_message_at"))
        ]
        ids = [*self._plant.meters, *self._plant.variables]
        newest = self._store.last(ids)["time"].max()
        with self._ledger.begin() as tx:
            marks = [shot.watermark for pair in self._plant.streams() if (shot := tx.snapshot(*pair))]
            unsent = [one.created_at for one in tx.outbox_unsent() if one.dead_at is None]
        quickest = min((one.every_s for one in self._plant.meters.values() if one.every_s), default=0.0)
        reading = newest if isinstance(newest, datetime) else None
        rows: list[tuple[str, datetime | None, float]] = [
            ("reading", reading, max(NO_READING_S, 3 * quickest)),
            ("analysis", max(marks, default=None), BEHIND_S),
        ]
        if messages:
            rows.insert(0, ("message", max(messages), max(NO_MESSAGE_S, 3 * quickest)))
        if unsent:
            rows.append(("unsent", min(unsent), UNSENT_S))
        return [Sign(what, at, self._is_late(now, at, limit_s)) for what, at, limit_s in rows]

    def _is_late(self, now: datetime, at: datetime | None, limit_s: float) -> bool:
        return at is None or now - at > timedelta(seconds=limit_s) + self._transit

    # rejects

    def rejects(self, reason: RejectReason | None, limit: int) -> Rejects:
        """Return what the collectors of this machine have kept of refused messages."""
        kept = kept_rejects(self._settings)
        counts = Counter(one.reason for one in kept)
        latest = [one for one in kept if reason is None or one.reason is reason][:limit]
        return Rejects(dict(counts.most_common()), latest)


_NONE_KEPT = pl.DataFrame(
    schema={"start": pl.Datetime("us", "UTC"), "coverage": pl.Float64, "interval_s": pl.Int64}
)
_NO_TIMES = pl.DataFrame(schema={"time": pl.Datetime("us", "UTC")})


def _by_meter(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key[0]): part.drop("meter") for key, part in frame.group_by("meter", maintain_order=True)}


def _earliest(kept: pl.DataFrame, times: pl.DataFrame) -> datetime | None:
    found = [one for one in (kept["start"].min(), times["time"].min()) if isinstance(one, datetime)]
    return min(found, default=None)


def local_days(now: datetime, count: int, plant: Plant) -> list[Span]:
    """Return so many of the plant's days, today the last; a day may have 23 or 25 hours."""
    today = now.astimezone(plant.timezone).date()
    dates = [today - timedelta(days=back) for back in range(count - 1, -2, -1)]
    edges = [datetime.combine(one, midnight(), plant.timezone).astimezone(UTC) for one in dates]
    return list(pairwise(edges))


def kept_rejects(settings: Settings) -> list[Reject]:
    """Return the rejects that the collecting processes have kept on disk, newest first."""
    most = settings.ingest.rejects_kept
    folders = [rejects_folder(settings, name) for name in ("", *(one.name for one in settings.partitions))]
    logs = [RejectLog(folder, max_kept=most) for folder in folders if folder.is_dir()]
    kept = [one for log in logs for one in log.recent(most)]
    return sorted(kept, key=lambda one: one.received_us, reverse=True)


def _ask(url: str) -> Mapping[str, Any]:
    """Return the health document of another process; what cannot be had is a failing part."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=ANSWER_S) as answer:  # noqa: S310 -- the settings' own
            return dict(json.load(answer))
    except urllib.error.HTTPError as failing:
        with failing:
            return dict(json.load(failing))
    except (OSError, ValueError) as away:
        return {"parts": {"process": {"status": "failing", "detail": str(away)}}}


def _parts(process: str, document: Mapping[str, Any]) -> list[Part]:
    parts = document.get("parts")
    named = parts.items() if isinstance(parts, Mapping) else ()
    return [
        Part(process, str(name), str(part.get("status", "")), str(part.get("detail", "")), part)
        for name, part in named
        if isinstance(part, Mapping)
    ]
