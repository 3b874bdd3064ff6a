"""Call `wastenot` commands in this process: as they are run, without the start of a process for each."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from app.cli import main


@dataclass(frozen=True, slots=True)
class Called:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


def call(*arguments: str | Path) -> Called:
    """Return a finished command with its output."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    environ = {key: value for key, value in os.environ.items() if not key.startswith("WASTENOT_")}
    with (
        patch.object(sys, "argv", ["wastenot", *map(str, arguments)]),
        patch.dict(os.environ, environ | {"COLUMNS": "180"}, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Called(code, out.getvalue(), err.getvalue())
