"""What a start accepts, and what it refuses with which reason."""

from __future__ import annotations

import math

import pytest
from checkpoint.loops import MODELS, loop, outcome, stream
from river import linear_model, preprocessing, tree

from lrcontrol.checkpoint import content, exact, pickling, portable, probe, state
from lrcontrol.checkpoint.content import Checkpoint, accept, pack, portables, prove, versions
from lrcontrol.checkpoint.frame import Frame, seal, unseal
from lrcontrol.checkpoint.unusable import Unusable

KEY, NEXT = bytes(32), bytes(range(32))
META = {"config": "c0ffee", "step": 200, "positions": {"in": {"/a~": 7}}, "command": None}


def proved(model: str = "linear", records: int = 200) -> tuple[Frame, object]:
    found, seen = loop(model, "bold_driver"), stream(model, records)
    found.learn(seen)
    frame = pack(Checkpoint(META, {model: found}))
    return prove(frame, {model: [(record.x, record.y) for record in seen]}), found


def sealed(frame: Frame, key: bytes = KEY) -> bytes:
    return b"".join(seal(frame, key))


def refused(data: bytes, **options: str) -> Unusable:
    with pytest.raises(Unusable) as refusal:
        accept(data, [KEY], **options)
    return refusal.value


@pytest.mark.parametrize("model", MODELS)
def test_what_was_packed_and_proved_is_accepted_and_goes_on_alike(model):
    frame, found = proved(model)
    got = accept(sealed(frame), [KEY], config="c0ffee")
    assert {**got.meta, "versions": None} == {**META, "versions": None}
    records = stream(model)
    got.models[model].learn(records[200:])
    found.learn(records[200:])
    assert outcome(got.models[model], records) == outcome(found, records)


def test_either_key_opens_while_keys_are_rotated():
    frame, _ = proved()
    assert accept(sealed(frame, NEXT), [KEY, NEXT]).meta["step"] == 200
    assert refused(sealed(frame, NEXT)).reason == "authentication"


def test_other_versions_are_refused_with_the_way_to_read_them(monkeypatch):
    frame, _ = proved()
    meta = {**frame.meta, "versions": {**versions(), "river": "0.25.0"}}
    refusal = refused(sealed(frame._replace(meta=meta)))
    assert refusal.reason == "versions"
    assert "pip install 'river==0.25.0'" in str(refusal)
    ours = {**frame.meta, "versions": {**versions(), "lrcontrol": "0.0.1"}}
    assert accept(sealed(frame._replace(meta=ours)), [KEY]).meta["step"] == 200


def test_another_configuration_is_refused():
    frame, _ = proved()
    assert refused(sealed(frame), config="decaf").reason == "configuration"


def test_a_model_that_answers_or_learns_differently_is_refused():
    frame, _ = proved()
    taken = probe.Probe(*exact.loads(frame.sections["probe:linear"]))
    for field in ("answers", "learned"):
        numbers = list(getattr(taken, field))
        numbers[-1] = math.nextafter(numbers[-1], math.inf)
        changed = exact.dumps(taken._replace(**{field: numbers}))
        sections = {**frame.sections, "probe:linear": changed}
        refusal = refused(sealed(frame._replace(sections=sections)))
        assert refusal.reason == "probe"


def test_a_model_that_fails_at_its_first_use_is_refused():
    class Broken:
        def predict_one(self, x):
            raise AttributeError("_last_step_params")

    with pytest.raises(Unusable, match="_last_step_params") as refusal:
        probe.verify(Broken(), probe.Probe([({"a": 1.0}, 2.0)], [0.0], [0.0]))
    assert refusal.value.reason == "probe"


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_number_that_is_not_finite_is_neither_written_nor_read(bad):
    found = loop("linear", "bold_driver")
    found.learn(stream("linear", 100))
    found.model[-1].intercept = bad
    frame = pack(Checkpoint(META, {"linear": found}))
    with pytest.raises(Unusable, match="intercept") as refusal:
        prove(frame, {})
    assert refusal.value.reason == "nonfinite"
    sections = {**frame.sections, "probe:linear": exact.dumps([[], [], []])}
    assert refused(sealed(frame._replace(sections=sections))).reason == "nonfinite"


def test_a_weight_deep_inside_is_seen_and_an_argument_without_a_limit_is_not():
    model = preprocessing.StandardScaler() | linear_model.SoftmaxRegression()
    model.learn_one({"a": 1.0}, "x")
    assert state.nonfinite(model) == []
    model[-1].weights["x"]["a"] = math.nan
    assert state.nonfinite(model) != []
    assert state.nonfinite(preprocessing.PredClipper(model, y_min=-math.inf, y_max=2.0)) != []
    clipper = preprocessing.PredClipper(linear_model.LinearRegression(), -math.inf, math.inf)
    assert state.nonfinite(clipper) == []


def test_without_a_probe_a_model_is_not_trusted():
    frame, _ = proved()
    sections = {name: body for name, body in frame.sections.items() if "probe" not in name}
    assert refused(sealed(frame._replace(sections=sections))).reason == "probe"


@pytest.mark.parametrize("body", [b"", b"[]", b"[1,2,3,4]", b"{}", b"nonsense"])
def test_a_probe_that_is_none_is_refused(body):
    frame, _ = proved()
    sections = {**frame.sections, "probe:linear": body}
    assert refused(sealed(frame._replace(sections=sections))).reason in ("content", "probe")


@pytest.mark.parametrize("model", ["linear", "logistic", "softmax"])
def test_what_a_linear_model_learned_goes_over_to_a_new_one_bit_for_bit(model):
    frame, _ = proved(model)
    old = MODELS[model]()
    records = stream(model)
    for record in records[:200]:
        old.learn_one(record.x, record.y)
    described = portable.loads(portable.dumps(portable.describe(old)))
    new = MODELS[model]()
    portable.apply(described, new)
    for record in records[200:]:
        old.learn_one(record.x, record.y)
        new.learn_one(record.x, record.y)
    assert state.digest(new) == state.digest(old)
    assert set(portables(unseal(sealed(frame), [KEY])) or {}) == {model}


def test_a_tree_has_no_portable_form_and_another_shape_is_refused():
    assert portable.describe(tree.HoeffdingTreeRegressor()) is None
    frame, _ = proved("tree")
    assert portables(frame) is None
    described = portable.describe(linear_model.LinearRegression())
    with pytest.raises(Unusable, match="LinearRegression where a LogisticRegression is wanted"):
        portable.apply(described, linear_model.LogisticRegression())
    scaled = preprocessing.StandardScaler() | linear_model.LinearRegression()
    other = preprocessing.Normalizer() | linear_model.LinearRegression()
    with pytest.raises(Unusable, match="other steps"):
        portable.apply(portable.describe(scaled), other)


def test_a_pickle_that_the_header_does_not_name_rightly_is_refused():
    frame, _ = proved()
    data = sealed(frame._replace(sections={**frame.sections, "model:linear": pickling.dumps(3)}))
    assert refused(data).reason == "probe"  # a number answers nothing
    assert content.check_versions(frame.meta) is None
