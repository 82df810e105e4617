"""What a loop prepares is what its first block needs, and makes no difference to what it learns."""

import pytest
from river import linear_model, optim, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.control import Bank, BoldDriver, Fixed, Mixture, Race, Trace
from lrcontrol.kernels import available
from lrcontrol.kernels.bank_rows import bank_rows
from lrcontrol.kernels.mixture_glm import mixture_glm
from lrcontrol.kernels.solo import solo_rows

RECORDS = [Record({"a": i % 7 - 3.0, "b": i % 5 - 2.0}, i % 3 - 1.0) for i in range(200)]
LOOPS = {
    "bank": (Bank(), {}, bank_rows),
    "mixture": (Mixture(), {}, mixture_glm),
    "plain": (Fixed(), {"compiled": True}, solo_rows),
    "in Python": (BoldDriver(), {}, None),
    "race": (Race(), {}, None),
    "trace": (Trace(), {}, None),
}


def loop(name: str) -> Loop:
    controller, options, _ = LOOPS[name]
    linear = linear_model.LinearRegression(optim.SGD(0.01))
    return Loop(preprocessing.StandardScaler() | linear, controller, **options)


@pytest.mark.parametrize("name", LOOPS)
def test_a_prepared_loop_learns_as_any_other_and_compiles_nothing_more(name):
    prepared, other = loop(name), loop(name)
    prepared.prepare()
    for one in (prepared, other):
        one.learn(RECORDS)
    x = RECORDS[0].x
    assert prepared.predict_one(x) == other.predict_one(x)
    assert prepared.status.rate == other.status.rate
    kernel = LOOPS[name][2]
    if kernel is not None and available():
        assert len(kernel._compiled.signatures) == 1
