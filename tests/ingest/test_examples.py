"""The examples in the docstrings are true."""

import doctest
import importlib

import pytest

MODULES = ["frames", "json_fields", "payload", "records", "rows", "times", "topics"]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"ingest.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
