"""Options that many commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PlantFile = Annotated[
    Path | None, typer.Option("--plant", help="Plant file (default: the settings' `plant`).")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="Settings file (default: wastenot.toml).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
