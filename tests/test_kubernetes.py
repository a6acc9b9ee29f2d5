"""The manifests: one loop on one volume, the restricted profile, and names that agree from file to file."""

from __future__ import annotations

from pathlib import Path

import pytest
from deployed import DEPLOY, MANIFESTS, Json, containers, document, instruction, of_kind, pods

from reconciler.adapters import files
from reconciler.web.probes import routes

# Kinds whose schema is not part of Kubernetes itself.
FOREIGN = {"Kustomization", "ServiceMonitor", "PodMonitor"}


PODS = [pytest.param(pod, id=d["kind"]) for d in map(document, MANIFESTS) for pod in pods(d)]


def test_what_is_applied_is_every_manifest_that_is_not_a_choice() -> None:
    folder = DEPLOY / "kubernetes"
    listed = set(of_kind("Kustomization")["resources"])
    assert listed == {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for path in MANIFESTS:
        name = path.relative_to(folder).as_posix()
        assert name == "kustomization.yaml" or f"`{name}`" in readme, name


def test_everything_is_in_one_namespace_that_takes_only_the_restricted() -> None:
    labels = of_kind("Namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    for found in map(document, MANIFESTS):
        if found["kind"] not in ("Namespace", "Kustomization"):
            assert found["metadata"]["namespace"] == "reconciler"


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_fits_the_restricted_profile(pod: Json) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert not any("hostPath" in volume for volume in pod["volumes"])
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_runs_the_image_as_the_user_it_was_made_for_and_keeps_its_state(pod: Json) -> None:
    user, group = map(int, instruction("USER").split(":"))
    context = pod["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (user, group, group)
    (container,) = pod["containers"]
    assert "command" not in container, "the image's own program is started"
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert set(mounts) == set(volumes)
    environment = {one["name"]: one["value"] for one in container["env"]}
    assert environment["RECONCILER_STATE"].startswith(mounts["state"]["mountPath"] + "/")
    assert (
        volumes["state"]["persistentVolumeClaim"]["claimName"]
        == of_kind("PersistentVolumeClaim")["metadata"]["name"]
    )
    assert volumes["config"]["configMap"]["name"] == of_kind("ConfigMap")["metadata"]["name"]
    (config,) = [word for word in container["args"] if word.startswith("--config=")]
    (file,) = of_kind("ConfigMap")["data"]
    assert config == f"--config={mounts['config']['mountPath']}/{file}"
    assert all(mounts[name].get("readOnly") for name in {"config", "secrets"} & set(mounts))
    assert pod["serviceAccountName"] == name_of("ServiceAccount")


def name_of(kind: str) -> str:
    name: str = of_kind(kind)["metadata"]["name"]
    return name


def test_one_loop_has_the_volume_and_the_old_one_goes_before_the_new_one_comes() -> None:
    deployment = of_kind("Deployment")["spec"]
    assert deployment["replicas"] == 1
    assert deployment["strategy"] == {"type": "Recreate"}
    assert of_kind("PersistentVolumeClaim")["spec"]["accessModes"] == ["ReadWriteOncePod"]
    cron = of_kind("CronJob")["spec"]
    assert cron["concurrencyPolicy"] == "Forbid"
    assert cron["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert "--once" in next(containers(of_kind("CronJob")))["args"]


def test_the_probes_ask_what_they_are_for() -> None:
    (container,) = containers(of_kind("Deployment"))
    asked = {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")
    }
    assert asked == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    assert set(asked.values()) <= probed()
    (port,) = container["ports"]
    assert {container[f"{name}Probe"]["httpGet"]["port"] for name in asked} == {port["name"]}
    assert f"--listen=0.0.0.0:{port['containerPort']}" in container["args"]
    assert instruction("EXPOSE") == str(port["containerPort"])


def probed() -> set[str]:
    """The paths that a running loop answers for machines."""
    return {route.path for route in routes(None, None, None, None)}  # type: ignore[arg-type]


def test_what_selects_pods_selects_these_and_by_a_port_they_have() -> None:
    template = of_kind("Deployment")["spec"]["template"]["metadata"]["labels"]
    (container,) = containers(of_kind("Deployment"))
    (port,) = [one["name"] for one in container["ports"]]
    service, policy, monitor = map(of_kind, ("Service", "NetworkPolicy", "ServiceMonitor"))
    selectors = [
        of_kind("Deployment")["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        policy["spec"]["podSelector"]["matchLabels"],
        monitor["spec"]["selector"]["matchLabels"],
    ]
    assert all(selector.items() <= template.items() and selector for selector in selectors)
    assert service["metadata"]["labels"].items() >= monitor["spec"]["selector"]["matchLabels"].items()
    assert [one["targetPort"] for one in service["spec"]["ports"]] == [port]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {one["name"] for one in service["spec"]["ports"]}
    assert endpoint["path"] in probed()
    assert [one["port"] for one in policy["spec"]["ingress"][0]["ports"]] == [port]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_the_secret_is_named_alike_everywhere_and_made_by_the_guide() -> None:
    (pod,) = pods(of_kind("Deployment"))
    (name,) = [v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v]
    (endpoint,) = of_kind("ServiceMonitor")["spec"]["endpoints"]
    token = endpoint["authorization"]["credentials"]
    readme = (DEPLOY / "kubernetes" / "README.md").read_text(encoding="utf-8")
    assert token["name"] == name
    assert f"create secret generic {name} --from-file={token['key']}=" in readme
    (container,) = pod["containers"]
    (mount,) = [m["mountPath"] for m in container["volumeMounts"] if m["name"] == "secrets"]
    files_named = [one["value"] for one in container["env"] if one["name"].endswith("_FILE")]
    assert files_named == [f"{mount}/{token['key']}"]


def test_the_configuration_in_the_manifest_is_one_the_tool_takes(tmp_path: Path) -> None:
    ((name, text),) = of_kind("ConfigMap")["data"].items()
    (tmp_path / name).write_text(text, encoding="utf-8")
    config = files.load_config(tmp_path, tmp_path / name)
    assert config.backend_named
    assert config.limits.licenses_added_per_day == 200


@pytest.mark.kubernetes
@pytest.mark.parametrize("version", ["1.29", "1.33", None])
@pytest.mark.parametrize(
    "manifest", [p for p in MANIFESTS if document(p)["kind"] not in FOREIGN], ids=lambda path: path.name
)
def test_a_manifest_fits_the_schema_of_kubernetes(manifest: Path, version: str | None) -> None:
    import kubernetes_validate

    kubernetes_validate.validate(
        document(manifest), version or kubernetes_validate.latest_version(), strict=True
    )
