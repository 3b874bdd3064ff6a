"""The examples in the docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import alerts

MODULES = sorted(module.name for module in pkgutil.walk_packages(alerts.__path__, "alerts."))


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_give_what_they_say(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples_to_check() -> None:
    found = [importlib.import_module(name) for name in MODULES]
    assert sum(doctest.testmod(module).attempted for module in found) >= 5
