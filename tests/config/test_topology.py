import pytest

from lrcontrol.config.load import loads
from lrcontrol.config.problems import ConfigError

TWO = """
version: 1
sources:
  rides: {type: lines}
  fares: {type: lines}
models:
  fare:
    pipeline: [{class: linear_model.LinearRegression}]
"""


def told(text):
    with pytest.raises(ConfigError) as error:
        loads(text)
    return [(p.line, p.column, p.path, p.message, p.hint) for p in error.value.problems]


def test_with_several_sources_a_model_says_which():
    assert told(TWO)[0] == (
        7,
        3,
        "models.fare.inputs",
        "missing, with several sources",
        "there is rides, fares",
    )


def test_an_unknown_source_is_told_where_it_is_named():
    assert told(TWO + "    inputs: [rides, fare, zebra]\n") == [
        (9, 21, "models.fare.inputs.1", "no source is called 'fare'", "did you mean fares?"),
        (9, 27, "models.fare.inputs.2", "no source is called 'zebra'", "there is rides, fares"),
    ]


def test_a_source_is_named_once():
    assert told(TWO + "    inputs: [rides, fares, rides]\n") == [
        (9, 28, "models.fare.inputs.2", "rides is there already", "")
    ]


def test_a_source_that_nobody_reads_is_a_warning():
    settings, warnings = loads(TWO + "    inputs: [rides]\n")
    assert settings.models["fare"].inputs == ("rides",)
    assert [str(w).splitlines()[0] for w in warnings] == [
        "<text>:5:3 warning: sources.fares: no model reads it"
    ]


def test_wrong_types_are_left_to_the_schema():
    assert [p[2:4] for p in told(TWO + "    inputs: rides\n") if "expected" in p[3]] == [
        ("models.fare.inputs", "expected a list, got 'rides'")
    ]
    assert [p[2:4] for p in told("version: 1\nsources: 1\nmodels: {m: 2}\n")] == [
        ("sources", "expected a mapping, got 1"),
        ("models.m", "expected a mapping, got 2"),
    ]
