"""How the installation does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.user import Action
from web.api.endpoint import Call, Endpoint


def health_endpoints(health: Callable[[], Mapping[str, Any]]) -> tuple[Endpoint, ...]:
    """Return the rows.

    Args:
        health: the document that /health shows.
    """

    def show(_call: Call) -> Mapping[str, Any]:
        return health()

    return (Endpoint("/health", show, Action.SEE, "How every part of this process does.", dict[str, Any]),)
