"""Which tests show that which fault is survived: `python -m tests.faults.covered` lists them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parents[1]
FAULTS = range(1, 39)


def covered(folder: Path = HERE) -> dict[int, list[str]]:
    """Return "file::test" of every test that carries `@pytest.mark.fault(number, ...)`, by number."""
    found = defaultdict(list)
    for file in sorted(folder.rglob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in _numbers(node):
                    found[number].append(f"{file.relative_to(folder.parent)}::{node.name}")
    return dict(found)


def _numbers(test: ast.FunctionDef) -> Iterator[int]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
            yield from (ast.literal_eval(argument) for argument in mark.args)


def main() -> None:
    """Print every fault with its tests."""
    tests = covered()
    for number in FAULTS:
        print(f"{number:2}", *tests.get(number, ["none"]), sep="\n   ")


if __name__ == "__main__":
    main()
