"""What we ship of others is what its list says, with licences; nothing of ours asks another machine."""

from __future__ import annotations

import re
import tomllib
from hashlib import sha512
from importlib.resources import files
from pathlib import Path

from web.static_files import static_files

ROOM = Path(str(files("web")))
VENDOR = ROOM / "static" / "vendor"
#: names of things, never fetched
NAMES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
MOST_SCRIPT_BYTES = 120_000


def test_vendored_files_are_those_of_the_list_and_each_package_has_its_licence() -> None:
    packages = tomllib.loads((VENDOR / "VENDOR.toml").read_text())["package"]
    listed = {name: digest for package in packages for name, digest in package["sha512"].items()}
    there = {path.name for path in VENDOR.iterdir()} - {"VENDOR.toml"}
    assert set(listed) == there
    for name, digest in listed.items():
        assert sha512((VENDOR / name).read_bytes()).hexdigest() == digest, name
    for package in packages:
        assert package["version"]
        assert package["licence"] in {"BSD-0-Clause", "0BSD", "MIT"}
        assert any("LICENSE" in name for name in package["sha512"])


def test_nothing_of_ours_names_another_machine() -> None:
    ours = [*(ROOM / "templates").rglob("*"), *(ROOM / "static").glob("*.*")]
    for path in ours:
        if path.is_file():
            found = [
                url for url in re.findall(r"https?://[^\s\"'<>)]*", path.read_text()) if url not in NAMES
            ]
            assert found == [], path.name


def test_no_template_holds_script_or_style_that_the_policy_forbids() -> None:
    for path in (ROOM / "templates").rglob("*.html"):
        text = path.read_text()
        text = text.replace('<script type="application/json"', "")  # data: no browser runs it
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on", text) == [], path.name


def test_all_scripts_together_are_small() -> None:
    scripts = [file for name, file in static_files().items() if name.endswith(".js")]
    assert len(scripts) >= 4
    assert sum(len(file.content) for file in scripts) <= MOST_SCRIPT_BYTES
