"""The manifests of a fleet: the restricted profile, the owner's rights in one job alone, and names that agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from deployed import (
    BACKUP,
    FLEET,
    FLEET_MANIFESTS,
    ROLES,
    Json,
    containers,
    document,
    documents,
    instruction,
    of_fleet,
    of_kind,
    pods,
    services,
)
from test_kubernetes import probed

from reconciler.adapters import files

README = (FLEET / "README.md").read_text(encoding="utf-8")
WHOLE = [found for path in FLEET_MANIFESTS for found in documents(path) if found["kind"] != "Kustomization"]
PODS = [pytest.param(pod, id=found["metadata"]["name"]) for found in WHOLE for pod in pods(found)]
WORKING = ("reconciler-dispatcher", "reconciler-worker")
# Applied by themselves and in their own time: what the fleet stands on, what is made before it starts, and what is made
# of it each night.
APART = {"postgres.yaml", "upgrade.yaml", "backup.yaml"}


def pod_of(name: str, kind: str = "Deployment") -> Json:
    (pod,) = pods(of_fleet(kind, name))
    return pod


def secret_of(pod: Json) -> str:
    (name,) = [v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v]
    return str(name)


def test_every_manifest_is_applied_by_the_guide_in_its_order() -> None:
    listed = set(document(FLEET / "kustomization.yaml")["resources"])
    assert listed == {path.name for path in FLEET_MANIFESTS} - {"kustomization.yaml"} - APART
    words = ("fleet/postgres.yaml -f", "fleet/upgrade.yaml\n", "apply -k", "fleet/backup.yaml\n")
    steps = [README.index(word) for word in words]
    assert steps == sorted(steps)
    for name in listed | APART:
        assert f"`{name}`" in README, name


def test_everything_is_in_the_one_namespace_that_takes_only_the_restricted() -> None:
    assert {found["metadata"]["namespace"] for found in WHOLE} == {of_kind("Namespace")["metadata"]["name"]}


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_of_a_fleet_fits_the_restricted_profile(pod: Json) -> None:
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == context["runAsGroup"] == context["fsGroup"] > 0
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] == of_kind("ServiceAccount")["metadata"]["name"]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert not any("hostPath" in volume for volume in pod["volumes"])
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}


@pytest.mark.parametrize("name", [*WORKING, "reconciler-upgrade"])
def test_a_program_of_a_fleet_works_on_the_database_it_is_configured_with(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pod = pod_of(name, "Job" if name == "reconciler-upgrade" else "Deployment")
    (container,) = pod["containers"]
    context = pod["securityContext"]
    assert f"{context['runAsUser']}:{context['runAsGroup']}" == instruction("USER")
    assert "command" not in container, "the image's own program is started"
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert set(mounts) == {volume["name"] for volume in pod["volumes"]}
    for one in container["env"]:
        monkeypatch.setenv(one["name"], one["value"])
    ((file, text),) = of_fleet("ConfigMap", "reconciler-fleet")["data"].items()
    assert f"--config={mounts['config']}/{file}" in container["args"]
    (tmp_path / file).write_text(text, encoding="utf-8")
    config = files.load_config(tmp_path, tmp_path / file)
    assert config.state_place is not None
    assert config.state_place.kept is not None
    assert config.state_place.kept.name == f"{mounts['secrets']}/state-url"
    assert config.state_folder == Path(mounts["files"])


def test_the_owners_url_is_in_the_one_job_and_the_guide_makes_every_secret() -> None:
    given = {name: secret_of(pod_of(name)) for name in WORKING}
    owner = secret_of(pod_of("reconciler-upgrade", "Job"))
    database = secret_of(pod_of("reconciler-db", "StatefulSet"))
    assert set(given.values()) == {"reconciler-fleet"}
    assert {owner, database} == {"reconciler-fleet-owner", "reconciler-fleet-db"}
    for name, role in ((owner, "reconciler_owner"), ("reconciler-fleet", "reconciler")):
        (made,) = re.findall(rf"secret generic {name} (.+?)\n(?!  )", README, re.DOTALL)
        assert f'--from-literal=state-url="postgresql://{role}:$(cat ' in made
        assert "@reconciler-db/reconciler" in made
    (made,) = re.findall(rf"secret generic {database} (.+)\n", README)
    for name in ("postgres-password", "owner-password", "worker-password"):
        assert f"--from-file={name}" in made


def test_the_roles_of_the_cluster_are_those_of_the_compose_file() -> None:
    assert of_fleet("ConfigMap", "reconciler-db")["data"]["roles.sql"] == ROLES.read_text(encoding="utf-8")
    (container,) = pod_of("reconciler-db", "StatefulSet")["containers"]
    service = services()["db"]
    assert (container["image"], container["args"]) == (service["image"], service["command"])
    environment = {one["name"]: one["value"] for one in container["env"]}
    assert service["environment"].items() <= environment.items()


def test_a_back_up_is_made_as_the_compose_file_makes_it_and_kept_on_a_volume_of_its_own() -> None:
    pod, service = pod_of("reconciler-backup", "CronJob"), services()["backup"]
    (container,) = pod["containers"]
    assert of_fleet("ConfigMap", "reconciler-backup")["data"] == {BACKUP.name: BACKUP.read_text("utf-8")}
    assert (container["image"], container["command"]) == (service["image"], service["command"])
    environment = {one["name"]: one["value"] for one in container["env"]}
    assert environment == {**service["environment"], "PGHOST": "reconciler-db"}
    # The server's own programs read what it wrote.
    (database,) = pod_of("reconciler-db", "StatefulSet")["containers"]
    assert container["image"] == database["image"]
    (secret,) = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
    assert [item["key"] for item in secret["items"]] == ["owner-password"]
    claims = [v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v]
    assert claims == [of_fleet("PersistentVolumeClaim", "reconciler-backup")["metadata"]["name"]]
    assert of_fleet("CronJob", "reconciler-backup")["spec"]["concurrencyPolicy"] == "Forbid"


def test_every_process_that_counts_passes_is_scraped_with_the_token_it_asks_for() -> None:
    monitor = of_kind("PodMonitor")["spec"]
    (chosen,) = monitor["selector"]["matchExpressions"]
    labels = [of_fleet("Deployment", name)["spec"]["template"]["metadata"]["labels"] for name in WORKING]
    assert sorted(chosen["values"]) == sorted(each[chosen["key"]] for each in labels)
    (endpoint,) = monitor["podMetricsEndpoints"]
    for name in WORKING:
        (container,) = pod_of(name)["containers"]
        assert endpoint["port"] in [port["name"] for port in container["ports"]]
        token = {one["name"]: one["value"] for one in container["env"]}["RECONCILER_LISTEN_TOKEN_FILE"]
        credentials = endpoint["authorization"]["credentials"]
        assert credentials == {"name": secret_of(pod_of(name)), "key": Path(token).name}


def selects(selector: dict[str, str], pod: str, kind: str = "Deployment") -> bool:
    labels = of_fleet(kind, pod)["spec"]["template"]["metadata"]["labels"]
    return bool(selector) and selector.items() <= labels.items()


def test_what_selects_pods_of_a_fleet_selects_those_and_no_others() -> None:
    for name in WORKING:
        assert selects(of_fleet("Deployment", name)["spec"]["selector"]["matchLabels"], name)
        assert selects(of_fleet("PodDisruptionBudget", name)["spec"]["selector"]["matchLabels"], name)
    page = of_fleet("Service", "reconciler-fleet")["spec"]["selector"]
    assert [name for name in WORKING if selects(page, name)] == ["reconciler-dispatcher"]
    ours = of_fleet("NetworkPolicy", "reconciler-fleet")["spec"]
    theirs = of_fleet("NetworkPolicy", "reconciler-db")["spec"]
    fleet, database = (one["podSelector"]["matchLabels"] for one in (ours, theirs))
    jobs = [("reconciler-upgrade", "Job"), *((name, "Deployment") for name in WORKING)]
    assert all(selects(fleet, *one) and not selects(database, *one) for one in jobs)
    assert selects(database, "reconciler-db", "StatefulSet")
    assert theirs["ingress"][0]["from"] == [{"podSelector": {"matchLabels": fleet}}]
    assert {"podSelector": {"matchLabels": database}} in [to for rule in ours["egress"] for to in rule["to"]]
    assert "egress" not in theirs
    assert "Egress" in theirs["policyTypes"]


@pytest.mark.parametrize("name", WORKING)
def test_a_process_that_hangs_is_made_to_end_and_not_asked(name: str) -> None:
    (container,) = containers(of_fleet("Deployment", name))
    probes = {kind: container[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness")}
    asked = {kind: probe["httpGet"]["path"] for kind, probe in probes.items()}
    assert asked == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert set(asked.values()) <= probed()
    assert probes["liveness"]["terminationGracePeriodSeconds"] == 1
    (port,) = container["ports"]
    assert f"--listen=0.0.0.0:{port['containerPort']}" in container["args"]


def test_a_fleet_goes_on_while_one_of_each_is_away() -> None:
    for name in WORKING:
        assert of_fleet("Deployment", name)["spec"]["replicas"] > 1
        assert of_fleet("PodDisruptionBudget", name)["spec"]["maxUnavailable"] == 1


@pytest.mark.kubernetes
@pytest.mark.parametrize("version", ["1.29", "1.33", None])
@pytest.mark.parametrize("manifest", WHOLE, ids=lambda d: f"{d['kind']}-{d['metadata']['name']}")
def test_a_manifest_of_a_fleet_fits_the_schema_of_kubernetes(manifest: Any, version: str | None) -> None:
    import kubernetes_validate

    kubernetes_validate.validate(manifest, version or kubernetes_validate.latest_version(), strict=True)
