"""River's own checks on models whose rate moves on each record, inside its estimators."""

import pytest
from river import checks, facto, linear_model

from lrcontrol import ControlledClassifier, ControlledRegressor
from lrcontrol.control import Bank, Mixture, Trace
from lrcontrol.control.race import Race

RACE = Race(copies=3, first=8)
MODELS = {
    "raced regressor": ControlledRegressor(linear_model.LinearRegression(), RACE),
    "raced classifier": ControlledClassifier(linear_model.LogisticRegression(), RACE),
    "raced classes": ControlledClassifier(linear_model.SoftmaxRegression(), RACE),
    "climbing regressor": ControlledRegressor(facto.FMRegressor(n_factors=2, seed=1), Trace()),
    "climbing classifier": ControlledClassifier(facto.FMClassifier(n_factors=2, seed=1), Trace()),
    "traced regressor": ControlledRegressor(linear_model.LinearRegression(), Trace()),
    "traced classifier": ControlledClassifier(linear_model.LogisticRegression(), Trace()),
    "traced classes": ControlledClassifier(linear_model.SoftmaxRegression(), Trace()),
    "bank of regressors": ControlledRegressor(linear_model.LinearRegression(), Bank()),
    "bank of classifiers": ControlledClassifier(linear_model.LogisticRegression(), Bank()),
    "bank of classes": ControlledClassifier(linear_model.SoftmaxRegression(), Bank()),
    "mixed regressors": ControlledRegressor(linear_model.LinearRegression(), Mixture()),
}
#: River's own machines cannot predict a single feature before they have learned it.
KNOWN = {("climbing regressor", "check_radically_disappearing_features")}
CASES = [
    pytest.param(model, check, id=f"{name} {check.__name__}")
    for name, model in MODELS.items()
    for check in checks.yield_checks(model)
    if check.__name__ not in model._unit_test_skips()
    if (name, check.__name__) not in KNOWN
]


@pytest.mark.parametrize(("model", "check"), CASES)
def test_rivers_check_passes(model, check):
    check(model.clone())
