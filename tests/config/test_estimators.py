from numbers import Number

import pytest
from river import compose, linear_model, optim, preprocessing

from lrcontrol.config.document import parse
from lrcontrol.config.estimators import Builder
from lrcontrol.config.problems import REFUSED, Problems


def built(text):
    problems = Problems()
    made = Builder(problems).steps(parse(text, "c"), "pipeline")
    assert problems.found == []
    return made


def told(text):
    problems = Problems()
    assert Builder(problems).steps(parse(text, "c"), "pipeline") is REFUSED
    return [(p.line, p.column, p.path, p.message, p.hint) for p in problems.found]


def test_a_pipeline_with_nested_objects():
    model = built("""
- class: preprocessing.StandardScaler
- class: linear_model.LinearRegression
  optimizer: {class: optim.Adam, lr: {class: optim.schedulers.InverseScaling, learning_rate: 1e-2}}
  loss: {class: optim.losses.Huber, epsilon: 0.5}
  initializer: {class: optim.initializers.Normal, mu: 0, sigma: 0.1, seed: 7}
  l2: 1e-6
""")
    assert [type(step) for step in model.steps.values()] == [
        preprocessing.StandardScaler,
        linear_model.LinearRegression,
    ]
    last = model["LinearRegression"]
    assert type(last.optimizer) is optim.Adam
    assert (last.optimizer.lr.learning_rate, last.loss.epsilon, last.l2) == (1e-2, 0.5, 1e-6)
    assert last.initializer.seed == 7


def test_a_single_step_is_no_pipeline():
    assert type(built("- class: linear_model.LinearRegression")) is linear_model.LinearRegression


def test_a_list_in_a_variadic_argument_is_a_pipeline_of_its_own():
    model = built("""
- class: compose.TransformerUnion
  transformers:
    - - {class: compose.SelectType, types: [number]}
      - {class: preprocessing.StandardScaler}
    - - {class: compose.SelectType, types: [str, bool]}
      - {class: preprocessing.OneHotEncoder}
    - {class: compose.Select, keys: [a, b]}
- class: linear_model.LogisticRegression
""")
    union = model["TransformerUnion"]
    numbers, words, some = union.transformers.values()
    assert isinstance(numbers, compose.Pipeline)
    assert numbers["SelectType"].types == (Number,)
    assert words["SelectType"].types == (str, bool)
    assert some.keys == {"a", "b"}
    model.learn_one({"a": 1.0, "b": 2.0, "c": "x"}, True)
    assert set(model["LogisticRegression"].weights) == {"a", "b", "c_x"}


def test_a_list_in_a_list_of_steps_is_a_pipeline_too():
    model = built("""
- - {class: preprocessing.StandardScaler}
  - {class: preprocessing.Normalizer}
- class: linear_model.LinearRegression
""")
    assert [type(step).__name__ for step in model.steps.values()] == [
        "Pipeline",
        "LinearRegression",
    ]


def test_a_list_where_the_class_wants_a_list_of_models_stays_one():
    model = built("""
- class: ensemble.VotingClassifier
  models:
    - {class: linear_model.LogisticRegression}
    - - {class: preprocessing.StandardScaler}
      - {class: linear_model.Perceptron}
""")
    assert [type(m).__name__ for m in model.models] == ["LogisticRegression", "Pipeline"]


def test_plain_lists_and_mappings_are_passed_on():
    model = built("""
- {class: compose.Renamer, mapping: {a: b}}
- {class: anomaly.HalfSpaceTrees, seed: 1, limits: {b: [0, 10]}}
""")
    assert model["Renamer"].mapping == {"a": "b"}
    assert model["HalfSpaceTrees"].limits == {"b": [0, 10]}


NORMAL = "{class: optim.initializers.Normal}"
NULL_SEED = "{class: optim.initializers.Normal, seed: null}"


