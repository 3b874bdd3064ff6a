"""What every part of a ledger transaction does its verbs with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from sqlalchemy import CursorResult, Executable, Select


class Verbs(ABC):
    """A part of SqlTx."""

    _dialect: str

    @abstractmethod
    def _rows(self, question: Select[Any]) -> list[dict[str, Any]]: ...

    @abstractmethod
    def _run(self, statement: Executable) -> CursorResult[Any]: ...
