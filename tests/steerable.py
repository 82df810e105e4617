"""Every River model that holds a rate, with a stream it can learn: the zoo of the freeze test."""

import functools
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from river import (
    anomaly,
    bandit,
    base,
    conf,
    drift,
    ensemble,
    facto,
    forest,
    imblearn,
    linear_model,
    metrics,
    model_selection,
    multiclass,
    multioutput,
    optim,
    preprocessing,
    reco,
    rules,
    time_series,
    tree,
)

Learn = Callable[[Any, dict[str, float], float], None]


def lin() -> base.Regressor:
    return linear_model.LinearRegression()


def log() -> base.Classifier:
    return linear_model.LogisticRegression()


def softmax() -> base.Classifier:
    return linear_model.SoftmaxRegression()


def regression(model, x, y):
    model.predict_one(x)
    model.learn_one(x, y)


def binary(model, x, y):
    model.predict_one(x)
    model.learn_one(x, y > 2.5)


def multiclass_(model, x, y):
    model.predict_one(x)
    model.learn_one(x, "abc"[(x["a"] > 0) + (x["b"] > 0)])


def outputs(model, x, y):
    model.predict_one(x)
    model.learn_one(x, {"u": y, "v": x["b"] - y})


def labels(model, x, y):
    model.predict_one(x)
    model.learn_one(x, {"u": y > 2.5, "v": x["b"] > 0})


def ratings(model, x, y):
    model.learn_one("uvw"[int(3 * abs(x["a"])) % 3], "ijk"[int(3 * abs(x["b"])) % 3], y)


def one_class(model, x, y):
    model.learn_one(x)


def detection(model, x, y):
    model.learn_one(x, y)


def series(model, x, y):
    model.learn_one(y, x)


class Case(NamedTuple):
    """A model, how it learns, and whether sub-models are born while it does."""

    make: Callable[[], Any]
    learn: Learn
    births: bool = False


def tree_arguments(**more):
    return {"grace_period": 20, "delta": 0.5, "tau": 0.5, "leaf_prediction": "model", **more}


def facto_cases() -> Iterator[tuple[str, Case]]:
    for name in facto.__all__:
        learn = regression if name.endswith("Regressor") else binary
        yield name, Case(functools.partial(getattr(facto, name), seed=1), learn)