@pytest.mark.parametrize(
    ("arguments", "column", "path", "message", "hint"),
    [
        ("optimizr: 1", 3, "optimizr", "unknown argument", "did you mean optimizer?"),
        ("zebra: 1", 3, "zebra", "unknown argument", "LinearRegression takes optimizer, loss, l2"),
        ("l2: abc", 7, "l2", "expected a number or null, got 'abc'", ""),
        ("l2: true", 7, "l2", "expected a number or null, got true", ""),
        ("l2: .nan", 7, "l2", "must be a number, got nan", ""),
        ("optimizer: 0.1", 14, "optimizer", "expected a Optimizer or null, got 0.1", ""),
        ("loss: {class: optim.SGD}", 9, "loss", "RegressionLoss or null, got a SGD", ""),
        ("optimizer: {class: optim.SDG}", 22, "optimizer.class", "no 'SDG'", "optim.SGD?"),
        ("optimizer: {class: 5}", 22, "optimizer.class", "expected a name, got 5", ""),
        ("optimizer: {class: optim.SGD, lr: [1]}", 37, "optimizer.lr", "got a list", ""),
        ("loss: {class: optim.losses.Huber, epsilon: x}", 46, "loss.epsilon", "a number", ""),
        (f"initializer: {NORMAL}", 24, "initializer.seed", "runs would differ", "seed: 42"),
        (f"initializer: {NULL_SEED}", 24, "initializer.seed", "runs would differ", "set seed"),
    ],
)
def test_wrong_arguments_are_told_in_their_place(arguments, column, path, message, hint):
    (found,) = told(f"- class: linear_model.LinearRegression\n  {arguments}")
    assert found[:3] == (2, column, f"pipeline.0.{path}")
    assert message in found[3]
    assert hint in found[4]


def test_what_a_constructor_raises_is_told_at_its_class():
    text = "- class: linear_model.LinearRegression\n  l1: 0.1\n  l2: 0.1"
    (found,) = told(text)
    assert found[:3] == (1, 10, "pipeline.0")
    assert found[3].startswith("LinearRegression cannot be made: NotImplementedError: ")


@pytest.mark.parametrize(
    ("step", "path", "message"),
    [
        (
            "{class: compose.SelectType, types: [object]}",
            "types.0",
            "expected one of number, str, bool",
        ),
        ("{class: compose.SelectType, types: number}", "types", "expected a list, got 'number'"),
        ("{class: multiclass.OneVsRestClassifier}", "classifier", "missing"),
        ("{class: optim.SGD}", "", "is no estimator or transformer"),
        ("{class: compose.FuncTransformer, func: print}", "func", "expected a function"),
        ("{class: preprocessing.FeatureHasher}", "seed", "runs would differ"),
        ("{class: facto.FMRegressor}", "seed", "runs would differ"),
        ("{class: neighbors.KNNRegressor}", "engine", "runs would differ: SWINN has no seed"),
    ],
)
def test_wrong_steps_are_told(step, path, message):
    (found,) = told(f"- {step}\n- class: linear_model.LinearRegression")
    assert found[2] == f"pipeline.0.{path}".rstrip(".")
    assert message in found[3]


def test_a_default_without_a_seed_is_accepted_once_it_is_given_one():
    model = built(
        "- {class: neighbors.KNNRegressor, engine: {class: neighbors.SWINN, seed: 1}}\n"
        "- {class: linear_model.LinearRegression}"
    )
    assert model["KNNRegressor"].engine.seed == 1


def test_all_problems_are_told_at_once():
    text = """
- {class: preprocessing.StandardScalar}
- class: linear_model.LinearRegression
  optimizer: {class: optim.SGD, rate: 1}
  l2: x
"""
    assert [problem[:3] for problem in told(text)] == [
        (2, 11, "pipeline.0.class"),
        (4, 33, "pipeline.1.optimizer.rate"),
        (5, 7, "pipeline.1.l2"),
    ]


def test_types_are_for_select_type_only():
    text = "- {class: compose.Select, keys: [number]}\n- class: linear_model.LinearRegression"
    assert built(text)["Select"].keys == {"number"}
