"""A TOML file as plain tables, or the reason why it is not one."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from domain.errors import ConfigError, Problem

DEEPEST = 16  # tables within tables; the plant file needs four


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Return the tables of a TOML file, a byte order mark (Windows Notepad) allowed.

    Args:
        path: the file.
        what: what it is for, in the message about a missing file.

    Raises:
        ConfigError: missing, unreadable, not UTF-8, not TOML (with line and column), nested too deep.
    """
    try:
        tables = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise _refusal(path, f"{what} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _refusal(path, f"not UTF-8 at line {line}: save the file as UTF-8") from None
    except RecursionError:
        raise _refusal(path, "lists or tables are nested too deep") from None
    except ValueError as error:  # TOMLDecodeError, and numbers with too many digits
        raise _refusal(path, f"not TOML: {error}") from None
    if _too_deep(tables):
        raise _refusal(path, f"tables are nested deeper than {DEEPEST}")
    return tables


def _refusal(path: Path, message: str) -> ConfigError:
    return ConfigError([Problem(file=str(path), table="", key="", value="", message=message)])


def _too_deep(tables: dict[str, Any]) -> bool:
    """Return whether something is nested deeper than `DEEPEST`; walks level by level, never recursing."""
    level: list[Any] = [tables]
    for _ in range(DEEPEST):
        level = [item for node in level if isinstance(node, dict | list) for item in _items(node)]
    return bool(level)


def _items(node: dict[str, Any] | list[Any]) -> list[Any]:
    return list(node.values()) if isinstance(node, dict) else node
