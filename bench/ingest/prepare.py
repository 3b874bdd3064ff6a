"""Install what the peers need: their Python packages into a venv of their own, Node-RED by npm."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from bench.ingest.collectors import (
    CACHE,
    NODE_MODULES,
    PEER_PYTHON,
    Collector,
    npm_version,
    package_version,
)
from bench.ingest.processes import HarnessError
from bench.ingest.servers import find_program


def prepare(collectors: Sequence[Collector]) -> None:
    """Install what is missing, and print what became of it; a package that cannot be had stops nothing."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for package in sorted({package for one in collectors for package in one.packages}):
        print(f"{package:28}{package_version(package) or _install_python(package)}")
    for package in sorted({package for one in collectors for package in one.npm}):
        print(f"{package:28}{npm_version(package) or _install_npm(package)}")


def _install_python(package: str) -> str:
    """Return the version that was installed, or why none was."""
    if not PEER_PYTHON.exists():
        failed = _run([sys.executable, "-m", "venv", str(PEER_PYTHON.parents[1])])
        if failed:
            return failed
    install = [str(PEER_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
    return _run(install) or package_version(package)


def _install_npm(package: str) -> str:
    """Return the version that was installed, or why none was."""
    try:
        npm = find_program("npm")
    except HarnessError as error:
        return str(error)
    NODE_MODULES.parent.mkdir(parents=True, exist_ok=True)
    install = [npm, "install", "--prefix", str(NODE_MODULES.parent), "--no-audit", "--no-fund", package]
    return _run(install) or npm_version(package)


def _run(argv: Sequence[str]) -> str:
    """Return "" when a command has done its work, else the last of what it says."""
    print(f"... {' '.join(argv[1:])}", file=sys.stderr, flush=True)
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    said = (done.stderr or done.stdout).strip().splitlines()
    return "" if done.returncode == 0 else f"failed: {said[-1] if said else done.returncode}"
