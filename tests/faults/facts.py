"""What the kernel says about a process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

MB = 1e6


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What a process holds at this moment."""

    rss_bytes: int
    threads: int
    files: int


def facts(pid: int) -> ProcessFacts:
    """Return what a process holds."""
    home = Path("/proc") / str(pid)
    status = (home / "status").read_text()
    rss = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    assert rss is not None
    return ProcessFacts(
        int(rss[1]) * 1024, len(list((home / "task").iterdir())), len(list((home / "fd").iterdir()))
    )
