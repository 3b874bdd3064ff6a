"""docker-compose.yml: valid, closed, pinned, without a password in it, and settings that wastenot takes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.plant_file import load_plant
from config.settings import load_settings
from tests.deploy.brokers import ROOT

COMPOSE = ROOT / "docker-compose.yml"
Tables = dict[str, Any]
ROLES = {"collector": "collect", "analyser": "analyse", "web": "serve"}
WAITED_FOR = "service_completed_successfully"


@pytest.fixture(scope="module")
def compose() -> Tables:
    loaded: Tables = yaml.safe_load(COMPOSE.read_text())
    return loaded


def names_of(entries: Any) -> list[str]:
    """Return the names in a list of secrets, configs or volumes, written short or long."""
    return [entry if isinstance(entry, str) else entry["source"] for entry in entries or []]


def filled(text: str) -> str:
    """Return a text with its ${NAME:-default} replaced by the defaults."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def one_shots(compose: Tables) -> set[str]:
    """Return the services that others wait to see ended."""
    waits = [service.get("depends_on", {}) for service in compose["services"].values()]
    return {name for wait in waits for name, how in wait.items() if how["condition"] == WAITED_FOR}


def test_it_follows_the_compose_specification() -> None:
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    checked = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_schema_would_notice_a_wrong_key(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(COMPOSE.read_text().replace("read_only: true", "readonly: true"))
    argv = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(wrong)]
    assert subprocess.run(argv, capture_output=True, check=False, timeout=60).returncode != 0


def test_every_service_is_watched_and_comes_back(compose: Tables) -> None:
    once = one_shots(compose)
    assert once == {"influxdb-tokens"}
    for name, service in compose["services"].items():
        if name in once:
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        health = service["healthcheck"]
        assert {"test", "interval", "timeout", "retries", "start_period"} <= health.keys(), name
        assert health["test"][0] == "CMD", name


def test_every_service_is_closed(compose: Tables) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        uid = int(service["user"].partition(":")[0])
        assert uid > 0 or name in one_shots(compose), f"{name} runs as root"


def test_only_the_broker_and_a_port_for_this_machine_are_published(compose: Tables) -> None:
    ports = {n: [filled(p) for p in s["ports"]] for n, s in compose["services"].items() if "ports" in s}
    assert ports == {"mosquitto": ["0.0.0.0:8883:8883"], "web": ["127.0.0.1:8080:8080"]}


def test_the_databases_have_no_way_out(compose: Tables) -> None:
    assert compose["networks"]["inside"]["internal"] is True
    for name in ("influxdb", "influxdb-tokens", "postgres"):
        assert compose["services"][name]["networks"] == ["inside"]
    assert compose["services"]["mosquitto"]["networks"] == ["field"]


def test_every_image_is_pinned_to_a_release(compose: Tables) -> None:
    for name, service in compose["services"].items():
        image = filled(service["image"])
        assert re.fullmatch(r"[a-z-]+:\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?", image), f"{name}: {image}"


def test_no_secret_stands_in_the_file(compose: Tables) -> None:
    secret = re.compile(r"password|token|secret|_key", re.IGNORECASE)
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            assert not secret.search(key) or key.endswith("_FILE") or key == "INFLUXD_USE_HASHED_TOKENS", (
                f"{name}: {key}"
            )
            assert not re.search(r"//[^/@]*:[^/@]*@", str(value)), f"{name}: {key} holds a password"
            if key.endswith(("PASSWORD_FILE", "TOKEN_FILE")):
                assert str(value).startswith(("/run/secrets/", "/run/tokens/")), f"{name}: {key}"
    assert all(set(entry) == {"file"} for entry in compose["secrets"].values())
    assert all(entry["file"].startswith("./deploy/secrets/") for entry in compose["secrets"].values())


