"""Dockerfile, .dockerignore and systemd units, as far as they can be judged without an engine."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.deploy.brokers import DEPLOY, ROOT
from tests.servers.process import need

UNITS = ("wastenot.service", "wastenot@.service", "wastenot-collect@.service")


def instructions(text: str) -> list[tuple[str, str]]:
    """Return a Dockerfile's instructions: word and arguments, lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(word.upper(), rest) for word, rest in found]


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    return instructions((ROOT / "Dockerfile").read_text())


def last_stage(dockerfile: list[tuple[str, str]]) -> list[tuple[str, str]]:
    start = max(i for i, (word, _) in enumerate(dockerfile) if word == "FROM")
    return dockerfile[start:]


def test_it_is_built_in_stages_from_one_pinned_python(dockerfile: list[tuple[str, str]]) -> None:
    bases = [rest.split()[0] for word, rest in dockerfile if word == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-[a-z]+", bases[0])


def test_everything_from_the_index_is_checked_by_hash(dockerfile: list[tuple[str, str]]) -> None:
    runs = [rest for word, rest in dockerfile if word == "RUN" and "pip" in rest]
    installs = [part for run in runs for part in run.split("&&") if re.search(r"pip (install|wheel)", part)]
    assert len(installs) == 4
    for install in installs:
        assert "--require-hashes" in install or "--no-deps" in install, install
        if "--require-hashes" not in install:
            assert "--no-index" in install or "--no-build-isolation" in install, install
    requirements = re.findall(r"--requirement (\S+)", " ".join(installs))
    assert requirements == ["requirements/runtime.txt", "requirements/build.txt"]
    assert all("--hash=sha256:" in (ROOT / name).read_text() for name in requirements)


def test_it_names_no_registry() -> None:
    for file in ("Dockerfile", "docker-compose.yml", ".dockerignore", ".env.example"):
        assert not re.search(r"(?:[a-z0-9-]+\.)+(?:io|org|com|dev|net)\b", (ROOT / file).read_text()), file


def test_it_runs_as_nobody_special_and_can_be_asked_for_its_health(dockerfile: list[tuple[str, str]]) -> None:
    stage = dict(last_stage(dockerfile))
    assert stage["USER"] == "10001:10001"
    assert "/health" in stage["HEALTHCHECK"]
    assert stage["ENTRYPOINT"] == '["wastenot"]'
    assert "10001" in (ROOT / "docker-compose.yml").read_text()


def test_every_room_gets_into_the_image_and_nothing_else(dockerfile: list[tuple[str, str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    rooms = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    copied = {rest.split()[0] for word, rest in dockerfile if word == "COPY" and len(rest.split()) == 2}
    assert copied - {"requirements/", "--from=build"} == rooms
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {
        name
        for word, rest in dockerfile
        if word == "COPY" and "--from" not in rest
        for name in rest.split()[:-1]
    }
    assert sources == allowed
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_compose_and_image_ask_for_health_in_the_same_way(dockerfile: list[tuple[str, str]]) -> None:
    question = "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=4)"
    assert question in dict(last_stage(dockerfile))["HEALTHCHECK"]
    assert question in (ROOT / "docker-compose.yml").read_text()


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_every_line_of_the_units(unit: str, tmp_path: Path) -> None:
    analyze = need("systemd-analyze")
    text = (DEPLOY / "systemd" / unit).read_text()
    assert "/opt/wastenot/bin/wastenot" in text
    present = text.replace("/opt/wastenot/bin/wastenot", "/bin/true")
    file = tmp_path / unit.replace("@.", "@collect.")
    file.write_text(present)
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert unit.partition(".")[0] not in done.stderr, done.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_the_units_leave_little_exposed(unit: str, tmp_path: Path) -> None:
    analyze = need("systemd-analyze")
    file = tmp_path / unit.replace("@.", "@collect.")
    file.write_text((DEPLOY / "systemd" / unit).read_text())
    argv = [analyze, "security", "--offline=yes", "--threshold=20", "--no-pager", str(file)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_scripts_can_be_run_and_are_plain_shell() -> None:
    for script in ("make-secrets.sh", "mosquitto/start.sh", "influxdb/make-tokens.sh"):
        path = DEPLOY / script
        assert os.access(path, os.X_OK), script
        assert path.read_text().startswith("#!/bin/sh\n")
        assert subprocess.run(["sh", "-n", str(path)], check=False, capture_output=True).returncode == 0


def test_git_never_sees_a_secret() -> None:
    lines = (DEPLOY / "secrets" / ".gitignore").read_text().split()
    assert lines == ["*", "!.gitignore", "!README.md"]
    made = {
        "ca.crt",
        "ca.key",
        "mosquitto.crt",
        "mosquitto.key",
        "mosquitto.passwords",
        "mosquitto.healthcheck",
    }
    readme = (DEPLOY / "secrets" / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in made)
