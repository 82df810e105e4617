"""River's own checks on models that race or climb inside its estimators."""

import pytest
from river import checks, facto, linear_model

from lrcontrol import ControlledClassifier, ControlledRegressor
from lrcontrol.control import Trace
from lrcontrol.control.race import Race

RACE = Race(copies=3, first=8)
MODELS = {
    "raced regressor": ControlledRegressor(linear_model.LinearRegression(), RACE),
    "raced classifier": ControlledClassifier(linear_model.LogisticRegression(), RACE),
    "raced classes": ControlledClassifier(linear_model.SoftmaxRegression(), RACE),
    "climbing regressor": ControlledRegressor(facto.FMRegressor(n_factors=2, seed=1), Trace()),
    "climbing classifier": ControlledClassifier(facto.FMClassifier(n_factors=2, seed=1), Trace()),
}
#: The estimators ask the model they were given, which is no longer the served one after a race, and
#: River's own machines cannot predict a single feature before they have learned it.
KNOWN = {
    ("raced classes", "check_classifier_tracks_seen_labels"),
    ("climbing regressor", "check_radically_disappearing_features"),
}
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
