"""The examples in docstrings hold, in every room that has no test of its own for them."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

ROOMS = ("domain", "ingest", "config", "web", "app")


def modules() -> list[str]:
    """Return every module of these rooms."""
    return [
        found.name
        for room in ROOMS
        for found in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}.")
    ]


@pytest.mark.parametrize("name", modules())
def test_the_examples_of_a_module_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    assert sum(doctest.testmod(importlib.import_module(name)).attempted for name in modules()) >= 60
