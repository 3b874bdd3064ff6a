"""Files that are no TOML are refused with the place and the reason, whatever is in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.toml_file import read_toml
from domain.errors import ConfigError


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_toml(path, "the plant file")
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    return problem.message


def written(folder: Path, content: bytes) -> Path:
    path = folder / "plant.toml"
    path.write_bytes(content)
    return path


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.toml") == "the plant file cannot be read: No such file or directory"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "Is a directory" in refusal(tmp_path)


def test_wrong_toml_is_told_with_line_and_column(tmp_path: Path) -> None:
    message = refusal(written(tmp_path, b'[plant]\nname = "x\n'))
    assert message.startswith("not TOML")
    assert "line 2, column" in message


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, b'a = 1\nb = "\xff"\n')) == "not UTF-8 at line 2: save the file as UTF-8"


def test_a_byte_order_mark_of_windows_is_taken(tmp_path: Path) -> None:
    assert read_toml(written(tmp_path, b"\xef\xbb\xbfa = 1\r\n"), "it") == {"a": 1}


@pytest.mark.parametrize(
    "content",
    [
        b"a = " + b"[" * 100_000,
        b"a = " + b"[" * 200 + b"]" * 200,
        b".".join([b"a"] * 5000) + b" = 1",
        b"a = " + b"9" * 5000,
        b"a = 2026-13-45",
    ],
    ids=["endless", "lists", "dotted", "digits", "date"],
)
def test_nothing_in_a_file_brings_the_reader_down(tmp_path: Path, content: bytes) -> None:
    assert refusal(written(tmp_path, content))
