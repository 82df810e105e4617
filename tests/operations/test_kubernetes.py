"""The manifests against Kubernetes' own schemas, and against what the daemon does; no cluster."""

import os
import stat
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from lrcontrol import __version__
from lrcontrol.config.load import loads
from lrcontrol.keeping.keeper import LAST_WAIT
from lrcontrol.web.probes import LIVE, READY
from lrcontrol.web.server import STOP_TIMEOUT

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
#: Of the Prometheus operator, and of kustomize: Kubernetes itself has no schema of these.
FOREIGN = {"podmonitor", "kustomization"}
UID = 65532


def manifest(name):
    (found,) = yaml.safe_load_all((FOLDER / f"{name}.yaml").read_text())
    return found


def own():
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem not in FOREIGN)


@pytest.fixture(scope="module")
def validate():
    if find_spec("kubernetes_validate") is None and os.environ.get("CI") == "true":
        pytest.fail("kubernetes-validate is not installed: pip install kubernetes-validate")
    return pytest.importorskip("kubernetes_validate")


@pytest.mark.parametrize("version", ["1.27", "1.37"])
@pytest.mark.parametrize("name", own())
def test_each_is_what_kubernetes_takes(validate, name, version):
    validate.validate(manifest(name), version, strict=True)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "replicas"), "one"),
        (("spec", "template", "spec", "securityContext", "runAsUsr"), UID),
        (("spec", "serviceNam"), "lrcontrol"),
    ],
)
def test_a_slip_would_be_told(validate, path, value):
    worse = manifest("statefulset")
    *outer, last = path
    section = worse
    for key in outer:
        section = section[key]
    section[last] = value
    with pytest.raises(validate.ValidationError):
        validate.validate(worse, "1.37", strict=True)


@pytest.fixture
def pod():
    return manifest("statefulset")["spec"]["template"]["spec"]


@pytest.fixture
def container(pod):
    (found,) = pod["containers"]
    return found


@pytest.fixture
def settings():
    return loads(manifest("configmap")["data"]["lrcontrol.yaml"], environ={}).settings


def test_all_of_them_are_applied():
    listed = manifest("kustomization")["resources"]
    assert listed == sorted(f"{name}.yaml" for name in {*own(), *FOREIGN} - {"kustomization"})


def test_the_image_is_of_this_version(container):
    (image,) = manifest("kustomization")["images"]
    assert (image["name"], image["newTag"]) == (container["image"], __version__)


def test_labels_lead_from_each_to_the_pod():
    labels = manifest("statefulset")["spec"]["template"]["metadata"]["labels"]
    assert manifest("statefulset")["spec"]["selector"]["matchLabels"] == labels
    assert manifest("service")["spec"]["selector"] == labels
    assert manifest("networkpolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert manifest("podmonitor")["spec"]["selector"]["matchLabels"] == labels


def test_one_port_under_one_name(container, settings):
    (port,) = container["ports"]
    assert port == {"name": "http", "containerPort": settings.http.address[1]}
    (service,) = manifest("service")["spec"]["ports"]
    assert (service["port"], service["targetPort"]) == (port["containerPort"], "http")
    (scraped,) = manifest("podmonitor")["spec"]["podMetricsEndpoints"]
    assert scraped["port"] == "http"
    (rule,) = manifest("networkpolicy")["spec"]["ingress"]
    assert [p["port"] for p in rule["ports"]] == ["http"]


def test_probes_ask_what_there_is(container):
    asked = {name: container[f"{name}Probe"] for name in ("startup", "liveness", "readiness")}
    assert asked["startup"]["httpGet"]["path"] in LIVE
    assert asked["liveness"]["httpGet"]["path"] in LIVE
    assert asked["readiness"]["httpGet"]["path"] in READY
    assert {probe["httpGet"]["port"] for probe in asked.values()} == {"http"}
    startup = asked["startup"]
    assert startup["failureThreshold"] * startup["periodSeconds"] >= 300


def test_it_has_time_for_the_last_checkpoint(pod):
    assert pod["terminationGracePeriodSeconds"] > 2 * (LAST_WAIT + STOP_TIMEOUT)


def test_it_may_do_nothing_but_its_work(pod, container):
    who = {name: pod["securityContext"][name] for name in ("runAsUser", "runAsGroup", "fsGroup")}
    assert set(who.values()) == {UID}
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_what_is_named_is_mounted(pod, container, settings):
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    named = [settings.http.tokens.read_file, settings.http.tokens.write_file]
    assert [mounts[str(Path(path).parent)] for path in named] == ["tokens", "tokens"]
    assert mounts[str(settings.checkpoint.folder.parent)] == "state"
    (claim,) = manifest("statefulset")["spec"]["volumeClaimTemplates"]
    volumes = [volume["name"] for volume in pod["volumes"]]
    assert {*volumes, claim["metadata"]["name"]} == set(mounts.values())


def test_tokens_are_in_a_secret_that_others_cannot_read(pod):
    (tokens,) = [v["secret"] for v in pod["volumes"] if "secret" in v]
    assert not tokens["defaultMode"] & (stat.S_IWGRP | stat.S_IRWXO)
    (scraped,) = manifest("podmonitor")["spec"]["podMetricsEndpoints"]
    assert scraped["authorization"]["credentials"] == {"name": tokens["secretName"], "key": "read"}


def test_nobody_reads_without_a_token(settings):
    assert settings.http.tokens.has("read")
    assert settings.http.tokens.has("write")
