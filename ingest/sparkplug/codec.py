"""The protobuf payload of Sparkplug B, its descriptor built in code, and its metrics' values.

Source: Eclipse Sparkplug 3.0.0, 6.4 (payload, data types). Texts are read as bytes, and data sets and
templates are not looked into, so that neither a wrong letter nor a nest of templates costs a whole message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, EncodeError
from google.protobuf.message_factory import GetMessageClass
from msgspec import UNSET

from ingest.rows import Unreadable

MOST_METRICS = 10_000  # of one message
MOST_NAME_BYTES = 1024
_PACKAGE = "wastenot.sparkplug"
_SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
_UNSIGNED = {5, 6, 7, 8}
#: data types that are no quantity -> what a refusal says (6.4.16)
_NO_QUANTITY = {
    13: "a DateTime", 15: "a UUID", 16: "a DataSet", 17: "Bytes", 18: "a File", 19: "a Template",
    20: "a PropertySet", 21: "a PropertySetList",
}  # fmt: skip
#: property names under which edge nodes give a unit; the specification names none
_UNIT_KEYS = {"engunit", "engineeringunits", "engineering units", "unit", "units"}

_U32, _U64, _BOOL, _BYTES = Field.TYPE_UINT32, Field.TYPE_UINT64, Field.TYPE_BOOL, Field.TYPE_BYTES
_FLOAT, _DOUBLE = Field.TYPE_FLOAT, Field.TYPE_DOUBLE
_ONE, _MANY = Field.LABEL_OPTIONAL, Field.LABEL_REPEATED
#: message -> (field, number, type or message, one or many)
_MESSAGES: dict[str, tuple[tuple[str, int, Any, Any], ...]] = {
    "PropertyValue": (("type", 1, _U32, _ONE), ("string_value", 8, _BYTES, _ONE)),
    "PropertySet": (("keys", 1, _BYTES, _MANY), ("values", 2, "PropertyValue", _MANY)),
    "Metric": (
        ("name", 1, _BYTES, _ONE), ("alias", 2, _U64, _ONE), ("timestamp", 3, _U64, _ONE),
        ("datatype", 4, _U32, _ONE), ("is_historical", 5, _BOOL, _ONE), ("is_transient", 6, _BOOL, _ONE),
        ("is_null", 7, _BOOL, _ONE), ("properties", 9, "PropertySet", _ONE), ("int_value", 10, _U32, _ONE),
        ("long_value", 11, _U64, _ONE), ("float_value", 12, _FLOAT, _ONE),
        ("double_value", 13, _DOUBLE, _ONE), ("boolean_value", 14, _BOOL, _ONE),
        ("string_value", 15, _BYTES, _ONE),
        ("bytes_value", 16, _BYTES, _ONE), ("dataset_value", 17, _BYTES, _ONE),
        ("template_value", 18, _BYTES, _ONE),
    ),
    "Payload": (("timestamp", 1, _U64, _ONE), ("metrics", 2, "Metric", _MANY), ("seq", 3, _U64, _ONE)),
}  # fmt: skip
_INTEGERS = ("int_value", "long_value")
_OTHERS = ("float_value", "double_value", "boolean_value")
_OPAQUE = {"bytes_value": "Bytes", "dataset_value": "a DataSet", "template_value": "a Template"}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a message. What it does not say is None, or 0 for the data type."""

    name: str | None
    alias: int | None
    time_ms: int | None
    datatype: int
    historical: bool
    transient: bool
    null: bool
    unit: str  # of its properties; "" where they give none
    integer: int | None  # as sent: signed ones as two's complement
    other: object  # any other value; UNSET where there is none

    def value(self, datatype: int) -> object:
        """Return the value as this data type means it; a text for what is no quantity, UNSET for nothing."""
        if datatype in _NO_QUANTITY:
            return _NO_QUANTITY[datatype]
        if self.integer is None:
            return self.other
        if datatype in _UNSIGNED:
            return self.integer
        if datatype not in _SIGNED_BITS:
            return f"an integer of data type {datatype}"
        bits = _SIGNED_BITS[datatype]
        low = self.integer & ((1 << bits) - 1)
        return low - (1 << bits) if low >> (bits - 1) else low


