"""The table for browsers without JavaScript."""

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.page import render
from lrcontrol.status import (
    CheckpointStatus,
    Decision,
    LoopStatus,
    ModelStatus,
    Override,
    ReloadStatus,
    SourceStatus,
    Status,
)

LOOP = LoopStatus(
    steps=12_800, loss_sum=3.0, loss_count=10, baseline_sum=12.0, baseline_count=10, rate=0.0123,
    low=1e-5, high=1.0, last=Decision(12_800, "lower", "dead_band", "none", 0.02, 0.0123, 0.0123),
)  # fmt: skip
STATUS = Status(
    models=(ModelStatus("fare", LOOP, override=Override("kim", "incident 7", 0.0)),),
    sources=(SourceStatus("rides", "kafka", 13_000, rejected={"json": 200}, connected=True),),
    started_at=1_700_000_000.0,
    ready=True,
    checkpoint=CheckpointStatus(durable_at=1_700_000_100.0, behind=1_234, problem="no room"),
    reload=ReloadStatus(well=False, problem="models.fare: cold"),
)


class Cells(HTMLParser):
    """Reads the text of every cell, and fails on a tag that is not of a table."""

    def __init__(self, text):
        super().__init__()
        self.rows = []
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        assert tag in ("table", "caption", "thead", "tbody", "tr", "th", "td"), tag
        if tag == "tr":
            self.rows.append([])
        self.tags.append(tag)

    def handle_data(self, data):
        if self.rows and self.tags[-1] in ("th", "td") and data.strip():
            self.rows[-1].append(data)


def test_it_answers_the_questions():
    said = [" | ".join(row) for row in Cells(render(STATUS)).rows]
    assert (
        "fare | running | automatic: kim, incident 7, with no end | 75.0% | 0.3 | 1.2 | 0.0123 | "
        "1e-05 to 1 | 12,800 | lower, dead band"
    ) in said
    assert "rides | kafka | connected | 13,000 | - | - | json 200" in said
    assert "Started | 2023-11-14 22:13:20 UTC" in said
    assert {"Ready | yes", "Problem | no room", "Reload refused | models.fare: cold"} <= set(said)


def test_a_daemon_that_has_nothing_yet_has_three_tables():
    assert Cells(render(Status())).tags.count("table") == 3


@settings(max_examples=50)
@given(st.text(st.characters(exclude_categories=["C"]), min_size=1))
def test_no_name_becomes_markup(name):
    model = ModelStatus(
        name, LOOP, state="failed", failure=name, override=Override(name, name, 0.0)
    )
    source = SourceStatus(name, name, rejected={name: 1})
    status = Status((model,), (source,), reload=ReloadStatus(False, problem=name))
    assert Cells(render(status)).tags.count("tr") == 8
