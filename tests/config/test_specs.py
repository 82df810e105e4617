import sys

import pytest
from river import drift, linear_model, metrics

from lrcontrol.config.problems import ConfigError
from lrcontrol.config.specs import Factory, Metric, Part, Steps


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A module of the user's with functions that make models, or fail to."""
    (tmp_path / "my_factories.py").write_text(
        "from river import linear_model, preprocessing\n"
        "def good():\n    return preprocessing.StandardScaler() | linear_model.LinearRegression()\n"
        "def unseeded():\n    return preprocessing.FeatureHasher() | linear_model.Perceptron()\n"
        "def wrong():\n    return 5\n"
        "def fails():\n    raise RuntimeError('no database')\n"
        "def needs(x):\n    return x\n"
        "def _private():\n    return good()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("my_factories", None)


def test_each_build_is_fresh():
    steps = Steps.of(
        [{"class": "preprocessing.StandardScaler"}, {"class": "linear_model.Perceptron"}]
    )
    first, second = steps.build(), steps.build()
    first.learn_one({"a": 1.0}, True)
    assert first["StandardScaler"].counts
    assert not second["StandardScaler"].counts


def test_specs_are_equal_when_the_same_was_written():
    one = Part.of({"class": "drift.ADWIN", "clock": 1})
    assert one == Part.of({"class": "drift.ADWIN", "clock": 1})
    assert hash(one) == hash(Part.of({"class": "drift.ADWIN", "clock": 1}))
    assert one != Part.of({"class": "drift.ADWIN", "clock": 2})
    assert one.as_data() == {"class": "drift.ADWIN", "clock": 1}


def test_parts_and_metrics():
    assert isinstance(Part.of({"class": "drift.PageHinkley"}).build(), drift.PageHinkley)
    assert isinstance(Metric.of("MAE").build(), metrics.MAE)
    assert Metric.of({"class": "metrics.ROCAUC", "n_thresholds": 20}).build().n_thresholds == 20


@pytest.mark.parametrize(
    ("kind", "data", "path", "message"),
    [
        (Steps, [], "", "expected a list of steps, got a list"),
        (Steps, {"class": "a.B"}, "", "expected a list of steps, got a mapping"),
        (Steps, [[]], "0", "expected a list of steps"),
        (Steps, ["linear_model.LinearRegression"], "0", "expected a mapping with a class"),
        (Steps, [{"clas": "a.B"}], "0.class", "missing"),
        (Steps, [{"class": 1}], "0.class", "expected a name, got 1"),
        (Steps, [{"class": "a._b.C"}], "0.class", "is private"),
        (Part, "drift.ADWIN", "", "expected a mapping with a class, got 'drift.ADWIN'"),
        (Part, {"class": "ADWIN"}, "class", "expected module.Name"),
        (Metric, 5, "", "expected a mapping with a class, got 5"),
        (Metric, "_MAE", "class", "is private"),
        (Factory, "models", "", "expected package.module:function, got 'models'"),
        (Factory, ["a:b"], "", "expected package.module:function, got a list"),
        (Factory, "os:getcwd", "", "module 'os' is not allowed"),
    ],
)
def test_the_shape_is_looked_at_without_river(kind, data, path, message):
    with pytest.raises(ConfigError) as error:
        kind.of(data)
    (problem,) = error.value.problems
    assert problem.path == path
    assert message in problem.message


def test_a_factory_makes_the_model(mine):
    model = Factory.of("my_factories:good", ["my_factories"]).build()
    assert isinstance(model["LinearRegression"], linear_model.LinearRegression)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("unseeded", "runs would differ: FeatureHasher without a seed"),
        ("wrong", "returned a int, not an estimator"),
        ("fails", "failed: RuntimeError: no database"),
        ("needs", "failed: TypeError"),
        ("none", "failed: AttributeError"),
    ],
)
def test_what_a_factory_may_do_wrong(mine, function, message):
    with pytest.raises(ConfigError, match=message):
        Factory.of(f"my_factories:{function}", ["my_factories"]).build()


def test_a_private_function_is_no_factory(mine):
    with pytest.raises(ConfigError, match=r"expected package\.module:function"):
        Factory.of("my_factories:_private", ["my_factories"])