CASES = {
    "LinearRegression": Case(lin, regression),
    "LinearRegression l1": Case(lambda: linear_model.LinearRegression(l1=1e-6), regression),
    "LogisticRegression": Case(log, binary),
    "Perceptron": Case(linear_model.Perceptron, binary),
    "SoftmaxRegression": Case(softmax, multiclass_, True),
    "OneClassSVM": Case(anomaly.OneClassSVM, one_class),
    "PredictiveAnomalyDetection": Case(anomaly.PredictiveAnomalyDetection, detection),
    **dict(facto_cases()),
    "Baseline": Case(lambda: reco.Baseline(seed=1), ratings),
    "Baseline, own optimizer": Case(lambda: reco.Baseline(optim.SGD(), seed=1), ratings),
    "FunkMF": Case(lambda: reco.FunkMF(seed=1), ratings),
    "BiasedMF": Case(lambda: reco.BiasedMF(seed=1), ratings),
    "Pipeline": Case(lambda: preprocessing.StandardScaler() | lin(), regression),
    "TargetStandardScaler": Case(lambda: preprocessing.TargetStandardScaler(lin()), regression),
    "TargetMinMaxScaler": Case(lambda: preprocessing.TargetMinMaxScaler(lin()), regression),
    "PredClipper": Case(lambda: preprocessing.PredClipper(lin(), -99, 99), regression),
    "OneVsRest": Case(lambda: multiclass.OneVsRestClassifier(log()), multiclass_, True),
    "OneVsOne": Case(lambda: multiclass.OneVsOneClassifier(log()), multiclass_, True),
    "OutputCode": Case(lambda: multiclass.OutputCodeClassifier(log(), 6, seed=1), multiclass_),
    "RegressorChain": Case(lambda: multioutput.RegressorChain(lin()), outputs, True),
    "PerOutputRegressor": Case(lambda: multioutput.PerOutputRegressor(lin()), outputs, True),
    "ClassifierChain": Case(lambda: multioutput.ClassifierChain(log()), labels, True),
    "MonteCarloChain": Case(
        lambda: multioutput.MonteCarloClassifierChain(log(), m=3, seed=1), labels, True
    ),
    "ProbabilisticChain": Case(
        lambda: multioutput.ProbabilisticClassifierChain(log()), labels, True
    ),
    "PerOutputClassifier": Case(lambda: multioutput.PerOutputClassifier(log()), labels, True),
    "MultiClassEncoder": Case(lambda: multioutput.MultiClassEncoder(softmax()), labels, True),
    "BaggingRegressor": Case(lambda: ensemble.BaggingRegressor(lin(), 3, seed=1), regression),
    "BaggingClassifier": Case(lambda: ensemble.BaggingClassifier(log(), 3, seed=1), binary),
    "Bagging of Softmax": Case(
        lambda: ensemble.BaggingClassifier(softmax(), 3, seed=1), multiclass_, True
    ),
    "ADWINBagging": Case(lambda: ensemble.ADWINBaggingClassifier(log(), 3, seed=1), binary),
    "LeveragingBagging": Case(
        lambda: ensemble.LeveragingBaggingClassifier(log(), 3, seed=1), binary
    ),
    "ADWINBoosting": Case(lambda: ensemble.ADWINBoostingClassifier(log(), 3, seed=1), binary),
    "AdaBoost": Case(lambda: ensemble.AdaBoostClassifier(log(), 3, seed=1), binary),
    "BOLE": Case(lambda: ensemble.BOLEClassifier(log(), 3, seed=1), binary),
    "SRPRegressor": Case(lambda: ensemble.SRPRegressor(lin(), 3, seed=1), regression, True),
    "SRPClassifier": Case(lambda: ensemble.SRPClassifier(log(), 3, seed=1), binary, True),
    "EWARegressor": Case(lambda: ensemble.EWARegressor([lin(), lin()]), regression),
    "Stacking": Case(
        lambda: ensemble.StackingClassifier([log(), linear_model.Perceptron()], log()), binary
    ),
    "Voting": Case(lambda: ensemble.VotingClassifier([log(), linear_model.Perceptron()]), binary),
    "HardSamplingRegressor": Case(
        lambda: imblearn.HardSamplingRegressor(lin(), size=20, p=0.1, seed=1), regression
    ),
    "HardSamplingClassifier": Case(
        lambda: imblearn.HardSamplingClassifier(log(), size=20, p=0.1, seed=1), binary
    ),
    "RandomUnderSampler": Case(
        lambda: imblearn.RandomUnderSampler(log(), {False: 0.5, True: 0.5}, seed=1), binary
    ),
    "RandomOverSampler": Case(
        lambda: imblearn.RandomOverSampler(log(), {False: 0.5, True: 0.5}, seed=1), binary
    ),
    "ChebyshevOverSampler": Case(lambda: imblearn.ChebyshevOverSampler(lin()), regression),
    "GreedyRegressor": Case(
        lambda: model_selection.GreedyRegressor([lin(), lin()], metrics.MAE()), regression
    ),
    "SuccessiveHalving": Case(
        lambda: model_selection.SuccessiveHalvingRegressor(
            [lin(), lin()], metrics.MAE(), budget=100
        ),
        regression,
    ),
    "BanditRegressor": Case(
        lambda: model_selection.BanditRegressor(
            [lin(), lin()], metrics.MAE(), bandit.EpsilonGreedy(0.5, seed=1)
        ),
        regression,
    ),
    "RegressionJackknife": Case(lambda: conf.RegressionJackknife(lin()), regression),
    "SNARIMAX": Case(lambda: time_series.SNARIMAX(2, 0, 1, regressor=lin()), series),
    "HoeffdingTreeRegressor": Case(
        lambda: tree.HoeffdingTreeRegressor(**tree_arguments(leaf_model=lin())), regression, True
    ),
    "HoeffdingTree, default leaf": Case(
        lambda: tree.HoeffdingTreeRegressor(**tree_arguments()), regression, True
    ),
    "HoeffdingAdaptiveTree": Case(
        lambda: tree.HoeffdingAdaptiveTreeRegressor(**tree_arguments(seed=1)), regression, True
    ),
    "ISOUPTreeRegressor": Case(lambda: tree.ISOUPTreeRegressor(**tree_arguments()), outputs, True),
    "ARFRegressor": Case(
        lambda: forest.ARFRegressor(n_models=2, seed=1, **tree_arguments(leaf_model=lin())),
        regression,
        True,
    ),
    "OXTRegressor": Case(
        lambda: forest.OXTRegressor(n_models=2, seed=1, **tree_arguments(leaf_model=lin())),
        regression,
        True,
    ),
    "DriftRetraining": Case(lambda: drift.DriftRetrainingClassifier(log()), binary),
    "AMRules": Case(lambda: rules.AMRules(n_min=20, tau=0.5), regression, True),
}


def drive(learn: Learn, model: Any, records: int, seed: int) -> None:
    """Teach ``model`` a step function: ``records`` of five features that are always there."""
    rng = random.Random(seed)
    for _ in range(records):
        x = {name: rng.gauss(0.0, 1.0) for name in "abcde"}
        learn(model, x, 5.0 * (x["a"] > 0) + x["b"] + rng.gauss(0.0, 0.1))
