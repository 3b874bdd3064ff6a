"""Backup and restore of what is kept on this machine: the SQLite file, and the ledger wherever it is.

An archive is a tar file of SQLite files and a manifest with their checksums. A ledger on PostgreSQL is in it
as an SQLite file with the same tables, so an archive can be restored on either.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.collecting import spool_folder
from app.wiring import open_ledger
from config.settings import Settings
from domain.errors import ConfigError, Problem, SpoolError, WorldError
from domain.plant import Plant
from ingest.segments import lock_folder
from store.ledger import SqlLedger
from store.sqlite_copy import check_copy, copy_file, drop_ledger, put_in_place, settle

FORMAT = 1
MANIFEST, EMBEDDED, LEDGER = "manifest.json", "wastenot.sqlite", "ledger.sqlite"
_PIECE = 1 << 20
#: what a manifest has beside its format
_SAID = frozenset({"wastenot", "plant", "made_at", "series_in_influxdb", "spool_bytes_left_out", "files"})


def back_up(settings: Settings, plant: Plant, dest: Path, *, force: bool) -> dict[str, Any]:
    """Write an archive, while everything runs; return its manifest.

    Raises:
        ConfigError: there is something at `dest` already, and `force` is not given.
        WorldError: the ledger is away, or the disk does not take the archive; then there is none.
    """
    if dest.exists() and not force:
        raise _wrong("backup", dest, "is there already: choose another name, or --force")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=_folder(dest)) as name:
        folder = Path(name)
        if not ledger_in_file(settings):  # first: readings newer than the ledger are judged again, not lost
            _copy_ledger(settings, folder / LEDGER)
        if settings.sqlite_file.exists():
            copy_file(settings.sqlite_file, folder / EMBEDDED)
        manifest = {
            "format": FORMAT,
            "wastenot": version("wastenot"),
            "plant": plant.name,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "series_in_influxdb": settings.series.store == "influxdb",
            "spool_bytes_left_out": _spool_bytes(settings),
            "files": {file.name: _facts(file) for file in sorted(folder.iterdir())},
        }
        if not manifest["files"]:
            raise _wrong(
                "backup", settings.sqlite_file, "is not there, and the ledger is in it: nothing to keep"
            )
        _pack(folder, dest, manifest)
    return manifest


def restore(settings: Settings, source: Path, *, force: bool) -> dict[str, Any]:
    """Put an archive back; return its manifest. Nothing is touched before all of it has been checked.

    Raises:
        ConfigError: the archive is damaged, from a newer version, or there is something here already.
        WorldError: Wastenot runs here, or the ledger is away.
    """
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=_folder(settings.sqlite_file)) as name:
        folder = Path(name)
        manifest = _unpack(source, folder)
        for file in manifest["files"]:
            check_copy(folder / file)
            with closing(SqlLedger(f"sqlite:///{folder / file}")) as ledger:
                ledger.migrate()  # refuses what a newer version wrote
        with _nobody_collects(settings):
            _put_back(settings, folder, force=force)
    return manifest


def _put_back(settings: Settings, folder: Path, *, force: bool) -> None:
    """Put the files in their places; what can refuse is asked before anything is changed."""
    file, target = _file_to_place(settings, folder), settings.sqlite_file
    if file is not None:
        if target.exists() and not force:
            raise _wrong("restore", target, "is there already: move it away, or --force (it is kept beside)")
        settle(target)

    def place() -> None:
        if file is not None:
            put_in_place(file, target)

    if ledger_in_file(settings):
        place()
        return
    found = folder / LEDGER if (folder / LEDGER).exists() else _twin(folder)
    with closing(SqlLedger(f"sqlite:///{found}")) as kept, closing(open_ledger(settings)) as ledger:
        ledger.migrate()
        kept.copy_to(ledger, then=place)


def _file_to_place(settings: Settings, folder: Path) -> Path | None:
    """Return the file that belongs into the data folder, with the ledger in it if it is kept there."""
    embedded, ledger = folder / EMBEDDED, folder / LEDGER
    if not ledger_in_file(settings):
        return embedded if embedded.exists() and settings.series.store == "sqlite" else None
    if not embedded.exists():
        return ledger
    if ledger.exists():  # from a machine whose ledger was elsewhere: what its file may hold of one is older
        drop_ledger(embedded)
        with (
            closing(SqlLedger(f"sqlite:///{ledger}")) as kept,
            closing(SqlLedger(f"sqlite:///{embedded}")) as new,
        ):
            new.migrate()
            kept.copy_to(new)
    return embedded


def _twin(folder: Path) -> Path:
    """Return a copy of the embedded file to read the ledger from while the file itself is moved away."""
    copy_file(folder / EMBEDDED, folder / "twin.sqlite")
    return folder / "twin.sqlite"


def ledger_in_file(settings: Settings) -> bool:
    """Return whether the ledger is in the embedded file, by default or because its URL says so."""
    if settings.ledger.url is None:
        return True
    kind, _, path = settings.ledger.url.get_secret_value().partition(":///")
    return kind == "sqlite" and Path(path).resolve() == settings.sqlite_file.resolve()


def _copy_ledger(settings: Settings, dest: Path) -> None:
    """Copy a ledger that is not in the embedded file; its schema is left as it is."""
    with closing(open_ledger(settings)) as ledger, closing(SqlLedger(f"sqlite:///{dest}")) as copy:
        copy.migrate()
        ledger.copy_to(copy)
    settle(dest)


def _pack(folder: Path, dest: Path, manifest: dict[str, Any]) -> None:
    """Write the archive beside its place, and move it there when it is whole."""
    draft = folder / "archive.tar"
    try:
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))
        with tarfile.open(draft, "w") as archive:
            for name in sorted(file.name for file in folder.iterdir() if file != draft):
                archive.add(folder / name, name)
        _sync(draft)
        draft.replace(dest)
        _sync(dest.parent)
    except OSError as error:
        raise WorldError(f"{dest} cannot be written: {error.strerror or error}") from error


def _unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Return the manifest of an archive whose files are in the folder now, whole."""
    try:
        with tarfile.open(source, "r:") as archive:
            manifest = _manifest(source, archive)
            for name, facts in manifest["files"].items():
                member = archive.extractfile(archive.getmember(name))
                with (folder / name).open("wb") as file:
                    while member is not None and (piece := member.read(_PIECE)):
                        file.write(piece)
                if _facts(folder / name) != facts:
                    raise _wrong("restore", source, f"is damaged: {name} is not what the manifest says")
    except (OSError, tarfile.TarError, KeyError, EOFError) as error:
        raise _wrong("restore", source, f"is no whole archive: {error}") from error
    return manifest


