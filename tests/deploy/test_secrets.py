"""deploy/make-secrets.sh and the InfluxDB token step: random, closed, never overwritten, repeatable."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from tests.deploy.brokers import DEPLOY, make_secrets


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its relative name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of fresh secrets that tests only look at."""
    folder = tmp_path_factory.mktemp("made") / "secrets"
    done = make_secrets("--out", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_every_secret_is_made_random_and_long(made: Path, tmp_path: Path) -> None:
    one, two = made, tmp_path / "two"
    assert make_secrets("--out", str(two)).returncode == 0
    first, second = everything(one), everything(two)
    assert first.keys() == second.keys()
    assert not {name for name in first if first[name] == second[name]}
    passwords = [
        content for name, content in first.items() if name.startswith(("mqtt/", "influx_", "postgres_"))
    ]
    assert len(set(passwords)) == len(passwords) > 12
    assert all(re.fullmatch(rb"[0-9a-f]{48}\n", content) for content in passwords)


def test_the_folder_is_closed_and_the_authoritys_key_as_well(made: Path) -> None:
    out = made
    modes = {str(p.relative_to(out)): stat.S_IMODE(p.stat().st_mode) for p in out.rglob("*")}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert modes.pop("ca.key") == 0o400
    assert modes.pop("mqtt") == 0o700
    assert set(modes.values()) == {0o444}


def test_no_password_stands_in_the_brokers_file(made: Path) -> None:
    out = made
    hashed = (out / "mosquitto.passwords").read_text()
    users = [line.partition(":")[0] for line in hashed.splitlines()]
    assert users == [line.split()[1] for line in _acl().splitlines() if line.startswith("user ")]
    for user in users:
        assert (out / "mqtt" / user).read_text().strip() not in hashed
    assert all(line.partition(":")[2].startswith("$7$") for line in hashed.splitlines())


def test_nothing_is_overwritten(made: Path) -> None:
    out = made
    before = everything(out)
    again = make_secrets("--out", str(out))
    assert again.returncode == 1
    assert "never overwritten" in again.stderr
    assert everything(out) == before


def test_a_failure_leaves_nothing_half_made(tmp_path: Path) -> None:
    out, acl = tmp_path / "secrets", tmp_path / "acl"
    acl.write_text("user healthcheck\nuser ../evil\n")
    failed = make_secrets("--out", str(out), "--acl", str(acl))
    assert failed.returncode == 1
    assert "../evil" in failed.stderr
    assert everything(out) == {}
    assert make_secrets("--out", str(out)).returncode == 0


def test_a_new_user_gets_a_password_and_the_others_keep_theirs(tmp_path: Path) -> None:
    out, acl = tmp_path / "secrets", tmp_path / "acl"
    acl.write_text(_acl())
    make_secrets("--out", str(out), "--acl", str(acl))
    before = everything(out)
    acl.write_text(_acl() + "\nuser line-weaving\ntopic write plant/weaving/#\n")
    added = make_secrets("--out", str(out), "--acl", str(acl), "--add-users")
    assert added.returncode == 0, added.stderr
    after = everything(out)
    assert after.keys() - before.keys() == {"mqtt/line-weaving"}
    assert {name for name in before if before[name] != after[name]} == {"mosquitto.passwords"}
    assert "line-weaving:$7$" in (out / "mosquitto.passwords").read_text()


def test_a_renewed_certificate_is_of_the_same_authority(tmp_path: Path) -> None:
    out = tmp_path / "secrets"
    make_secrets("--out", str(out))
    before = everything(out)
    renewed = make_secrets("--out", str(out), "--renew", "--host", "10.1.2.3", "--host", "mqtt.plant.lan")
    assert renewed.returncode == 0, renewed.stderr
    after = everything(out)
    assert {n for n in before if before[n] != after[n]} == {"mosquitto.crt", "mosquitto.key"}
    argv = ["openssl", "verify", "-CAfile", str(out / "ca.crt"), "-verify_ip", "10.1.2.3"]
    assert (
        subprocess.run([*argv, str(out / "mosquitto.crt")], check=False, capture_output=True).returncode == 0
    )


def test_a_wrong_option_is_said(tmp_path: Path) -> None:
    wrong = make_secrets("--out", str(tmp_path / "s"), "--hots", "x")
    assert wrong.returncode == 1
    assert "--hots" in wrong.stderr
    assert not (tmp_path / "s").exists()


INFLUX = r"""#!/bin/sh
# Answers like the influx command line: tables without headers in columns, one object as indented JSON.
set -eu
state=$(dirname "$0")/state
touch "$state"
echo "$*" >>"$(dirname "$0")/asked"
[ "${INFLUX_TOKEN:-}" = operator ] || { echo "unauthorized" >&2; exit 1; }
case "$1 ${2:-}" in
    "ping ") echo OK ;;
    "bucket list") [ "$4" = wastenot ] && printf 'b0b0\twastenot\tinfinite\t168h0m0s\to0o0\timplicit\n' ;;
    "auth list") cat "$state" ;;
    "auth delete") grep -v "^$4" "$state" >"$state.new" || true; mv "$state.new" "$state" ;;
    "auth create")
        id=$(wc -l <"$(dirname "$0")/asked")
        printf '%s\t%s\t\toperator\tu0u0\t[%s:orgs/o0o0/buckets/%s]\n' "$id" "$4" "$5" "$6" >>"$state"
        printf '{\n\t"id": "%s",\n\t"token": "t-%s-%s==",\n\t"status": "active"\n}\n' "$id" "$4" "$id" ;;
    *) exit 2 ;;
esac
"""


@pytest.fixture
def influx(tmp_path: Path) -> Path:
    """Return a folder with a stand-in for InfluxDB's own command line, which is not ours and not here."""
    program = tmp_path / "bin" / "influx"
    program.parent.mkdir()
    program.write_text(INFLUX)
    program.chmod(0o755)
    for folder in ("write", "read"):
        (tmp_path / folder).mkdir()
    (tmp_path / "operator").write_text("operator\n")
    return tmp_path


def make_tokens(folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the init step of InfluxDB."""
    environment = os.environ | {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "INFLUX_HOST": "http://influxdb:8086",
        "INFLUX_ORG": "plant",
        "INFLUX_BUCKET": "wastenot",
        "INFLUX_TOKEN_FILE": str(folder / "operator"),
        "WRITE_DIR": str(folder / "write"),
        "READ_DIR": str(folder / "read"),
        "ATTEMPTS": "1",
        **changes,
    }
    script = ["sh", str(DEPLOY / "influxdb" / "make-tokens.sh")]
    return subprocess.run(script, env=environment, capture_output=True, text=True, check=False, timeout=30)


def test_the_init_step_makes_one_token_to_write_and_one_to_read(influx: Path) -> None:
    done = make_tokens(influx)
    assert done.returncode == 0, done.stderr
    write, read = ((influx / name / "token").read_text().strip() for name in ("write", "read"))
    assert write.startswith("t-wastenot-write-")
    assert read.startswith("t-wastenot-read-")
    created = [
        line for line in (influx / "bin" / "asked").read_text().splitlines() if line.startswith("auth create")
    ]
    assert [re.findall(r"--(?:read|write)-bucket \S+", line) for line in created] == [
        ["--write-bucket b0b0"],
        ["--read-bucket b0b0"],
    ]
    assert write not in done.stdout + done.stderr


def test_the_init_step_can_be_repeated_and_a_deleted_token_is_replaced(influx: Path) -> None:
    make_tokens(influx)
    before = everything(influx)
    assert make_tokens(influx).returncode == 0
    for name in ("write/token", "read/token", "bin/state"):
        assert everything(influx)[name] == before[name]
    (influx / "write" / "token").unlink()
    assert make_tokens(influx).returncode == 0
    after = everything(influx)
    assert after["write/token"] != before["write/token"]
    assert after["read/token"] == before["read/token"]
    known = [line.split()[1] for line in (influx / "bin" / "state").read_text().splitlines()]
    assert sorted(known) == ["wastenot-read", "wastenot-write"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"INFLUX_BUCKET": "other"}, "no bucket other"),
        ({"INFLUX_TOKEN_FILE": "/dev/null"}, "does not answer"),
    ],
)
def test_the_init_step_fails_with_the_reason(influx: Path, changes: dict[str, str], told: str) -> None:
    failed = make_tokens(influx, **changes)
    assert failed.returncode == 1
    assert told in failed.stderr
    assert not (influx / "write" / "token").exists()


def _acl() -> str:
    return (DEPLOY / "mosquitto" / "acl").read_text()
