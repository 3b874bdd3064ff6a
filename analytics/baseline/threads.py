"""Linear algebra on one thread."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np

#: the prefixes and suffixes that builds of OpenBLAS give to their functions; numpy's own wheels first
NAMES = (("scipy_openblas", "64_"), ("openblas", "64_"), ("openblas", ""))


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep OpenBLAS from using several threads inside the block; without OpenBLAS, do nothing.

    Our matrices are small: a few hundred columns. Threads that wait for each other in a busy loop gain
    nothing on an idle machine; on a busy one of two cores they made a fit cost 2.6 s of CPU, not 0.2 s.
    """
    functions = _thread_functions()
    if functions is None:
        yield
        return
    get, put = functions
    before = get()
    put(1)
    try:
        yield
    finally:
        put(before)


@lru_cache(maxsize=1)
def _thread_functions() -> tuple[ctypes._NamedFuncPointer, ctypes._NamedFuncPointer] | None:
    """Return the functions that read and set the number of threads of numpy's OpenBLAS, if it has one."""
    package = Path(np.__file__).parent
    for path in (*package.parent.glob("numpy.libs/*openblas*"), *package.glob(".dylibs/*openblas*")):
        library = ctypes.CDLL(str(path))
        for prefix, suffix in NAMES:
            names = (f"{prefix}_get_num_threads{suffix}", f"{prefix}_set_num_threads{suffix}")
            if all(hasattr(library, name) for name in names):
                return getattr(library, names[0]), getattr(library, names[1])
    return None
