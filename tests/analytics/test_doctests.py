"""The examples in the docstrings of modules without tests of their own are true."""

from __future__ import annotations

import doctest

import pytest

import app.replacing
from analytics import autocorrelation
from analytics.consumption import instants


@pytest.mark.parametrize("module", [autocorrelation, instants, app.replacing])
def test_the_examples_of_a_module_give_what_they_say(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted >= 1
    assert done.failed == 0
