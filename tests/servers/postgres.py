"""A real PostgreSQL cluster of its own: initdb into a folder, own port, socket in that folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers.process import ServerProcess, free_port

USER, PASSWORD = "wastenot", "p@ss:word/1"


def _programs() -> Path:
    """Return the newest installed PostgreSQL's bin folder, or skip the test with the reason."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    path = str(found[-1]) if found else shutil.which("initdb")
    if path is None:
        pytest.skip("postgresql is not installed (Debian package; `make test` as root installs it)")
    return Path(path).parent


@dataclass
class Postgres:
    """One cluster; `server` starts, stops and kills it, on the same port and data."""

    server: ServerProcess
    programs: Path
    _made: int = field(default=0, init=False)

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        """Return the address of a database, over TCP with a password."""
        from sqlalchemy import URL

        address = URL.create("postgresql", user, password, "127.0.0.1", self.server.port, database)
        return address.render_as_string(hide_password=False)

    def stop(self) -> None:
        """End it in good order without waiting for its clients (SIGTERM would wait)."""
        os.kill(self.server.pid, signal.SIGINT)
        self.server.stop()

    def new_database(self) -> str:
        """Make a database and return its name."""
        self._made += 1
        name = f"ledger_{self._made}"
        self.sql(f'CREATE DATABASE "{name}"')
        return name

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Return what psql prints for a statement, without any code of ours in between."""
        argv = [
            str(self.programs / "psql"), "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname",
            self.url(database), "--command", statement,
        ]  # fmt: skip
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def start_postgres(folder: Path) -> Postgres:
    """Return a running cluster in `folder`; the caller stops it.

    PostgreSQL refuses to run as root, so root hands the folder over to the user postgres, who must also be
    able to walk to it: pytest's own folders are closed to him.
    """
    programs, port = _programs(), free_port()
    user = "postgres" if os.geteuid() == 0 else None
    data, words = folder / "data", folder / "password"
    words.write_text(PASSWORD, encoding="utf-8")
    if user:
        for path in (folder, words):
            shutil.chown(path, user)
    initdb = [
        str(programs / "initdb"), "--pgdata", str(data), "--username", USER, "--pwfile", str(words),
        "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync",
    ]  # fmt: skip
    done = subprocess.run(
        initdb, user=user, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    argv = [
        str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder),
        "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=32MB",
        "-c", "max_connections=40",
    ]  # fmt: skip
    postgres = Postgres(ServerProcess(argv, port, folder, user=user), programs)
    postgres.server.ready = lambda: _answers(postgres)
    postgres.server.start()
    return postgres


def _answers(postgres: Postgres) -> bool:
    """Return whether it takes queries: it listens while it still recovers."""
    argv = [str(postgres.programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(postgres.server.port)]
    return subprocess.run(argv, capture_output=True, timeout=10, check=False).returncode == 0