@dataclass(frozen=True, slots=True)
class Payload:
    """One message."""

    time_ms: int | None
    seq: int | None
    metrics: tuple[Metric, ...]
    unnamed: int  # metrics whose name is not UTF-8 or too long to keep


def is_clear(metric: Metric) -> bool:
    """Return whether a metric says by itself what its value is: an integer may be a negative one."""
    return metric.integer is None or metric.datatype in _SIGNED_BITS or metric.datatype in _UNSIGNED


def decode(payload: bytes) -> Payload:
    """Return what a message says; raise Unreadable where it is no Sparkplug payload.

    >>> decode(b"?")
    Traceback (most recent call last):
    ingest.rows.Unreadable: not a Sparkplug B payload
    """
    message = _PAYLOAD()
    try:
        message.ParseFromString(payload)
    except DecodeError:
        raise Unreadable("not a Sparkplug B payload") from None
    if len(message.metrics) > MOST_METRICS:
        raise Unreadable(f"{len(message.metrics)} metrics, {MOST_METRICS} at most")
    metrics = tuple(_metrics(message.metrics))
    return Payload(
        message.timestamp if message.HasField("timestamp") else None,
        message.seq if message.HasField("seq") else None,
        metrics,
        len(message.metrics) - len(metrics),
    )


def encode(time_ms: int, metrics: Sequence[dict[str, Any]], seq: int | None = None) -> bytes:
    """Return a message; a metric is its fields by their names in the specification.

    Raises:
        ValueError: a field is unknown or its value does not fit.

    >>> decode(encode(1, [{"alias": 7, "datatype": 3, "int_value": 2**32 - 5}])).metrics[0].value(3)
    -5
    """
    message = _PAYLOAD(timestamp=time_ms)
    if seq is not None:
        message.seq = seq
    try:
        for fields in metrics:
            message.metrics.add(**{key: _written(value) for key, value in fields.items()})
        encoded: bytes = message.SerializeToString()
    except (TypeError, EncodeError) as error:
        raise ValueError(str(error)) from error
    return encoded


def _written(value: Any) -> Any:
    return value.encode() if isinstance(value, str) else value


def _metrics(messages: Iterable[Any]) -> Iterator[Metric]:
    """Yield the metrics whose names can be kept."""
    for message in messages:
        name = _text(message.name) if message.HasField("name") else None
        if name is None and message.HasField("name"):
            continue
        yield Metric(
            name=name or None,
            alias=message.alias if message.HasField("alias") else None,
            time_ms=message.timestamp if message.HasField("timestamp") else None,
            datatype=message.datatype,
            historical=message.is_historical,
            transient=message.is_transient,
            null=message.is_null,
            unit=_unit(message.properties) if message.HasField("properties") else "",
            integer=_first(message, _INTEGERS),
            other=_other(message),
        )


def _first(message: Any, names: Iterable[str]) -> Any:
    return next((getattr(message, name) for name in names if message.HasField(name)), None)


def _other(message: Any) -> object:
    value = _first(message, _OTHERS)
    if value is not None:
        return value
    if message.HasField("string_value"):
        return message.string_value[:MOST_NAME_BYTES].decode("utf-8", "replace")
    return next((words for name, words in _OPAQUE.items() if message.HasField(name)), UNSET)


def _unit(properties: Any) -> str:
    for key, value in zip(properties.keys, properties.values, strict=False):
        if (_text(key) or "").lower() in _UNIT_KEYS:
            return _text(value.string_value) or ""
    return ""


def _text(written: bytes) -> str | None:
    """Return a text that is worth keeping, None for one that is too long or not UTF-8."""
    if len(written) > MOST_NAME_BYTES:
        return None
    try:
        return written.decode()
    except UnicodeDecodeError:
        return None


def _payload_class() -> Any:
    """Return the message class: proto2, since whether a field is there matters."""
    file = FileDescriptorProto(name="wastenot/sparkplug_b.proto", package=_PACKAGE, syntax="proto2")
    for name, rows in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, kind, label in rows:
            added = message.field.add(name=field, number=number, label=label)
            if isinstance(kind, str):
                added.type, added.type_name = Field.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
            else:
                added.type = kind
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Payload"))


_PAYLOAD = _payload_class()
