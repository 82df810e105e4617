from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from lrcontrol.config.document import parse, read
from lrcontrol.config.load import loads
from lrcontrol.config.nodes import plain
from lrcontrol.config.problems import ConfigError
from lrcontrol.config.schema import json_schema
from lrcontrol.config.settings import Settings
from lrcontrol.config.starter import TASKS, starter

ROOT = Path(__file__).parents[2]
#: Every configuration of ours; config/ holds files of other programs too.
SHIPPED = [
    path
    for path in [*sorted((ROOT / "config").rglob("*.yaml")), *(ROOT / "lrcontrol").glob("*.yaml")]
    if "models:" in path.read_text(encoding="utf-8")
]

GOOD = """
version: 1
sources:
  rides:
    type: file
    path: rides.csv
    max_record: 64KiB
  made: {type: synthetic, seed: 1, stream: linear}
models:
  fare:
    inputs: [rides]
    pipeline:
      - class: preprocessing.StandardScaler
      - - {class: linear_model.LinearRegression, l2: 1e-6}
    controller:
      type: warmup
      total_iters: 100
      then: {type: pid}
    limits: {low: 1e-5, slew: null}
    metrics: [MAE, {class: metrics.RMSE}]
    drift: null
    period: ${PERIOD}
  other: {inputs: [made], factory: "mine.models:make", initial_rate: 1}
allow: [mine]
http: {listen: null, stall_after: 30s}
log: {level: debug, format: json}
"""


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def errors(validator, text):
    return [
        (".".join(map(str, error.absolute_path)), error.message)
        for error in validator.iter_errors(plain(parse(text)))
    ]


def test_a_good_file_passes_and_loads(validator):
    assert errors(validator, GOOD) == []
    loads(GOOD, environ={"PERIOD": "32"})


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_file_passes(validator, path):
    assert [error.message for error in validator.iter_errors(plain(read(path)))] == []
    loads(path.read_text(encoding="utf-8"))


def test_there_are_shipped_files():
    assert len(SHIPPED) >= 5


@pytest.mark.parametrize("task", TASKS)
def test_every_starter_passes(validator, task):
    assert errors(validator, starter("dataset", task)) == []


@pytest.mark.parametrize(
    ("good", "bad", "path"),
    [
        ("version: 1", "version: 2", "version"),
        ("version: 1\n", "", ""),
        ("type: file", "type: fiel", "sources.rides.type"),
        ("    path: rides.csv\n", "", "sources.rides"),
        ("path: rides.csv", "pth: rides.csv", "sources.rides"),
        ("max_record: 64KiB", "max_record: 64mb", "sources.rides.max_record"),
        ("seed: 1", "seed: x", "sources.made.seed"),
        ("stream: linear", "stream: lin", "sources.made.stream"),
        ("rides:\n", "a b:\n", "sources"),
        ("inputs: [rides]", "inputs: rides", "models.fare.inputs"),
        ("class: preprocessing.StandardScaler", "clas: x", "models.fare.pipeline.0"),
        ("class: preprocessing.StandardScaler", "class: x", "models.fare.pipeline.0.class"),
        ("total_iters: 100", "total_iters: 0", "models.fare.controller.total_iters"),
        ("total_iters: 100", "total_iters: 1.5", "models.fare.controller.total_iters"),
        ("total_iters: 100", "total_itres: 1", "models.fare.controller"),
        ("then: {type: pid}", "then: {type: pdi}", "models.fare.controller.then.type"),
        ("then: {type: pid}", "then: {kp: 1}", "models.fare.controller.then"),
        ("low: 1e-5", "low: -1", "models.fare.limits.low"),
        ("low: 1e-5", "low: off", "models.fare.limits.low"),
        ("slew: null", "slew: 1", "models.fare.limits.slew"),
        ("[MAE, ", "[5, ", "models.fare.metrics.0"),
        ("initial_rate: 1}", "initial_rate: 0}", "models.other.initial_rate"),
        ("mine.models:make", "make", "models.other.factory"),
        ("allow: [mine]", "allow: [/mine]", "allow.0"),
        ("stall_after: 30s", "stall_after: 30", "http.stall_after"),
        ("level: debug", "level: loud", "log.level"),
        ("log: {", "logs: {", ""),
    ],
)
def test_a_mutation_fails_in_the_schema_and_in_the_loader(validator, good, bad, path):
    assert GOOD.count(good) == 1
    text = GOOD.replace(good, bad)
    assert path in [where for where, _ in errors(validator, text)]
    with pytest.raises(ConfigError):
        loads(text, environ={"PERIOD": "32"})


def test_descriptions_and_defaults_come_along():
    schema = json_schema()
    model = schema["properties"]["models"]["additionalProperties"]
    assert model["properties"]["period"]["default"] == 64
    assert model["properties"]["period"]["description"] == "Records per decision of the controller."
    horizons = model["properties"]["horizons"]
    assert horizons["default"]["slow"] == 2048
    limits = model["properties"]["limits"]
    assert limits["properties"]["high"]["description"] == "Highest rate ever applied."
    assert schema["properties"]["http"]["properties"]["stall_after"]["default"] == "30s"
    assert schema["required"] == ["version", "sources", "models"]
    assert schema["description"] == "Everything the daemon is told."
    assert set(schema["properties"]) == set(Settings.__dataclass_fields__)
