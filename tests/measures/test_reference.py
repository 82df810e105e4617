"""The page about the metrics: as the code has them, every one of them."""

from pathlib import Path

from prometheus_client import CollectorRegistry

from lrcontrol.measures.reference import REMAKE, page
from lrcontrol.metrics import Collector
from lrcontrol.status import (
    Arm,
    CheckpointStatus,
    DeadLettersStatus,
    LoopStatus,
    Member,
    ModelStatus,
    SourceStatus,
    Status,
)

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == page(), f"remake it: {REMAKE}"


def test_every_metric_of_the_collector_is_on_the_page():
    loop = LoopStatus(members=(Member("0.1", 0.1),), arms=(Arm("half", 0.1),))
    status = Status(
        (ModelStatus("fare", loop),),
        (SourceStatus("rides"),),
        checkpoint=CheckpointStatus(),
        letters=DeadLettersStatus(),
    )
    registry = CollectorRegistry()
    registry.register(Collector(lambda: status))
    names = {family.name.removeprefix("lrcontrol_") for family in registry.collect()}
    assert len(names) > 60
    assert not [name for name in names - {"build"} if f"| `{name}" not in page()]
