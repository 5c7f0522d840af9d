"""The files for compose and Kubernetes: valid, and in step with nginx and with each other."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.helpers.browser import ROOT

DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
KUBERNETES = "1.30"
"""The oldest version that the manifests are for."""


def resources(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def all_resources() -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for path in MANIFESTS for each in resources(path)}


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
@pytest.mark.parametrize("version", [KUBERNETES, kubernetes_validate.latest_version()])
def test_kubernetes_knows_every_field(path: Path, version: str) -> None:
    for resource in resources(path):
        kubernetes_validate.validate(resource, version, strict=True)


def test_the_manifests_name_each_other() -> None:
    found = all_resources()
    pod = found["Deployment"]["spec"]["template"]
    for kind in ("PodDisruptionBudget", "NetworkPolicy"):
        selector = found[kind]["spec"].get("selector") or found[kind]["spec"]["podSelector"]
        assert selector["matchLabels"] == pod["metadata"]["labels"]
    assert found["Service"]["spec"]["selector"] == pod["metadata"]["labels"]
    assert found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "fingers"
    (rule,) = found["Ingress"]["spec"]["rules"]
    (container,) = pod["spec"]["containers"]
    environment = {each["name"]: each.get("value") for each in container["env"]}
    assert environment["FINGERS_HOSTS"] == rule["host"]
    assert rule["http"]["paths"][0]["backend"]["service"]["name"] == "fingers"


def test_nginx_has_room_for_all_uploads_of_an_address() -> None:
    nginx = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    (at_once,) = re.findall(r"limit_conn uploads_at_once (\d+);", nginx)
    (largest,) = re.findall(r"client_max_body_size (\d+)m;", nginx)
    (compose,) = resources(DEPLOY / "compose.yaml")
    service = compose["services"]["nginx"]
    (room,) = re.findall(r"^/tmp:size=(\d+)m,", service["tmpfs"][0])
    assert int(at_once) * int(largest) <= int(room)
    assert int(room) + 100 <= int(service["mem_limit"].removesuffix("m"))


def test_only_nginx_is_reached_from_outside() -> None:
    (compose,) = resources(DEPLOY / "compose.yaml")
    for name, service in compose["services"].items():
        assert ("ports" in service) == ("outer" in service["networks"]) == (name == "nginx")
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["ulimits"]["nofile"] >= 4096
        assert service["mem_limit"]
    assert compose["networks"]["inner"]["internal"]
