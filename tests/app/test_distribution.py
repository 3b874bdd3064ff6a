"""The rooms have generic names: each must resolve inside our own distribution."""

from __future__ import annotations

import ast
import functools
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("domain", "ingest", "store", "analytics", "alerts", "config", "web", "app")


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_resolves_inside_our_own_distribution(room: str) -> None:
    spec = importlib.util.find_spec(room)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).resolve().parent == ROOT / room


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_for_and_re_exports_nothing(room: str) -> None:
    lines = (ROOT / room / "__init__.py").read_text().strip()
    assert lines.startswith('"""')
    assert "import" not in lines.rpartition('"""')[2]
    assert lines.endswith('"""')


def test_a_collector_does_not_load_the_online_models() -> None:
    code = "import app.process, sys; print(sorted({'river', 'scipy', 'apprise'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_no_file_names_a_package_registry() -> None:
    hosts = ("pypi" + ".org", "python" + "hosted.org", "registry." + "npmjs")
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=False, cwd=ROOT)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    for name in listed.stdout.split():
        path = ROOT / name
        if path.is_file():
            text = path.read_text(errors="replace")
            assert not any(host in text for host in hosts), name


#: a library -> the only files that import it
HOMES = {
    "paho": ("ingest/mqtt.py",),
    "influxdb_client": ("store/influx",),
    "sqlalchemy": ("store/",),
    "alembic": ("store/",),
    "apscheduler": ("app/schedule.py",),
    "apprise": ("alerts/channels/apprise.py",),
    "amqtt": ("ingest/broker.py",),
    "river": ("analytics/drift/", "analytics/provisional/"),
    "uvicorn": ("app/http.py",),
    "starlette": ("web/", "app/http.py", "app/pages.py", "app/process.py", "app/alert_routes.py"),
    "argon2": ("app/passwords.py",),
    "prometheus_client": ("app/http.py", "app/metrics.py"),
}


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Return the top-level packages that a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return frozenset(names)


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_in_its_one_home(library: str) -> None:
    users = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if library in imported(path)
    ]
    assert users, "nobody uses it: take it out of the table"
    assert [user for user in users if not user.startswith(HOMES[library])] == []