def _manifest(source: Path, archive: tarfile.TarFile) -> dict[str, Any]:
    """Return the manifest, if its names are ours and its format is known."""
    member = archive.extractfile(archive.getmember(MANIFEST))
    try:
        found = json.loads(member.read(_PIECE)) if member is not None else {}
    except ValueError as error:
        raise _wrong("restore", source, f"is damaged: its manifest cannot be read ({error})") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise _wrong("restore", source, "is an archive of a newer version, or none of ours")
    if missing := sorted(_SAID - found.keys()):
        raise _wrong("restore", source, f"is damaged: its manifest does not say {', '.join(missing)}")
    files = found["files"]
    if not isinstance(files, dict) or not files or not {*files} <= {EMBEDDED, LEDGER}:
        raise _wrong("restore", source, f"is empty, or holds other files than {EMBEDDED} and {LEDGER}")
    return found


@contextmanager
def _nobody_collects(settings: Settings) -> Iterator[None]:
    """Keep collectors of this folder, of every partition, from starting; raise SpoolError if one runs."""
    spool_folder(settings).mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            for folder in settings.data_dir.glob("spool*/"):
                held.callback(os.close, lock_folder(folder))
        except SpoolError as error:
            raise SpoolError(f"stop Wastenot before restoring: {error}", retryable=False) from error
        yield


def _facts(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        return {"bytes": file.stat().st_size, "sha256": hashlib.file_digest(opened, "sha256").hexdigest()}


def _spool_bytes(settings: Settings) -> int:
    return sum(file.stat().st_size for file in settings.data_dir.glob("spool*/*.spool"))


def _folder(file: Path) -> Path:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorldError(f"{file.parent} cannot be made: {error.strerror}", retryable=False) from error
    return file.parent


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _wrong(command: str, path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(f"wastenot {command}", "", str(path), "", message)])
