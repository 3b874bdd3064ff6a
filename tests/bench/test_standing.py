"""The bench of losses that nobody mends: it counts what it says, and runs to its end."""

from __future__ import annotations

import pytest

from bench.standing import LOSSES, main


def test_each_loss_of_a_stream_is_told_and_hardly_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seeds", "1", "--streams", "1", "--jobs", "1"]) == 0
    head, _, *rows, seconds = capsys.readouterr().out.splitlines()
    assert head.startswith("1 streams")
    assert seconds.endswith(" s")
    most = {row.rsplit(maxsplit=3)[0]: int(row.split()[-2]) for row in rows}
    assert most.pop("none") == 0
    assert len(most) == len(LOSSES)
    assert all(1 <= count <= 3 for count in most.values())
