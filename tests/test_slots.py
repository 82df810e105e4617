"""The walk finds and names schedulers wherever a model keeps them."""

import functools

import pytest
from river import base, ensemble, linear_model, multiclass, optim, preprocessing, reco

from lrcontrol.slots import find


def paths(model):
    return sorted(slot.path for slot in find(model).slots)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (optim.SGD(), ["SGD.lr"]),
        (
            linear_model.SoftmaxRegression(),
            ["SoftmaxRegression.optimizer.lr"],
        ),
        (
            linear_model.LinearRegression(optim.Averager(optim.SGD())),
            ["LinearRegression.intercept_lr", "LinearRegression.optimizer.optimizer.lr"],
        ),
        (
            reco.FunkMF(),
            ["FunkMF.i_optimizer.lr", "FunkMF.u_optimizer.lr"],
        ),
        (
            preprocessing.TargetStandardScaler(linear_model.LinearRegression()),
            ["LinearRegression.intercept_lr", "LinearRegression.optimizer.lr"],
        ),
        (
            ensemble.BaggingRegressor(linear_model.LinearRegression(), n_models=2, seed=1),
            ["LinearRegression.intercept_lr"] * 3 + ["LinearRegression.optimizer.lr"] * 3,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_finds_and_names(model, expected):
    assert paths(model) == expected


def test_finds_the_optimizer_of_each_label():
    model = linear_model.SoftmaxRegression()
    for label in "abc":
        model.learn_one({"a": 1.0}, label)
    assert (
        paths(model) == ["SoftmaxRegression.optimizer.lr"] + ["SoftmaxRegression.optimizers.lr"] * 3
    )


def test_finds_the_same_whether_or_not_attributes_were_looked_at():
    model = linear_model.LogisticRegression()
    before = paths(model)
    assert vars(model)  # makes Python keep the attributes in a dictionary from now on
    assert vars(model.optimizer)
    assert paths(model) == before


def test_nearest_first():
    model = preprocessing.StandardScaler() | ensemble.StackingClassifier(
        [multiclass.OneVsRestClassifier(linear_model.LogisticRegression()) for _ in range(2)],
        linear_model.SoftmaxRegression(),
    )
    assert find(model).slots[0].path == "SoftmaxRegression.optimizer.lr"


class Doubling(base.Regressor):
    """A regressor of the user's that reads a scheduler itself, and holds a factory of models."""

    def __init__(self, rate):
        self.rate = rate
        self.make = functools.partial(linear_model.LinearRegression, optim.SGD())
        self.classes = [linear_model.LinearRegression]

    def learn_one(self, x, y):
        self.seen = self.rate.get(0)

    def predict_one(self, x):
        return 0.0


def test_finds_what_users_hold_in_attributes_and_factories():
    assert paths(Doubling(optim.schedulers.Constant(0.1))) == ["Doubling.make.lr", "Doubling.rate"]


class Table(base.Regressor):
    """A regressor that keeps its schedulers in a table."""

    def __init__(self):
        self.table = {"a": optim.schedulers.Constant(0.1)}

    def learn_one(self, x, y):
        self.seen = self.table["a"].get(0)

    def predict_one(self, x):
        return 0.0


def test_says_what_it_cannot_replace():
    found = find(Table())
    assert not found.slots
    assert found.refused == {
        "Table.table": "a scheduler kept here cannot be replaced; keep it in an attribute of an"
        " object"
    }


def test_refused_optimizers_are_named_with_their_kind():
    found = find(linear_model.LinearRegression(optim.FTRLProximal()))
    assert list(found.refused) == ["LinearRegression.optimizer (FTRLProximal)"]
    assert [slot.path for slot in found.slots] == ["LinearRegression.intercept_lr"]
