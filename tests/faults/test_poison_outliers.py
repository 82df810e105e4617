"""What passes the guard's bounds and does harm all the same, replaced in front of the loop."""

from __future__ import annotations

import pytest
from faults.test_poison_values import BEFORE, MODELS, VALUES, loop_of, skill, stream

from lrcontrol import Record
from lrcontrol.outliers import Outliers


@pytest.mark.parametrize("where", ["feature", "target"])
@pytest.mark.parametrize("name", MODELS)
def test_an_outlier_within_the_bounds_does_no_harm_when_it_is_clipped(name, where):
    kind = MODELS[name][0]
    if where == "target" and kind != "regression":
        return  # a label is no number to be replaced
    records = stream(kind, 3)
    clean = loop_of(name)
    clean.learn(records[:BEFORE])
    loop = loop_of(name)
    loop.learn(records[:BEFORE])
    features, targets = Outliers(), Outliers()
    features.features([record.x for record in records[:BEFORE]])
    bad = records[0]
    if where == "feature":
        (x,), replaced = features.features([{**bad.x, "f2": VALUES["1e6"]}])
        loop.learn([Record(x, bad.y)])
    else:
        targets.numbers([record.y for record in records[:BEFORE]])
        (y,), replaced = targets.numbers([1e6])
        loop.learn([Record(bad.x, y)])
    assert replaced == 1
    with_it, without = skill(loop, records[BEFORE:]), skill(clean, records[BEFORE:])
    assert with_it == pytest.approx(without, abs=0.01)
