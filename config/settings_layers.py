"""Where settings come from: the file, the environment over it, and the files that hold secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr
from pydantic_settings import EnvSettingsSource, SettingsError

from config.problems import Fault, Loc
from config.salvage import field_at
from config.settings_schema import Settings
from config.suggest import did_you_mean, unknown

PREFIX = "WASTENOT_"
SECRET_MAX_BYTES = 65536
_SUFFIX = "_file"


@dataclass(frozen=True, slots=True)
class Layer:
    """What the environment says: tables as the file would have them, and who wrote which place."""

    tables: dict[str, Any] = field(default_factory=dict)
    names: dict[Loc, str] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)  # variable's name, message


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """Return what the WASTENOT_ variables say. Empty ones say nothing."""
    layer = Layer()
    source = EnvSettingsSource(Settings)
    for name in sorted(environ):
        if not name.upper().startswith(PREFIX) or not environ[name]:
            continue
        message = _refuse_name(name, environ[name])
        if message is not None:
            layer.faults.extend([(name, message)] if message else [])
            continue
        source.env_vars = {name.lower(): environ[name]}
        try:
            said = source()
        except SettingsError:
            layer.faults.append((name, "must be written as JSON"))
            continue
        layer.names[tuple(name[len(PREFIX) :].lower().split("__"))] = name
        _lay_over(layer.tables, said)
    return layer


def _refuse_name(name: str, value: str) -> str | None:
    """Return None for a variable of ours, "" for somebody else's, or what is wrong with its name."""
    path = name[len(PREFIX) :].lower().split("__")
    if path[0] in Settings.model_fields and (len(path) == 1 or _is_section(path[0])):
        return None
    if len(path) > 1:
        return unknown("section", path[0], [name for name in Settings.model_fields if _is_section(name)])
    return _near_miss(path[0], value)


def _near_miss(word: str, value: str) -> str:
    """Return what a name that is no key was probably meant to be; "" when it means nothing to us.

    Others may use our prefix: Kubernetes sets WASTENOT_BROKER_PORT=tcp://... for a service of that name.
    """
    if value.startswith(("tcp://", "udp://")):
        return ""
    for section in filter(_is_section, Settings.model_fields):
        key = word.removeprefix(f"{section}_")
        if key != word and key in _keys(section):
            return f"unknown key; write {PREFIX}{section.upper()}__{key.upper()}, with two underscores"
    near = did_you_mean(word, [name for name in Settings.model_fields if not _is_section(name)])
    return f"unknown key; {near}" if near and word != "data" else ""


def _is_section(name: str) -> bool:
    return _model_of(Settings.model_fields[name].annotation) is not None


def _keys(section: str) -> list[str]:
    model = field_at(Settings, (section,))
    return [found.alias or name for name, found in model.model_fields.items()]


def _lay_over(tables: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put `more` over `tables`, section by section."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(tables.get(key), dict):
            _lay_over(tables[key], value)
        else:
            tables[key] = value


def merge(tables: dict[str, Any], over: Mapping[str, Any]) -> None:
    """Put the environment's tables over the file's; a secret and its file are one thing said in two ways."""
    for section, values in over.items():
        below, model = tables.get(section), field_at(Settings, (section,))
        if isinstance(below, dict) and isinstance(values, dict):
            for secret in _secrets(model):
                if values.keys() & {secret, secret + _SUFFIX}:
                    below.pop(secret, None)
                    below.pop(secret + _SUFFIX, None)
    _lay_over(tables, over)


def read_secret_files(tables: dict[str, Any]) -> Iterator[Fault]:
    """Put the content of every secret file in its secret's place; yield a fault for each that cannot be."""
    yield from _fill(Settings, tables, ())


def _fill(model: type[BaseModel], table: dict[str, Any], loc: Loc) -> Iterator[Fault]:
    for secret in _secrets(model):
        named = table.get(secret + _SUFFIX)
        if isinstance(named, str) and named:
            place = (*loc, secret + _SUFFIX)
            if table.get(secret):
                yield Fault(place, f"{secret} is given as well: keep one of the two")
                continue
            try:
                table[secret] = read_secret(named)
            except ValueError as error:
                yield Fault(place, str(error))
    for name, found in model.model_fields.items():
        key, inner = found.alias or name, _model_of(found.annotation)
        value = table.get(key)
        if inner is not None and isinstance(value, dict):
            yield from _fill(inner, value, (*loc, key))
        elif inner is not None and isinstance(value, list):
            for position, row in enumerate(value):
                if isinstance(row, dict):
                    yield from _fill(inner, row, (*loc, key, position))


def read_secret(path: str) -> str:
    """Return a secret file's text without white space around it; raise ValueError if there is none."""
    try:
        with Path(path).expanduser().open("rb") as file:
            content = file.read(SECRET_MAX_BYTES + 1)
        secret = content.decode().strip()
    except (OSError, RuntimeError) as error:  # RuntimeError: "~" without a home
        raise ValueError(f"the secret cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except ValueError:
        raise ValueError("the secret's file is not text in UTF-8") from None
    if not secret or len(content) > SECRET_MAX_BYTES:
        raise ValueError("the secret's file is empty" if not secret else "larger than any secret is")
    return secret


def is_secret(loc: Loc) -> bool:
    """Return whether the value at a place must not be shown: a secret, or a key that nobody knows."""
    annotation = field_at(Settings, loc)
    return annotation is None or SecretStr in get_args(annotation)


def _secrets(model: Any) -> list[str]:
    if _model_of(model) is None:
        return []
    return [name for name, found in model.model_fields.items() if SecretStr in get_args(found.annotation)]


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the table class of an annotation, or of the items of a list of tables."""
    inner = next(iter(get_args(annotation)), annotation)
    return inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
