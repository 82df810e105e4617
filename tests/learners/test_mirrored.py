"""Linear models in a kernel: what the loop, a copy and a restart see of them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from river import compose, datasets, linear_model, metrics, optim, preprocessing, tree

from lrcontrol import Limits, Loop, Record
from lrcontrol.control import Auto, Bank, Fixed, Trace
from lrcontrol.gain import NotSteerable
from lrcontrol.kernels import available

PHISHING = [Record(x, bool(y)) for x, y in datasets.Phishing()][:320]
TRUMP = [Record(x, float(y)) for x, y in datasets.TrumpApproval()][:320]


def scaled(final: Any) -> compose.Pipeline:
    return preprocessing.StandardScaler() | final


def looped(controller: Any, final: Any = None, **options: Any) -> Loop:
    model = scaled(final or linear_model.LogisticRegression())
    return Loop(model, controller, initial_rate=options.pop("initial_rate", 10.0), **options)


def test_a_bank_serves_its_leader_and_says_so():
    loop = looped(Bank(), initial_rate=10.0)
    loop.learn(PHISHING)
    status = loop.status
    assert status.loss_sum / status.steps < 0.36  # 3.0 at the fixed rate of 10
    served = [member for member in status.members if member.weight]
    assert len(status.members) == 16
    assert [member.rate for member in served] == [status.rate]
    assert status.rates == {"intercept": status.rate, "weights": status.rate}
    assert any(reason == "promoted" for _, reason in status.decisions)
    assert status.last is not None
    assert set(status.last.terms) == {"ceiling", "lead", "fallback"}


def test_the_river_model_holds_what_is_served():
    loop = looped(Bank())
    loop.learn(PHISHING)
    x = PHISHING[0].x
    assert loop.model.predict_proba_one(x)[True] == pytest.approx(
        loop.predict_one(x)[True], rel=1e-9
    )
    before = dict(loop.model["LogisticRegression"].weights)
    loop.learn(PHISHING[:64])
    assert loop.model["LogisticRegression"].weights != before


@pytest.mark.parametrize("cuts", [1, 7, 320])
def test_blocks_change_nothing(cuts):
    whole, cut = looped(Bank()), looped(Bank())
    whole.learn(PHISHING)
    for i in range(0, len(PHISHING), cuts):
        cut.learn(PHISHING[i : i + cuts])
    assert cut.status.rate == whole.status.rate
    assert cut.status.loss_sum == pytest.approx(whole.status.loss_sum, rel=1e-12)


@pytest.mark.parametrize("final", [linear_model.LogisticRegression, linear_model.LinearRegression])
def test_a_compiled_model_is_river_at_the_same_rate(final):
    items = PHISHING if final is linear_model.LogisticRegression else TRUMP
    plain = looped(Fixed(), final(optim.Adam()), initial_rate=0.02)
    compiled = looped(Fixed(), final(optim.Adam()), initial_rate=0.02, compiled=True)
    for loop in (plain, compiled):
        loop.learn(items)
    assert compiled.status.loss_sum == pytest.approx(plain.status.loss_sum, rel=1e-9)
    name = final.__name__
    assert compiled.model[name].weights == pytest.approx(plain.model[name].weights, rel=1e-9)


def test_metrics_see_what_was_served():
    plain = looped(Fixed(), initial_rate=0.02, metrics=[metrics.Accuracy(), metrics.LogLoss()])
    compiled = looped(
        Fixed(), initial_rate=0.02, metrics=[metrics.Accuracy(), metrics.LogLoss()], compiled=True
    )
    for loop in (plain, compiled):
        loop.learn(PHISHING)
    assert compiled.status.metrics == pytest.approx(plain.status.metrics, rel=1e-9)


@pytest.mark.parametrize("controller", [Bank(), Trace()])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda loop: pickle.loads(pickle.dumps(loop))])
def test_a_copy_goes_on_the_same_and_alone(copied, controller):
    loop = looped(controller)
    loop.learn(PHISHING[:150])
    twin = copied(loop)
    loop.learn(PHISHING[150:])
    assert twin.status.steps == 150
    twin.learn(PHISHING[150:])
    assert twin.status == loop.status
    assert twin.gain is not loop.gain
    assert twin.model["LogisticRegression"].weights == loop.model["LogisticRegression"].weights


def test_what_has_no_kernel_is_refused():
    for model in (
        linear_model.LinearRegression(optim.Momentum()),
        linear_model.Perceptron(),
        tree.HoeffdingTreeRegressor(),
    ):
        with pytest.raises(NotSteerable, match="has no kernel"):
            Loop(model, Bank())
        with pytest.raises(NotSteerable, match="has no kernel"):
            Loop(model, Fixed(), compiled=True)


def test_auto_says_which_and_why():
    linear = looped(Auto()).status
    assert linear.chosen == ("bank" if available() else "trace")
    assert "linear model with SGD" in linear.why
    other = Loop(tree.HoeffdingTreeRegressor(), Auto(budget=1.5)).status
    assert (other.chosen, "1.5 times" in other.why) == ("race", True)
    assert looped(Fixed(), initial_rate=0.1).status.chosen == ""


def test_plain_python_and_the_kernel_agree_where_classes_appear_one_by_one():
    items = [Record(x, y) for x, y in datasets.ImageSegments()][:400]
    kernel = looped(Trace(), linear_model.SoftmaxRegression())
    python = looped(
        Trace(), linear_model.SoftmaxRegression(), limits=Limits(low=1e-9, high=9e3, slew=None)
    )
    for loop in (kernel, python):
        loop.learn(items)
    assert type(kernel.learner) is not type(python.learner)
    assert kernel.status.loss_sum == pytest.approx(python.status.loss_sum, rel=1e-9)
    assert kernel.status.rate == pytest.approx(python.status.rate, rel=1e-9)


def test_limits_that_are_given_leave_the_fixed_rates_within_them():
    tight = Limits(low=0.02, high=0.5, slew=None)
    loop = looped(Bank(), initial_rate=0.05, limits=tight)
    rates = []
    for i in range(0, len(PHISHING), 8):
        loop.learn(PHISHING[i : i + 8])
        rates.append(loop.learner.members())
    held = {member.name for members in rates for member in members}
    assert held == {"0.0316", "0.05", "0.1", "0.316"}
    assert max(member.rate for members in rates for member in members) <= 0.5
