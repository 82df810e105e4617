import pytest

from lrcontrol.config.document import parse
from lrcontrol.config.nodes import plain
from lrcontrol.config.overrides import override
from lrcontrol.config.problems import ConfigError

TEXT = "models: {m: {period: 64, pipeline: [{class: a}, {class: b}]}}"


def overridden(*settings):
    return plain(override(parse(TEXT), settings))


def test_a_value_replaces_what_is_there():
    data = overridden("models.m.period=1e3", "models.m.pipeline.1.l2=1e-6")
    assert data["models"]["m"]["period"] == 1000.0
    assert data["models"]["m"]["pipeline"][1] == {"class": "b", "l2": 1e-6}


def test_mappings_on_the_way_are_made():
    assert overridden("log.level=debug")["log"] == {"level": "debug"}
    assert overridden("models.m.period.x=1")["models"]["m"]["period"] == {"x": 1}


def test_the_later_one_wins():
    assert overridden("a=1", "a=[x, {y: null}]")["a"] == ["x", {"y": None}]


def test_a_value_may_be_empty_or_hold_an_equals_sign():
    assert overridden("a=", "b=x=y") | {"models": 0} == {"models": 0, "a": "", "b": "x=y"}


@pytest.mark.parametrize(
    ("setting", "column", "message"),
    [
        ("period", 1, "expected path=value"),
        ("=1", 1, "expected path=value"),
        ("a..b=1", 1, "expected path=value"),
        ("models.m.pipeline.2.l2=1", 1, "2 is no item of a list of 2"),
        ("models.m.pipeline.x=1", 1, "x is no item of a list of 2"),
        ("models.m.pipeline.-1=1", 1, "-1 is no item of a list of 2"),
        ("a=[1, 2", 3, "',' or ']'"),
        ("a=*x", 3, "alias *x"),
        ("a={b: 1, b: 2}", 10, "duplicate key"),
        ("a=1\n- 2", 1, "expected one value"),
    ],
)
def test_what_is_refused_names_the_option_and_its_turn(setting, column, message):
    with pytest.raises(ConfigError) as error:
        overridden("a=1", setting)
    (problem,) = error.value.problems
    assert problem[:3] == ("--set", 2, column) or (problem[:2] == ("--set", 2) and "[" in setting)
    assert message in problem.message
    assert problem.source == setting


def test_marks_point_into_the_option():
    root = override(parse(TEXT), ["http.listen=[a, b]"])
    second = root.get("http").get("listen").items[1]
    assert second.mark == ("--set", 1, 17, "http.listen=[a, b]")
