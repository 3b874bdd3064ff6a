"""The settings of this installation: file, environment and secret files, checked completely."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from config.problems import HIDDEN, Fault, Loc, show, tell, without_repeats
from config.salvage import salvage
from config.settings_check import check_settings
from config.settings_layers import Layer, environment_layer, is_secret, merge, read_secret_files
from config.settings_schema import Settings
from config.suggest import unknown
from config.toml_file import read_toml
from domain.errors import ConfigError, Problem

__all__ = ["DEFAULT_FILE", "Settings", "load_settings"]

DEFAULT_FILE = Path("wastenot.toml")
ENVIRONMENT = "environment"
#: keys that decide which others are needed
CHOICES = ("mode", "store", "dialect", "kind", "tls")


def load_settings(path: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings; later ones win: defaults, the file, WASTENOT_<SECTION>__<KEY> variables.

    Args:
        path: the settings file; ./wastenot.toml when not given, if there is one.
        environ: the environment; the process's own when not given.

    Raises:
        ConfigError: with every problem of file and environment at once. Secrets are never shown.
    """
    file = path or DEFAULT_FILE
    written = read_toml(file, "the settings file") if path is not None or file.exists() else {}
    over = environment_layer(os.environ if environ is None else environ)
    tables = copy.deepcopy(written)
    merge(tables, over.tables)
    shown = copy.deepcopy(tables)
    faults = [*_private_keys(tables), *read_secret_files(tables)]
    settings, broken = salvage(Settings, tables)
    faults += without_repeats(faults, broken)
    faults += without_repeats(faults, _decided(check_settings(settings), faults))
    if faults or over.faults:
        raise ConfigError(_problems(str(file), shown, faults, over))
    return settings


def _decided(found: Iterable[Fault], broken: Iterable[Fault]) -> list[Fault]:
    """Return cross-check faults without those of a table whose choice is broken: the rules hang on it."""
    undecided = {fault.loc[:-1] for fault in broken if fault.loc[-1] in CHOICES}
    return [fault for fault in found if fault.loc[:-1] not in undecided]


def _private_keys(tables: dict[str, Any]) -> Iterable[Fault]:
    """Take out top-level keys that pydantic-settings would read as its own arguments."""
    for key in [key for key in tables if key.startswith("_")]:
        del tables[key]
        yield Fault((key,), unknown("key", key, Settings.model_fields))


def _problems(file: str, tables: dict[str, Any], faults: Iterable[Fault], over: Layer) -> list[Problem]:
    """Return the faults as problems of the file or, where a variable is to blame, of the environment."""
    in_file, in_environment = [], []
    for fault in faults:
        variable = _variable(fault.loc, over)
        if variable is None:
            in_file.append(fault)
        else:
            value = _at(tables, fault.loc)
            told = "" if value is None else HIDDEN if _hidden(tables, fault.loc) else show(value)
            in_environment.append(Problem(ENVIRONMENT, "", variable, told, fault.message))
    misnamed = [Problem(ENVIRONMENT, "", name, "", message) for name, message in over.faults]
    return [
        *tell(file, tables, in_file, lambda loc: _hidden(tables, loc)),
        *sorted([*in_environment, *misnamed], key=lambda problem: problem.key),
    ]


def _variable(loc: Loc, over: Layer) -> str | None:
    """Return the variable that wrote the value at a place, with the rest of the way, or None."""
    for length in range(len(loc), 0, -1):
        name = over.names.get(loc[:length])
        if name is not None:
            return ".".join([name, *(str(part) for part in loc[length:])])
    return None


def _hidden(tables: dict[str, Any], loc: Loc) -> bool:
    """Return whether a value is secret. A secret written where its file's path belongs stays hidden, too."""
    key, value = str(loc[-1]), _at(tables, loc)
    if key.endswith("_file") and isinstance(value, str):
        return not value.startswith(("/", "./", "../", "~/")) or "=" in value
    return is_secret(loc)


def _at(tables: Any, loc: Loc) -> Any:
    for part in loc:
        inside = isinstance(tables, dict) and part in tables
        if not inside and not (isinstance(tables, list) and isinstance(part, int) and part < len(tables)):
            return None
        tables = tables[part]
    return tables
