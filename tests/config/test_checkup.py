import pytest

from lrcontrol.config.load import loads
from lrcontrol.config.problems import ConfigError


def told(model, source="{type: lines}"):
    text = f"version: 1\nsources:\n  s: {source}\nmodels:\n  m:\n    {model}\n"
    loads(text)  # nothing is wrong before the last level
    with pytest.raises(ConfigError) as error:
        loads(text, environment=True)
    return [(p.line, p.column, p.path, p.message) for p in error.value.problems]


LINEAR = "pipeline: [{class: linear_model.LinearRegression}]"
ADADELTA = LINEAR.replace("}", ", optimizer: {class: optim.AdaDelta}}")
LOGISTIC = "pipeline: [{class: linear_model.LogisticRegression}]"
SOFTMAX = "pipeline: [{class: linear_model.SoftmaxRegression}]"


@pytest.mark.parametrize(
    ("model", "line", "path", "message"),
    [
        (f"{LINEAR}\n    loss: log", 7, "loss", "loss 'log' does not fit regression"),
        (f"{LOGISTIC}\n    loss: absolute", 7, "loss", "does not fit binary"),
        ("pipeline: [{class: preprocessing.StandardScaler}]", 6, "pipeline", "neither a regressor"),
        ("pipeline: [{class: tree.HoeffdingTreeClassifier}]", 6, "pipeline", "has no optimizer"),
        (
            f"{LOGISTIC}\n    metrics: [{{class: metrics.LogLoss, x: 1}}]",
            7,
            "metrics.0.x",
            "unknown argument",
        ),
        (ADADELTA, 6, "pipeline", "it derives its steps from rho"),
        (f"{LINEAR}\n    metrics: [MAE, F1]", 7, "metrics.1", "F1 does not work with LinearReg"),
        (f"{LINEAR}\n    metrics: [MAE, MAE]", 7, "metrics.1", "MAE is there already"),
        (f"{LINEAR}\n    metrics: [MEA]", 7, "metrics.0.class", "river.metrics has no 'MEA'"),
        (f"{SOFTMAX}\n    metrics: [F1]", 7, "metrics.0", "F1 is for two classes"),
        (
            f"{LINEAR}\n    metrics: [{{class: drift.ADWIN}}]",
            7,
            "metrics.0",
            "ADWIN does not work with",
        ),
        (f"{LINEAR}\n    drift: {{class: drift.ADWIM}}", 7, "drift.class", "has no 'ADWIM'"),
        (f"{LINEAR}\n    drift: {{class: stats.Mean}}", 7, "drift", "Mean is no drift detector"),
    ],
)
def test_what_the_names_stand_for_must_work_together(model, line, path, message):
    (found,) = told(model)
    assert (found[0], found[2]) == (line, f"models.m.{path}")
    assert message in found[3]


def test_a_source_says_what_is_not_there():
    (found,) = told(LINEAR, "{type: dataset, name: Phising}")
    assert found[:3] == (3, 28, "sources.s.name")
    (found,) = told(LINEAR, "{type: file, path: /no/such/file}")
    assert found[:3] == (3, 25, "sources.s.path")


def test_metrics_are_found_by_a_likely_name():
    with pytest.raises(ConfigError, match=r"did you mean metrics\.MAE\?"):
        loads(
            f"version: 1\nsources: {{s: {{type: lines}}}}\nmodels:\n  m:\n    {LINEAR}\n"
            "    metrics: [mae]\n",
            environment=True,
        )


def test_a_good_one_passes():
    text = f"version: 1\nsources: {{s: {{type: lines}}}}\nmodels:\n  m:\n    {LOGISTIC}\n"
    settings, warnings = loads(text + "    metrics: [F1, ROCAUC]\n", environment=True)
    assert [type(m).__name__ for m in settings.models["m"].build_metrics()] == ["F1", "ROCAUC"]
    assert warnings == ()


def test_a_controller_that_does_not_fit_the_model_is_told_before_the_start():
    momentum = LINEAR.replace("}", ", optimizer: {class: optim.Momentum}}")
    ((line, _, path, message),) = told(f"{momentum}\n    controller: {{type: bank}}")
    assert (line, path) == (7, "models.m.controller")
    assert "LinearRegression has no kernel" in message
    ((line, _, path, _),) = told(f"{momentum}\n    compiled: true")
    assert (line, path) == (7, "models.m.compiled")