def test_what_is_used_is_declared_and_what_is_declared_is_used(compose: Tables) -> None:
    services = compose["services"].values()
    for kind in ("secrets", "configs"):
        used = {name for service in services for name in names_of(service.get(kind))}
        assert used == set(compose[kind]), kind
    mounts = [mount.split(":")[0] for service in services for mount in service.get("volumes", [])]
    assert {mount for mount in mounts if not mount.startswith(".")} == set(compose["volumes"])
    assert all((ROOT / mount).exists() for mount in mounts if mount.startswith("."))
    assert all((ROOT / filled(entry["file"])).exists() for entry in compose["configs"].values())
    used_networks = {name for service in services for name in service["networks"]}
    assert used_networks == set(compose["networks"])


def test_a_service_reads_only_secrets_that_it_is_given(compose: Tables) -> None:
    for name, service in compose["services"].items():
        given = set(names_of(service.get("secrets")))
        text = str(service.get("environment", {})) + str(service["healthcheck"]) + str(service.get("command"))
        read = set(re.findall(r"/run/secrets/(\w+)", text))
        assert read <= given, name
        if name != "mosquitto":  # its start script reads them
            assert given == read, name


def test_start_script_and_compose_agree_about_the_brokers_secrets(compose: Tables) -> None:
    script = (ROOT / "deploy" / "mosquitto" / "start.sh").read_text()
    read = set(re.findall(r'"\$secrets/(\w+)"', script))
    given = set(compose["services"]["mosquitto"]["secrets"])
    assert read == given - {"ca_certificate"}


def test_the_operators_token_stays_with_influxdb(compose: Tables) -> None:
    holders = {
        n for n, s in compose["services"].items() if "influx_admin_token" in names_of(s.get("secrets"))
    }
    assert holders == {"influxdb", "influxdb-tokens"}


def test_the_pages_cannot_write_readings(compose: Tables) -> None:
    mounts = " ".join(compose["services"]["web"]["volumes"])
    assert "influxdb-read-token" in mounts
    assert "influxdb-write-token" not in mounts


@pytest.mark.parametrize("name", ROLES)
def test_each_role_runs_the_same_image_with_settings_that_are_accepted(
    compose: Tables, name: str, tmp_path: Path
) -> None:
    service = compose["services"][name]
    assert filled(service["image"]) == "wastenot:0.2.0"
    assert service["command"] == [ROLES[name]]
    environment: dict[str, str] = {}
    for key, value in service["environment"].items():
        text = filled(str(value))
        if key.endswith("_FILE"):
            file = tmp_path / text.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("0123abcd\n")
            text = str(file)
        environment[key] = text
    shipped = ROOT / filled(compose["configs"]["settings"]["file"])
    settings = load_settings(shipped, environment)
    assert (settings.broker.host, settings.broker.port, settings.broker.tls) == ("mosquitto", 8883, True)
    assert settings.broker.password is not None
    assert settings.broker.username in service["environment"]["WASTENOT_BROKER__PASSWORD_FILE"]
    assert settings.series.store == "influxdb"
    assert settings.series.write_token is not None
    assert settings.ledger.password is not None
    targets = {entry["target"] for entry in service["configs"]}
    assert targets == {"/etc/wastenot/plant.toml", "/etc/wastenot/wastenot.toml"}
    assert str(settings.plant) in targets


def test_the_client_ids_differ(compose: Tables) -> None:
    ids = [compose["services"][n]["environment"]["WASTENOT_BROKER__CLIENT_ID"] for n in ROLES]
    assert len(set(ids)) == len(ids)


def test_the_shipped_plant_file_is_good(compose: Tables) -> None:
    assert load_plant(ROOT / filled(compose["configs"]["plant"]["file"])).meters


def test_the_example_environment_names_every_variable_and_nothing_else() -> None:
    asked = set(re.findall(r"\$\{(\w+):-", COMPOSE.read_text()))
    written = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert set(written) == asked
    assert not re.search(r"\$\{\w+\}", COMPOSE.read_text()), "every variable has a default"
