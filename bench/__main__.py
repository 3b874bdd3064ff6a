"""`python -m bench`: every benchmark, one after the other; `python -m bench.NAME` runs one alone.

Of `bench.ingest` the quick part alone: side by side with its peers it takes as long as you let it.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Run them all; return 1 when one of them failed."""
    runs = [[path.stem] for path in HERE.glob("[a-z]*.py")] + [["ingest", "micro"]]
    failed = []
    for name, *arguments in sorted(runs):
        print(f"\n== bench.{name}", flush=True)
        command = [sys.executable, "-m", f"bench.{name}", *arguments]
        if subprocess.run(command, check=False).returncode != 0:
            failed.append(name)
    print(f"\n{len(runs)} benchmarks, failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
