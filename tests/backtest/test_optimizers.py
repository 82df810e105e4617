"""Another optimizer in the user's model, wherever River keeps it, and nothing else changed."""

import pytest
from river import compose, facto, linear_model, multiclass, naive_bayes, optim, preprocessing

from lrcontrol.backtest.optimizers import OPTIMIZERS, with_optimizer


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_linear_model_gets_rivers_default_and_keeps_the_rest(name):
    model = preprocessing.StandardScaler() | linear_model.LinearRegression(
        optim.SGD(0.5), l2=0.25, intercept_lr=0.125
    )
    made = with_optimizer(model, name)["LinearRegression"]
    assert type(made.optimizer) is OPTIMIZERS[name]
    assert made.optimizer.learning_rate == OPTIMIZERS[name]().learning_rate
    assert (made.l2, made.intercept_lr.get(0)) == (0.25, 0.125)
    assert model["LinearRegression"].optimizer.learning_rate == 0.5


def test_optimizers_inside_other_parts_are_found():
    inner = multiclass.OneVsRestClassifier(linear_model.LogisticRegression())
    nested = compose.Pipeline(preprocessing.StandardScaler(), inner)
    made = with_optimizer(nested, "adam")["OneVsRestClassifier"]
    assert isinstance(made.classifier.optimizer, optim.Adam)


def test_every_optimizer_of_a_factorization_machine_is_replaced():
    made = with_optimizer(facto.FMRegressor(seed=1), "adagrad")
    assert isinstance(made.weight_optimizer, optim.AdaGrad)
    assert isinstance(made.latent_optimizer, optim.AdaGrad)
    assert made.weight_optimizer is not made.latent_optimizer


def test_an_averager_gives_way_as_a_whole():
    made = with_optimizer(linear_model.LinearRegression(optim.Averager(optim.SGD())), "sgd")
    assert type(made.optimizer) is optim.SGD


def test_a_model_without_an_optimizer_is_refused():
    with pytest.raises(ValueError, match="GaussianNB takes an optimizer"):
        with_optimizer(naive_bayes.GaussianNB(), "adam")
