from dataclasses import dataclass, field
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from lrcontrol.config.document import parse
from lrcontrol.config.environment import substitute
from lrcontrol.config.load import loads
from lrcontrol.config.nodes import plain
from lrcontrol.config.problems import Problems
from lrcontrol.config.show import as_data, as_yaml, effective
from lrcontrol.secret import Secret
from lrcontrol.units import Duration, Size

TEXT = """
version: 1
sources:
  rides: {type: file, path: "${DIR}/rides.csv", max_record: 64KiB, fields: {label: fare}}
models:
  fare:
    pipeline:
      - {class: preprocessing.StandardScaler}
      - {class: linear_model.LinearRegression, l2: 1e-6}
    controller: {type: warmup, then: {type: pid}}
    metrics: [MAE]
    drift: null
http: {listen: null, stall_after: 1.5m}
"""


@dataclass(frozen=True)
class Broker:
    password: Secret
    token: Secret | None = None
    old: Secret | None = None
    wait: Duration = 0.25
    buffer: Size = 4096
    anything: dict[str, Any] = field(default_factory=dict)


def test_secrets_are_masked_and_units_come_back():
    broker = Broker(Secret("hunter2"), Secret("abc"), anything={"a": [1]})
    assert as_data(broker, Broker) == {
        "password": "***",
        "token": "***",
        "old": None,
        "wait": "250ms",
        "buffer": "4KiB",
        "anything": {"a": [1]},
    }


def test_all_that_is_in_force_is_shown():
    data = effective(loads(TEXT, environ={"DIR": "/data"}).settings)
    model = data["models"]["fare"]
    assert data["sources"]["rides"]["path"] == "/data/rides.csv"
    assert data["sources"]["rides"]["max_record"] == "64KiB"
    assert model["inputs"] == ["rides"]
    assert model["controller"]["type"] == "warmup"
    assert model["controller"]["then"]["type"] == "pid"
    assert model["period"] == 64
    assert model["pipeline"][1] == {"class": "linear_model.LinearRegression", "l2": 1e-6}
    assert (data["http"]["listen"], data["http"]["stall_after"]) == (None, "90s")
    assert set(data["http"]["tokens"].values()) == {None}


def test_what_is_shown_loads_as_the_same_settings():
    settings = loads(TEXT, environ={"DIR": "/a${b} $$"}).settings
    assert settings.sources["rides"].path == "/a${b} $$/rides.csv"
    assert loads(as_yaml(effective(settings)), environ={}).settings == settings


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.floats(allow_nan=False),
    st.text(),
    st.sampled_from(["off", "1e-5", "0o17", "<<", "=", "- a", "${A}", "$$", "1:30", "a: b", "#"]),
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(DATA)
@example({"\x85": "\u2028", "\u2029": "\x00 \ufeff"})
def test_any_data_is_read_back_from_its_yaml(data):
    problems = Problems()
    node = substitute(parse(as_yaml({"x": data})), {}, problems)
    assert plain(node) == {"x": data}
    assert problems.found == []


def test_lists_used_twice_are_written_twice():
    shared = ["a"]
    assert "&" not in as_yaml({"x": shared, "y": shared})
