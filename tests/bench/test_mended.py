"""The bench of losses that are mended: it counts what it says, and runs to its end."""

from __future__ import annotations

import pytest

from bench.mended import LOSSES, main


def test_losses_are_found_and_seen_to_be_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--streams", "1", "--interval", "3600", "--jobs", "1"]) == 0
    streams, _, *rows, seconds = capsys.readouterr().out.splitlines()
    assert streams == "1 streams"
    assert seconds.endswith(" s")
    assert len(rows) == len(LOSSES)
    for row in rows:
        losses, found, early, median, most, last = (float(one) for one in row.split()[-6:])
        assert losses == 9
        assert 0 < found <= losses
        assert early <= 1
        assert 1 <= median <= most <= last
        assert median < 120
