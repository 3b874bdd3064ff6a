"""Set-up from the pages: listening in the background, what it would become, and the plant file."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import structlog

from app.discovering import ANY_PLANT, EVERYTHING, fragment_trouble, listen
from app.wiring import message_limits
from config.plant_file import load_plant
from config.settings import Settings
from domain.errors import ConfigError, RefusedError, WorldError
from domain.meter import Meter, MeterKind
from domain.plant import Plant
from domain.ports import Clock, Ledger
from ingest.discovery.fragment import fragment
from ingest.discovery.propose import propose
from ingest.discovery.rows import Proposal, ProposedRow
from ingest.discovery.sample import Heard, Kept
from ingest.parse import Parser
from web.pages.setup import Adopted, Found, FoundKey, FoundRow, Listening, Preview

log = structlog.get_logger()

SHOWN_ROWS, SHOWN_KNOWN, SHOWN_LEFT_OUT = 200, 100, 200
CHECK = "check"


@dataclass
class Session:
    """One time of listening."""

    seconds: float
    heard: Heard = field(default_factory=Heard)
    started: float = field(default_factory=time.monotonic)
    is_on: bool = True
    trouble: str = ""
    proposal: Proposal | None = None
    found: Found | None = None


class Adopting:
    """Answers the page; see web.pages.setup.SetUp. One listens at a time, for everybody.

    Args:
        stopped: whether the process is about to end.
    """

    def __init__(
        self, settings: Settings, plant: Plant, ledger: Ledger, clock: Clock, stopped: threading.Event
    ) -> None:
        self._settings, self._plant, self._ledger, self._clock = settings, plant, ledger, clock
        self._stopped = stopped
        self._lock = threading.Lock()
        self._session: Session | None = None

    def listen(self, seconds: float) -> None:
        """Begin to listen; raise RefusedError while it is being listened."""
        with self._lock:
            if self._session is not None and self._session.is_on:
                raise RefusedError("somebody is listening already: wait until that is over")
            session = self._session = Session(seconds)
        threading.Thread(target=self._listen, args=(session,), name="discover", daemon=True).start()

    def _listen(self, session: Session) -> None:
        try:
            listened = listen(
                self._settings, self._present(), [EVERYTHING], session.seconds, stopped=self._stopped.is_set,
                heard=session.heard,
            )  # fmt: skip
            session.trouble = listened.lost
        except WorldError as away:
            session.trouble = str(away)
        except Exception:
            log.exception("setup.listening_failed")
            session.trouble = "listening failed; the log says why"
        finally:
            session.is_on = False

    def listening(self) -> Listening | None:
        """Return how far it is."""
        session = self._session
        if session is None:
            return None
        left_s = max(session.started + session.seconds - time.monotonic(), 0.0)
        heard = session.heard
        return Listening(session.is_on, left_s, len(heard.topics), heard.messages, session.trouble)

    def found(self) -> Found | None:
        """Return what was heard and what it would become."""
        with self._lock:
            session = self._session
            if session is None or session.is_on:
                return None
            if session.found is None:
                plant = self._present()
                session.proposal = propose(session.heard, plant, plant.timezone)
                session.found = self._seen(session.heard, session.proposal)
            return session.found

    def _present(self) -> Plant:
        """Return the plant file as it stands now; as the process read it, where it cannot be read."""
        try:
            return load_plant(self._settings.plant, draft=True)
        except ConfigError:
            return self._plant

    def _file(self) -> Path | None:
        return self._settings.plant if self._settings.plant.is_file() else None

    def _seen(self, heard: Heard, proposal: Proposal) -> Found:
        text = fragment(proposal, "set-up page")
        problems = tuple(str(one) for one in fragment_trouble(text, self._file()))
        reader = None if problems else self._reader(with_fragment(text, self._file()))
        rows = tuple(
            _row(number, row, heard, reader) for number, row in enumerate(proposal.rows[:SHOWN_ROWS])
        )
        present = self._reader(self._present())
        known = [
            present.preview(topic, heard.topics[topic].kept[-1])
            for topic in list(proposal.already_read)[:SHOWN_KNOWN]
            if topic in heard.topics and heard.topics[topic].kept
        ]
        left = [(one.topic, f"{one.path} ({one.why})" if one.path else one.why) for one in proposal.left_out]
        return Found(rows, tuple(known), tuple(left[:SHOWN_LEFT_OUT]), problems)

    def _reader(self, plant: Plant) -> Reader:
        ahead = self._clock.now() - datetime.now(UTC)  # of a demonstration, whose clock runs fast
        return Reader(self._settings, plant, round(ahead.total_seconds() * 1e6))

    def adopt(self, chosen: Mapping[int, Mapping[str, str]], by: str) -> Adopted:
        """Append the rows to the plant file, if it loads with them."""
        self.found()
        with self._lock:
            session, file = self._session, self._settings.plant
            proposal = None if session is None else session.proposal
            if session is None or proposal is None or not chosen:
                raise RefusedError("nothing was chosen: listen, then tick what is to be written")
            rows = [
                _changed(row, chosen[number]) for number, row in enumerate(proposal.rows) if number in chosen
            ]
            text = fragment(
                Proposal(rows, [], {}), f"adopted by {by} on {self._clock.now():%Y-%m-%d %H:%M} UTC"
            )
            if self._file() is None:
                return Adopted((f"{file}: there is no such file",), text, str(file), 0)
            problems = tuple(str(one) for one in fragment_trouble(text, file))
            if not problems:
                try:
                    append(file, text)
                except OSError as trouble:
                    problems = (f"{file}: {trouble.strerror or trouble}",)
            if problems:
                return Adopted(problems, text, str(file), 0)
            session.found = session.proposal = None
        ids = [str(row.keys.get("id", row.keys.get("topic", ""))) for row in rows]
        with self._ledger.begin() as tx:
            tx.audit(
                at=self._clock.now(), who=by, what="plant.rows_adopted", about="plant", why="",
                details={"file": str(file), "rows": ids},
            )  # fmt: skip
        return Adopted((), "", str(file), len(rows))


class Reader:
    """Says what a message becomes at a plant.

    Args:
        ahead_us: how far the plant's clock is ahead of this machine's [us].
    """

    def __init__(self, settings: Settings, plant: Plant, ahead_us: int = 0) -> None:
        self._plant, self._parser = plant, Parser(plant, message_limits(settings))
        self._ahead_us = ahead_us

    def preview(self, topic: str, last: Kept) -> Preview:
        """Return the message with what it becomes."""
        readings, rejects = self._parser.parse(topic, last.payload, last.arrival_us + self._ahead_us)
        values = tuple((one.meter, one.value, self._unit(one.meter), one.time_us) for one in readings)
        refused = "; ".join(f"{one.reason} {one.detail}".strip() for one in rejects)
        return Preview(topic, last.payload, values, refused if not values else "", last.retained)

    def _unit(self, meter: str) -> str:
        known = self._plant.meters.get(meter) or self._plant.variables.get(meter)
        if known is None:
            return ""
        if isinstance(known, Meter) and known.heating_value is not None:  # a volume or mass kept as energy
            return "kW" if known.kind is MeterKind.GAUGE else "kWh"
        return known.unit.canonical


def with_fragment(text: str, file: Path | None) -> Plant:
    """Return the plant of a file, or of the smallest one, with a fragment that fits."""
    before = file.read_text(encoding="utf-8-sig") if file is not None else ANY_PLANT
    with TemporaryDirectory() as folder:
        both = Path(folder) / "both.toml"
        both.write_text(f"{before}\n{text}", encoding="utf-8")
        return load_plant(both, draft=True)


def append(file: Path, text: str) -> None:
    """Append text to a file, wholly or not at all: whoever reads it meanwhile sees one or the other."""
    before = file.read_text(encoding="utf-8")
    target = file.resolve()
    with NamedTemporaryFile(
        "w", dir=target.parent, prefix=f".{target.name}.", encoding="utf-8", delete=False
    ) as fresh:
        try:
            fresh.write(f"{before.rstrip()}\n\n\n{text}")
            fresh.flush()
            os.fsync(fresh.fileno())
            Path(fresh.name).chmod(target.stat().st_mode)
            Path(fresh.name).replace(target)
        except OSError:
            Path(fresh.name).unlink(missing_ok=True)
            raise


def _row(number: int, row: ProposedRow, heard: Heard, reader: Reader | None) -> FoundRow:
    keys = [
        FoundKey(key, value, row.evidence.get(key, ""), _guess(row, key)) for key, value in row.keys.items()
    ]
    if row.blocked and "unit" not in row.keys:
        keys.append(FoundKey("unit", "", row.evidence.get("unit", ""), is_guess=True))
    preview = None
    if reader is not None and not row.blocked:
        kept = {topic: heard.topics[topic].kept for topic in row.topics if topic in heard.topics}
        lasts = [(topic, messages[-1]) for topic, messages in kept.items() if messages]
        preview = reader.preview(*lasts[0]) if lasts else None
    return FoundRow(number, row.table, tuple(keys), row.blocked, preview)


def _guess(row: ProposedRow, key: str) -> bool:
    return row.evidence.get(key, "").startswith(CHECK)


def _changed(row: ProposedRow, typed: Mapping[str, str]) -> ProposedRow:
    """Return a row with what a person typed; an emptied key is left out, an unknown one is not taken."""
    allowed = {*row.keys, "unit"}
    keys: dict[str, str | bool] = {}
    for key in [*row.keys, *(key for key in typed if key in allowed and key not in row.keys)]:
        value = row.keys.get(key)
        text = typed.get(key)
        if isinstance(value, bool):
            keys[key] = value if text is None else text.lower() == "true"
        elif text is None:
            keys[key] = value if value is not None else ""
        elif text:
            keys[key] = text
    kept = {key: why for key, why in row.evidence.items() if keys.get(key) == row.keys.get(key)}
    return replace(row, keys=keys, evidence=kept, blocked="")
