"""The kinds of value that keys of the settings have: durations, sizes, secrets, hosts, names."""

from __future__ import annotations

import re
from datetime import time
from ipaddress import ip_address, ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ByteSize, ConfigDict, Field, SecretStr

from config.dates import parse_clock, parse_clock_end
from config.durations import LONGEST_S, parse_duration
from config.salvage import Row
from domain.silence import Matcher, parse_matcher

_SHORT_NAME = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
)  # it becomes part of a client id and of a folder's name


def _parse_seconds(written: object) -> object:
    """Return seconds: of a text with a unit, or of a bare number."""
    if isinstance(written, str):
        try:
            return float(written)
        except ValueError:
            return parse_duration(written)
    return written


def _parse_keep(written: object) -> object:
    """Return seconds, or None for what is kept for ever."""
    return None if written in {"forever", None} else _parse_seconds(written)


def _parse_secret(written: object) -> object:
    return None if written == "" else written


def parse_protocol(written: object) -> object:
    return str(written) if type(written) is int else written


def parse_websocket(written: str) -> str:
    if written and (not written.startswith("/") or written.strip() != written):
        raise ValueError('write the path alone, such as "/mqtt"; host, port and tls have keys of their own')
    return written


def parse_short_name(written: str) -> str:
    if not _SHORT_NAME.fullmatch(written):
        raise ValueError("a name has 1 to 32 letters, digits, - or _")
    return written


def _parse_host(written: str) -> str:
    if "/" in written or "@" in written or written.strip() != written:
        raise ValueError(
            'write the host alone, such as "mqtt.plant.lan"; port, user and tls have keys of their own'
        )
    return written


def _parse_web_url(written: str) -> str:
    if not written:
        return written
    scheme, separator, rest = written.partition("://")
    if scheme not in {"http", "https"} or not separator or not rest.strip("/"):
        raise ValueError('must be a URL such as "http://influxdb:8086"')
    if "@" in rest.split("/")[0]:
        raise ValueError("a URL holds no user and password: they have keys of their own")
    return written.rstrip("/")


def parse_network(written: str) -> str:
    """Return an address or a network in its usual spelling."""
    try:
        return str(ip_network(written, strict=False)) if "/" in written else str(ip_address(written))
    except ValueError as wrong:
        raise ValueError('must be an address or a network, such as "172.18.0.0/16"') from wrong


def _parse_matcher(written: object) -> object:
    return parse_matcher(written) if isinstance(written, str) else written


def _parse_hours(written: object) -> object:
    """Return the two times of day of "22:00-06:00"; None for "": no such hours."""
    if not isinstance(written, str):
        return written
    if not written:
        return None
    start, dash, end = written.partition("-")
    if not dash:
        raise ValueError('write from and to, such as "22:00-06:00"')
    return parse_clock(start.strip()), parse_clock_end(end.strip())


def _parse_language(written: object) -> object:
    return None if written == "" else written


def _at_least_one(size: ByteSize) -> ByteSize:
    if not 1 <= size <= 2**50:
        raise ValueError("must be at least 1 byte and at most 1 PiB")
    return size


Seconds = Annotated[float, Field(ge=0, le=LONGEST_S), BeforeValidator(_parse_seconds)]
Cadence = Annotated[float, Field(gt=0, le=LONGEST_S), BeforeValidator(_parse_seconds)]
Keep = Annotated[float | None, Field(gt=0, le=LONGEST_S), BeforeValidator(_parse_keep)]
Secret = Annotated[SecretStr | None, BeforeValidator(_parse_secret)]
Size = Annotated[ByteSize, AfterValidator(_at_least_one)]
Clock = Annotated[time, BeforeValidator(parse_clock)]
Host = Annotated[str, AfterValidator(_parse_host)]
WebUrl = Annotated[str, AfterValidator(_parse_web_url)]
Name = Annotated[str, Field(min_length=1, max_length=128)]
Matchers = tuple[Annotated[Matcher, BeforeValidator(_parse_matcher)], ...]
Hours = Annotated[tuple[time, time] | None, BeforeValidator(_parse_hours)]
Language = Annotated[Literal["vi", "en"] | None, BeforeValidator(_parse_language)]
Role = Literal["operator", "maintenance", "energy_manager", "admin"]
Level = Literal["info", "warning", "critical"]


class Section(Row):
    """A section: values may come as text from the environment, so numbers are read from text too."""

    model_config = ConfigDict(strict=False, validate_by_name=True, validate_by_alias=True)
