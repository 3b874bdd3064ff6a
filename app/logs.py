"""Structured logs: event names with key-values, one JSON line or one console line each, on standard error."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer


def configure_logs(fmt: str = "console", level: str = "info") -> None:
    """Send every room's events to standard error as `console` or `json` lines, from `level` up."""
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if fmt == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _tracebacks() if fmt == "json" else structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _quieten_libraries()


def _tracebacks() -> structlog.typing.Processor:
    """Return what writes a fault's way; never the values on it, among which may be a password."""
    return ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


def _quieten_libraries() -> None:
    """Keep libraries' own chatter out of our log: their trouble reaches it as our events."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    for name in (
        "apscheduler",
        "apprise",
        "alembic",
        "uvicorn",
        "transitions",
        "amqtt",
        "urllib3",
        "influxdb_client",
    ):
        logging.getLogger(name).setLevel(logging.ERROR)
