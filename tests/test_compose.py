"""The compose file: nobody is root, each has its own secrets, and the tables are made before anybody works on them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from deployed import COMPOSE, Json, document, instruction, of_fleet, services

from reconciler.adapters import files

FOLDER = COMPOSE.parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")
SERVICES = [pytest.param(service, id=name) for name, service in services().items()]
PROGRAMS = ("upgrade", "dispatcher", "worker")


def secrets_of(name: str) -> dict[str, str]:
    """Which secret a service finds as which file."""
    given = services()[name]["secrets"]
    return dict((s, s) if isinstance(s, str) else (s["target"], s["source"]) for s in given)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_nobody_of_importance_and_can_write_nothing_but_its_own(service: Json) -> None:
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "env_file"} & set(service)
    assert "/tmp" in service["tmpfs"]


def test_what_is_to_run_is_started_anew_however_it_ended_and_the_upgrade_is_made_once() -> None:
    kept = {name: service["restart"] for name, service in services().items()}
    once = {"upgrade": "no", "backup": "no"}
    assert kept == {"db": "always", "dispatcher": "always", "worker": "always", **once}
    for name in ("dispatcher", "worker"):
        assert services()[name]["depends_on"] == {
            "db": {"condition": "service_healthy"},
            "upgrade": {"condition": "service_completed_successfully"},
        }
        assert "/healthz" in services()[name]["healthcheck"]["test"][-1]
    assert services()["upgrade"]["depends_on"] == {"db": {"condition": "service_healthy"}}
    # Nobody else waits for it, and it is made only when it is asked for.
    assert [name for name, service in services().items() if "profiles" in service] == ["backup"]
    assert "docker compose run --rm backup" in README


def test_each_is_given_its_own_secrets_as_files_and_none_as_a_variable() -> None:
    defined = document(COMPOSE)["secrets"]
    assert all(where == {"file": f"./secrets/{name}"} for name, where in defined.items())
    assert secrets_of("upgrade") == {"state-url": "owner-url"}
    assert (
        secrets_of("dispatcher")
        == secrets_of("worker")
        == {"state-url": "worker-url", "page-token": "page-token"}
    )
    assert set(secrets_of("db")) == {"postgres-password", "owner-password", "worker-password"}
    assert set(secrets_of("backup")) == {"owner-password"}
    assert {source for name in services() for source in secrets_of(name).values()} == set(defined)
    for service in services().values():
        for name, value in service["environment"].items():
            assert not re.search("PASSWORD|TOKEN|SECRET", name) or value.startswith("/run/secrets/"), name


def test_the_guide_makes_every_secret_and_gives_it_to_who_reads_it() -> None:
    (made,) = re.findall(r"for name in ([a-z ]+); do", README)
    for name in document(COMPOSE)["secrets"]:
        word = name.removesuffix("-password")
        assert f"> secrets/{name}" in README or (word != name and word in made.split()), name
    for name in ("db", "worker"):
        user = services()[name]["user"].split(":")[0]
        assert f"chown {user} secrets/" in README


def test_what_it_mounts_from_its_folder_is_there_or_made_by_the_guide() -> None:
    for service in services().values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if not source.startswith("./"):
                assert source in document(COMPOSE)["volumes"]
                continue
            if volume == "./backups:/backup":
                assert "install -d -m 0700 -o 999 -g 999 backups" in README
                continue
            assert volume.endswith(":ro")
            assert (FOLDER / source).is_file() or f"`{source[2:]}/`" in README, source


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_database_it_is_configured_with_is_the_one_it_works_on(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image names a folder, which goes before the configuration unless it is said to be nothing."""
    service = services()[name]
    assert service["user"] == instruction("USER")
    for key, value in service["environment"].items():
        monkeypatch.setenv(key, value)
    config = files.load_config(FOLDER, FOLDER / "reconciler.yaml")
    assert config.state_place is not None
    assert config.state_place.kept is not None
    assert Path(config.state_place.kept.name).name in secrets_of(name)
    assert config.state_folder == Path("/var/lib/reconciler")
    assert config.limits.licenses_added_per_day == 200


def test_the_database_is_reached_by_nobody_else_and_the_page_from_this_machine_alone() -> None:
    assert document(COMPOSE)["networks"]["state"] == {"internal": True}
    assert all(services()[name]["networks"] == ["state"] for name in ("db", "upgrade", "backup"))
    published = {name: service["ports"] for name, service in services().items() if "ports" in service}
    assert published == {"dispatcher": ["127.0.0.1:8480:8480"]}


@pytest.mark.parametrize("name", ["dispatcher", "worker"])
def test_a_service_asks_for_as_much_as_the_same_in_a_cluster(name: str) -> None:
    deployment = of_fleet("Deployment", f"reconciler-{name}")["spec"]
    (container,) = deployment["template"]["spec"]["containers"]
    asked = services()[name]["deploy"]["resources"]["reservations"]
    wanted = container["resources"]["requests"]
    assert float(asked["cpus"]) * 1000 == float(wanted["cpu"].removesuffix("m"))
    assert asked["memory"].removesuffix("M") == wanted["memory"].removesuffix("Mi")


@pytest.mark.compose
def test_the_compose_file_fits_the_schema_of_the_specification(tmp_path: Path) -> None:
    def checked(file: Path) -> subprocess.CompletedProcess[str]:
        words = [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            str(file),
        ]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)

    done = checked(COMPOSE)
    assert done.returncode == 0, done.stdout + done.stderr
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text(encoding="utf-8").replace("restart:", "restarts:"), encoding="utf-8")
    assert checked(wrong).returncode == 1, "it would not have said so"
