"""The manifests fit Kubernetes' own schemas, each other, and the server's settings; no cluster is asked."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.support.servers import ROOT
from webapp.settings import Settings

FOLDER = ROOT / "deploy" / "kubernetes"
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
VERSIONS = ("1.31", "1.36")
CUSTOM = ("RayService",)
"""Kinds of operators, whose schemas Kubernetes does not have."""


def documents(path: Path) -> list[dict]:
    return [one for one in yaml.safe_load_all(path.read_text()) if one]


ALL = [one for path in FILES for one in documents(path)]


def of_kind(*kinds: str) -> list[dict]:
    return [one for one in ALL if one["kind"] in kinds]


def pods() -> list[dict]:
    """Returns the pod templates of all workloads."""
    plain = [one["spec"]["template"] for one in of_kind("Deployment", "StatefulSet")]
    ray = [one["spec"]["rayClusterConfig"] for one in of_kind("RayService")]
    heads = [one["headGroupSpec"]["template"] for one in ray]
    workers = [group["template"] for one in ray for group in one["workerGroupSpecs"]]
    return [*plain, *heads, *workers]


def test_the_list_names_every_file():
    assert sorted(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]) == [
        path.name for path in FILES
    ]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("document", ALL, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}")
def test_each_manifest_fits_the_schema(document, version):
    if document["kind"] in CUSTOM:
        document = {
            "apiVersion": "v1",
            "kind": "PodTemplate",
            "metadata": document["metadata"],
            "template": document["spec"]["rayClusterConfig"]["headGroupSpec"]["template"],
        }
    kubernetes_validate.validate(document, version, strict=True)


def test_selectors_find_the_pods_that_they_mean():
    labels = [one["metadata"]["labels"] for one in pods()]
    selectors = [one["spec"]["selector"] for one in of_kind("Service")]
    selectors += [one["spec"]["selector"]["matchLabels"] for one in of_kind("Deployment", "StatefulSet")]
    selectors += [one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget")]
    selectors += [one["spec"]["podSelector"].get("matchLabels", {}) for one in of_kind("NetworkPolicy")]
    for selector in selectors:
        assert any(selector.items() <= one.items() for one in labels), selector


def test_every_container_is_bounded_and_has_no_rights():
    for pod in pods():
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in container["resources"]["limits"]


def test_the_settings_are_the_servers():
    (settings,) = (one["data"] for one in of_kind("ConfigMap"))
    assert {name.lower() for name in settings} <= set(Settings.__dataclass_fields__)
    server = Settings.from_env(settings)
    assert server.classifier_url == ("http://readers-serve-svc:8000",)
    (web,) = (one for one in of_kind("Deployment") if one["metadata"]["name"] == "web")
    (container,) = web["spec"]["template"]["spec"]["containers"]
    assert {one["name"].lower() for one in container["env"]} <= set(Settings.__dataclass_fields__)
    assert container["ports"][0]["containerPort"] == server.port
    drain_s = web["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert drain_s >= 5 + 30  # before SIGTERM, and what the server takes at most to answer what it has


def test_the_readers_are_those_of_the_recipe():
    (service,) = of_kind("RayService")
    config = yaml.safe_load(service["spec"]["serveConfigV2"])
    recipe = yaml.safe_load((ROOT / "deploy" / "ray" / "serve.yaml").read_text())
    (ours,), (theirs,) = config["applications"], recipe["applications"]
    assert ours["import_path"] == theirs["import_path"] == "deploy.ray.classifier:build"
    assert ours["deployments"][0]["name"] == theirs["deployments"][0]["name"]
    for folder in {*ours["args"]["models"], *theirs["args"]["models"]}:
        assert (ROOT / folder / "card.json").is_file()
    module = importlib.util.find_spec("deploy.ray.classifier")
    text = Path(module.origin).read_text()
    assert "class ExpressionClassifier" in text
    assert "def build(" in text
    version = service["spec"]["rayClusterConfig"]["rayVersion"]
    assert f"ray[serve]=={version}" in (ROOT / "deploy" / "ray" / "requirements.txt").read_text()
