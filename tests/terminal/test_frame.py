"""One frame of the live view, from one model to six, from wide to narrow."""

import pytest

from lrcontrol.status import SourceStatus
from lrcontrol.terminal.frame import left_text, lines, model_columns, source_columns


def shown(columns, room):
    return [line.plain for line in lines(columns, room)]


def test_models_at_full_width(status):
    assert shown(model_columns(status.models, [1000.4, 0.0, 0.0]), 120) == [
        "model       records  records/s      loss  baseline  skill    rate  last decision",
        "fare         12,345      1,000     0.125       0.5  0.750  0.0123  lowered 0.5x: worse",
        "left_alone   12,345          0  diverged       0.5      -      10  lowered 0.5x: worse",
        "broken       12,345          0    failed       0.5  0.750  0.0123"
        "  failed: ValueError: no such?[...",
    ]


def test_what_matters_most_stays_on_a_narrow_terminal(status):
    narrow = shown(model_columns(status.models, [0.0] * 3), 38)
    assert narrow[0].split() == ["model", "loss", "skill", "rate"]
    assert narrow[1].split() == ["fare", "0.125", "0.750", "0.0123"]


@pytest.mark.parametrize("room", [10, 30, 40, 60, 80, 100, 200])
@pytest.mark.parametrize("count", range(7))
def test_no_line_is_wider_than_the_terminal(status, room, count):
    models = [m._replace(name=f"{m.name}_{i}" * 5) for i, m in enumerate(status.models * 2)][:count]
    rows = shown(model_columns(models, [1e6] * count), room)
    assert len(rows) == 1 + count
    assert max(map(len, rows)) <= room


def test_sources_with_and_without_a_length(status):
    columns = source_columns(status.sources, [500.0, 10.0], ascii_only=True)
    assert shown(columns, 100)[1:] == [
        "rides  #####...................  12,345 of 50,000  0:01:15 left  13 rejected",
        "stdin                                         777  ended",
    ]


def test_the_bar_is_not_overrun_by_a_source_that_repeats():
    again = SourceStatus("again", records=250, length=100)
    row = shown(source_columns([again], [1.0], ascii_only=False), 80)[1]
    assert row == f"again  {'━' * 24}  250 of 100  0:00:00 left"


def test_what_is_left_of_a_source():
    source = SourceStatus("s", records=40, length=100)
    assert left_text(source, 0.0) == ""
    assert left_text(source, 1.0) == "0:01:00 left"
    assert left_text(source._replace(length=None, lag=5), 1.0) == "5 waiting"


def test_the_bar_goes_before_the_figures(status):
    row = shown(source_columns(status.sources, [500.0, 0.0], ascii_only=False), 60)[1]
    assert row == "rides  12,345 of 50,000  0:01:15 left  13 rejected"
