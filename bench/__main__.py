"""`python -m bench`: every benchmark, one after the other; `python -m bench.NAME` runs one alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run them all; return 1 when one of them failed."""
    names = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    failed = []
    for name in names:
        print(f"\n== bench.{name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode != 0:
            failed.append(name)
    print(f"\n{len(names)} benchmarks, failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
