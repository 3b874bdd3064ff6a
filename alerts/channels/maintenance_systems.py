"""How maintenance systems take an order, and how they hear that its alert is over: requests as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a maintenance system; path and body are Jinja templates.

    Args:
        path: after the address of the settings; may name {{ order }}, the order's number.
        body: JSON; values go in by `| tojson`.
        reference: where in the answer the wanted number stands, as keys; () = it is the answer itself.
    """

    path: str
    body: str
    reference: tuple[str, ...] = ()
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class System:
    """How one maintenance system is spoken to.

    Args:
        auth: header and value; "{key}" is the API key.
        make: makes an order.
        comment: says in the order that the alert is over.
        find: asks for the order that carries our key; None = it cannot be asked.
        said: asks for what was said in the order; our mark in the answer means that it was said already.
        stage: asks for the number of the stage in which orders are done, which `close` writes.
        close: ends the order; doing it twice is as good as once.
    """

    auth: tuple[str, str]
    make: Request
    comment: Request
    find: Request | None = None
    said: Request | None = None
    stage: Request | None = None
    close: Request | None = None


_GENERIC_BODY = """{
  "event": {{ event | tojson }},
  "title": {{ title | tojson }},
  "description": {{ text | tojson }},
  "priority": {{ priority | tojson }},
  "key": {{ key | tojson }},
  "process": {{ process | tojson }},
  "resource": {{ resource | tojson }},
  "cost_per_hour": {{ cost_per_hour | tojson }},
  "cost_total": {{ cost_total | tojson }},
  "currency": {{ currency | tojson }},
  "url": {{ url | tojson }}
}"""
GENERIC = System(
    auth=("Authorization", "Bearer {key}"),
    make=Request("", _GENERIC_BODY, ("id",)),
    comment=Request("", _GENERIC_BODY.replace("{\n", '{\n  "close": {{ close | tojson }},\n', 1), ("id",)),
)
_ODOO, _DONE = "/json/2/maintenance.request", "/json/2/maintenance.stage/search_read"
#: Source: Odoo documentation, External JSON-2 API; models maintenance.request (a mail.thread) and .stage
ODOO = System(
    auth=("Authorization", "bearer {key}"),
    make=Request(
        f"{_ODOO}/create",
        """{
          "vals_list": [{
            "name": {{ (title ~ " [" ~ key ~ "]") | tojson }},
            "description": {{ text | tojson }},
            "maintenance_type": "corrective",
            "priority": {{ ["1", "2", "3"][rank] | tojson }}
            {% if asset %}, "equipment_id": {{ asset | int }}{% endif %}
          }]
        }""",
        ("0",),
    ),
    find=Request(
        f"{_ODOO}/search_read",
        """{
          "domain": [["name", "ilike", {{ ("[" ~ key ~ "]") | tojson }}]], "fields": ["id"], "limit": 1
        }""",
        ("0", "id"),
    ),
    said=Request(
        "/json/2/mail.message/search_read",
        """{
          "domain": [["model", "=", "maintenance.request"], ["res_id", "=", {{ order | int }}],
                     ["body", "ilike", {{ mark | tojson }}]],
          "fields": ["body"], "limit": 1
        }""",
    ),
    comment=Request(
        f"{_ODOO}/message_post",
        """{"ids": [{{ order | int }}], "body": {{ (title ~ "\n" ~ text ~ "\n" ~ mark) | tojson }}}""",
    ),
    stage=Request(_DONE, """{"domain": [["done", "=", true]], "fields": ["id"], "limit": 1}""", ("0", "id")),
    close=Request(
        f"{_ODOO}/write", """{"ids": [{{ order | int }}], "vals": {"stage_id": {{ stage | int }}}}"""
    ),
)
#: Source: Atlas CMMS, REST API: /work-orders, /work-orders/search, /work-orders/{id}/change-status, /comments
ATLAS = System(
    auth=("x-api-key", "{key}"),
    make=Request(
        "/work-orders",
        """{
          "title": {{ (title ~ " [" ~ key ~ "]") | tojson }},
          "description": {{ text | tojson }},
          "priority": {{ ["LOW", "MEDIUM", "HIGH"][rank] | tojson }}
          {% if asset %}, "asset": {"id": {{ asset | int }}}{% endif %}
        }""",
        ("id",),
    ),
    find=Request(
        "/work-orders/search",
        """{
          "filterFields": [
            {"field": "title", "operation": "cn", "value": {{ ("[" ~ key ~ "]") | tojson }}}
          ],
          "pageSize": 1, "pageNum": 0
        }""",
        ("content", "0", "id"),
    ),
    said=Request("/comments/search/{{ order | int }}", "{}"),
    comment=Request(
        "/comments",
        """{
          "workOrder": {"id": {{ order | int }}},
          "content": {{ (title ~ "\n" ~ text ~ "\n" ~ mark) | tojson }}
        }""",
    ),
    close=Request(
        "/work-orders/{{ order | int }}/change-status",
        """{"status": "COMPLETE", "feedback": {{ title | tojson }}}""",
        method="PATCH",
    ),
)
SYSTEMS: Mapping[str, System] = {"generic": GENERIC, "odoo": ODOO, "atlas": ATLAS}
