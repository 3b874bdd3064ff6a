"""The OpenAPI document, made from the rows that answer: it cannot say anything else than they do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from domain.user import SCOPES, Action
from web.api.parameters import REQUIRED, Parameter
from web.export import XLSX

if TYPE_CHECKING:
    from web.api.endpoint import Endpoint

VERSION = "1"
_KINDS = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
}
_PROBLEM = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_ABOUT = (
    "Everything a page shows. Send a token (`wastenot user token add`) as `Authorization: Bearer wn_...`. "
    "Lists can be had as CSV or XLSX: add `.csv` or `.xlsx` to the path."
)


def describe(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """Return the document (OpenAPI 3.1)."""
    types = [kind for one in endpoints for kind in (one.answers, one.takes) if kind is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schema_of)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Wastenot", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": _PROBLEM},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(endpoint: Endpoint, schema_of: dict[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {"application/json": {"schema": schema_of[repr(endpoint.answers)]}}
    if endpoint.item is not None:
        answers["text/csv"] = {"schema": {"type": "string"}}
        answers[XLSX] = {"schema": {"type": "string", "format": "binary"}}
    operation: dict[str, Any] = {
        "summary": endpoint.summary,
        "description": _right(endpoint.right),
        "operationId": f"{endpoint.method.lower()}{_id(endpoint.path)}",
        "parameters": [_parameter(one) for one in endpoint.parameters],
        "responses": {
            "200": {"description": "What was asked for.", "content": answers},
            "default": {
                "description": "What is wrong, and what is allowed.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if endpoint.takes is not None:
        schema = schema_of[repr(endpoint.takes)]
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return operation


def _right(right: object) -> str:
    if not isinstance(right, Action):
        return "Anybody may."
    scopes = [str(scope) for scope, actions in SCOPES.items() if right in actions]
    return (
        f"Takes the right `{right}` and a token with the scope `{'` or `'.join(scopes) or '(people only)'}`."
    )


def _id(path: str) -> str:
    words = path.replace("{", "").replace("}", "").strip("/").split("/")
    return "".join(word[:1].upper() + word[1:] for word in words)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_KINDS[parameter.kind.__name__])
    more = {
        "minimum": parameter.least,
        "maximum": parameter.most,
        "enum": list(parameter.one_of) or None,
        "default": None if parameter.default is REQUIRED else parameter.default,
    }
    return {
        "name": parameter.name,
        "in": "path" if parameter.in_path else "query",
        "required": parameter.in_path or parameter.default is REQUIRED,
        "description": parameter.about,
        "schema": schema | {key: value for key, value in more.items() if value is not None},
    }
