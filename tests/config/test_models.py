import typing

import pytest

from lrcontrol import scoring
from lrcontrol.checks import Invalid
from lrcontrol.config.hints import hints_of
from lrcontrol.config.models import ModelSettings
from lrcontrol.config.specs import Factory, Part, Steps
from lrcontrol.control import PID, Limits

STEPS = Steps.of([{"class": "linear_model.LinearRegression"}])


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"pipeline": None}, "pipeline", "a model needs a pipeline or a factory"),
        ({"factory": Factory.of("a:b", ["a"])}, "factory", "not both"),
        ({"task": "regression", "positive": "yes"}, "positive", "is for a binary task only"),
        ({"task": "regression", "loss": "log"}, "loss", "use squared or absolute"),
        ({"task": "binary", "loss": "squared"}, "loss", "log"),
        ({"initial_rate": 1e5}, "initial_rate", "must be within the limits, 1e-09 to 10000"),
        ({"initial_rate": 11.0, "controller": PID()}, "initial_rate", "the limits, 1e-06 to 10"),
        ({"initial_rate": 1e-3, "limits": Limits(low=0.01)}, "initial_rate", "0.01 to 10"),
        ({"period": 0}, "period", "must be >= 1"),
    ],
)
def test_what_does_not_go_together(fields, field, message):
    with pytest.raises(Invalid) as error:
        ModelSettings(**{"pipeline": STEPS, **fields})
    assert [name for name, _ in error.value.problems] == [field]
    assert message in str(error.value)


def test_the_words_for_tasks_and_losses_are_those_of_scoring():
    # written out in the settings, because importing scoring imports River
    hints = hints_of(ModelSettings)
    assert set(typing.get_args(typing.get_args(hints["task"])[0])) == set(
        typing.get_args(scoring.Kind)
    )
    assert set(typing.get_args(typing.get_args(hints["loss"])[0])) == set(
        typing.get_args(scoring.Loss)
    )


def test_models_metrics_and_detectors_are_built_afresh():
    settings = ModelSettings(pipeline=STEPS)
    assert settings.build() is not settings.build()
    assert settings.build_metrics() == []
    detector = settings.build_detector()
    assert (type(detector).__name__, detector.clock) == ("ADWIN", 1)
    assert ModelSettings(pipeline=STEPS, drift=None).build_detector() is None
    assert ModelSettings(pipeline=STEPS, drift=Part.of({"class": "drift.KSWIN", "seed": 1})).drift
