"""The page about the metrics: as the code has them, every one of them."""

import subprocess
from pathlib import Path

from prometheus_client import CollectorRegistry

from lrcontrol.measures.reference import REMAKE, page
from lrcontrol.metrics import Collector, build_registry, render
from lrcontrol.status import (
    DURATION_BUCKETS,
    Arm,
    CheckpointStatus,
    DeadLettersStatus,
    LoopStatus,
    Member,
    ModelStatus,
    SourceStatus,
    Status,
)
from lrcontrol.web.requests import Requests

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == page(), f"remake it: {REMAKE}"


LOOP = LoopStatus(members=(Member("0.1", 0.1),), arms=(Arm("half", 0.1),))
STATUS = Status(
    (ModelStatus("fare", LOOP, predict_buckets=(1,) * (len(DURATION_BUCKETS) + 1)),),
    (SourceStatus("rides", letters={"decode": 1}, breaks=1),),
    checkpoint=CheckpointStatus(),
    letters=DeadLettersStatus(),
    config_hash="3f2a",
)


def test_promtool_finds_nothing_to_say_of_a_page_with_everything(promtool):
    requests = Requests()
    requests.add("/metrics", "GET", 200, 0.01)
    shown, _ = render(build_registry(lambda: STATUS, requests))
    command = [promtool, "check", "metrics"]
    checked = subprocess.run(command, input=shown, capture_output=True, timeout=30, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_every_metric_of_the_collector_is_on_the_page():
    registry = CollectorRegistry()
    registry.register(Collector(lambda: STATUS, Requests()))
    names = {family.name.removeprefix("lrcontrol_") for family in registry.collect()}
    assert len(names) > 60
    assert not [name for name in names - {"build"} if f"| `{name}" not in page()]
