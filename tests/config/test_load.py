import pytest

from lrcontrol.config.load import load, loads, validate
from lrcontrol.config.problems import ConfigError
from lrcontrol.control import Auto

GOOD = """
version: 1
sources:
  rides: {type: lines}
models:
  fare:
    pipeline:
      - class: linear_model.LinearRegression
"""

#: Twelve mistakes; each comment counts them.
TWELVE = """\
version: 2                                  # 1
sources:
  rides:
    type: lnes                              # 2
  fares:
    type: file                              # 3: no path
    max_record: 64mb                        # 4
models:
  fare:
    inputs: [ride]                          # 5
    pipeline:
      - class: preprocessing.StandardScalar # 6
      - class: linear_model.LinearRegression
        optimiser: {class: optim.SGD}       # 7
    controller:
      type: bold_driver
      factor_down: 1.5                      # 8
    initial_rate: fast                      # 9
    limits: {low: 0.1, high: 0.01}          # 10
http:
  listen: 0.0.0.0:9477                      # 11
log: {levle: info}                          # 12
"""


def test_a_small_file_has_all_defaults():
    settings, warnings = loads(GOOD, environ={})
    model = settings.models["fare"]
    assert model.inputs == ("rides",)
    assert model.controller == Auto()
    assert (model.period, model.initial_rate, model.held.high) == (64, 0.01, 1e4)
    assert settings.http.address == ("127.0.0.1", 9477)
    assert warnings == ()


def test_twelve_mistakes_give_twelve_errors_each_in_its_place(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(TWELVE)
    found = validate(path)
    assert [(p.line, p.column, p.path) for p in found if p.level == "error"] == [
        (1, 10, "version"),
        (4, 11, "sources.rides.type"),
        (5, 3, "sources.fares.path"),
        (7, 17, "sources.fares.max_record"),
        (10, 14, "models.fare.inputs.0"),
        (12, 16, "models.fare.pipeline.0.class"),
        (14, 9, "models.fare.pipeline.1.optimiser"),
        (17, 20, "models.fare.controller.factor_down"),
        (18, 19, "models.fare.initial_rate"),
        (19, 19, "models.fare.limits.low"),
        (21, 11, "http.listen"),
        (22, 7, "log.levle"),
    ]
    hints = {p.path.rpartition(".")[2]: p.hint for p in found}
    assert hints["type"] == "did you mean lines?"
    assert hints["0"] == "did you mean rides?"
    assert hints["class"] == "did you mean preprocessing.StandardScaler?"
    assert hints["optimiser"] == "did you mean optimizer?"
    assert hints["levle"] == "did you mean level?"


def test_the_text_of_an_error_can_be_clicked_and_read(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(GOOD.replace("type: lines", "type: lnes"))
    with pytest.raises(ConfigError) as error:
        load(path)
    assert str(error.value) == (
        f"{path}:4:17 sources.rides.type: unknown source 'lnes' (did you mean lines?)\n"
        "    rides: {type: lnes}\n"
        "                  ^"
    )


def test_the_environment_and_overrides_come_before_the_types():
    text = GOOD + "    period: ${PERIOD}\n"
    settings, _ = loads(text, ["models.fare.initial_rate=1e-3"], {"PERIOD": "32"})
    assert (settings.models["fare"].period, settings.models["fare"].initial_rate) == (32, 1e-3)


def test_problems_of_an_override_name_it():
    with pytest.raises(ConfigError, match=r"^--set:2:20 models.fare.period: must be >= 1, got 0"):
        loads(GOOD, ["log.level=debug", "models.fare.period=0"])


def test_what_was_not_asked_for_is_not_looked_at():
    # River and the file system are the last level's
    text = GOOD.replace("{type: lines}", "{type: file, path: /no/such}").replace("LinearR", "R")
    loads(text)
    with pytest.raises(ConfigError) as error:
        loads(text, environment=True)
    assert [p.path for p in error.value.problems] == [
        "sources.rides.path",
        "models.fare.pipeline.0.class",
    ]


def test_an_empty_file_says_what_is_missing():
    with pytest.raises(ConfigError) as error:
        loads("")
    assert [(p.line, p.path, p.message) for p in error.value.problems] == [
        (1, "version", "missing"),
        (1, "sources", "missing"),
        (1, "models", "missing"),
    ]


@pytest.mark.parametrize("text", ["- a", "x", "~"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(ConfigError, match="expected a mapping"):
        loads(text)


MANY = ", ".join(f"s{i}: {{type: lines}}" for i in range(51))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources: {}", "needs at least one source"),
        ("models: {}", "needs at least one model"),
        (f"sources: {{{MANY}}}", "more than 50"),
        ("sources: {a b: {type: lines}}", "expected a name of up to 64 letters"),
        ("allow: [a/b]", "expected the name of a module"),
        ("allow: a", "expected a list"),
    ],
)
def test_the_top_of_the_file(text, message):
    name = text.partition(":")[0]
    base = {
        "sources": "sources: {s1: {type: lines}}",
        "models": "models: {m: {inputs: [s1], pipeline: [{class: linear_model.Perceptron}]}}",
    }
    lines = ["version: 1", *(line for key, line in base.items() if key != name), text]
    with pytest.raises(ConfigError, match=message):
        loads("\n".join(lines))


def test_a_file_full_of_mistakes_is_not_read_to_its_end():
    with pytest.raises(ConfigError, match="the rest is not looked at"):
        loads("version: 1\nsources:\n" + "".join(f"  s{i}: {{tpye: x}}\n" for i in range(12_000)))


def test_components_of_your_own_are_found_where_allowed(tmp_path, monkeypatch):
    (tmp_path / "my_controllers.py").write_text(
        "from dataclasses import dataclass\n"
        "@dataclass(frozen=True)\n"
        "class Mine:\n"
        "    strength: float = 1.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    text = GOOD + '    controller: {type: "my_controllers:Mine", strength: 2}\n'
    with pytest.raises(ConfigError, match="is not allowed") as error:
        loads(text)
    assert error.value.problems[0].hint == "add it under allow:"
    made = loads(text + "allow: [my_controllers]\n").settings.models["fare"].controller
    assert (type(made).__name__, made.strength) == ("Mine", 2.0)
