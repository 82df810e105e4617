"""Room for columns is the same whether they come at once or one by one."""

from __future__ import annotations

import pytest
from faults.numeric import numbers
from river import linear_model, optim, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.control import Bank, Mixture, Trace


@pytest.mark.parametrize("controller", [Bank(), Mixture(), Trace()], ids=lambda c: type(c).__name__)
@pytest.mark.parametrize("names", [3, 7, 20, 90])
def test_columns_at_once_or_one_by_one_leave_the_same_state(controller, names):
    records = [Record({f"x{i}": 1.0 + i % 3}, float(i % 5)) for i in range(names)]
    loops = []
    for block in (1, 5, names):
        model = preprocessing.StandardScaler() | linear_model.LinearRegression(optim.SGD())
        loop = Loop(model, controller, compiled=True)
        for at in range(0, names, block):
            loop.learn(records[at : at + block])
        loops.append(numbers(loop.learner))
    assert loops[0] == loops[1] == loops[2]
