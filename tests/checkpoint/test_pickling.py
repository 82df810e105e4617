"""Pickling that leaves no trace: the attributes of what was written, and of what was loaded."""

from __future__ import annotations

import gc
import pickle
from typing import Any

import pytest
from checkpoint.loops import loop, stream
from registry import estimators
from river import base, linear_model, preprocessing, stats

from lrcontrol.bounds import Bounds
from lrcontrol.checkpoint import pickling, state, unpickling
from lrcontrol.checkpoint.pickling import restore
from lrcontrol.checkpoint.probe import same

#: Their state is another library's, or their own constructor cannot be named.
NOT_OURS = {"SKL2RiverClassifier", "SKL2RiverRegressor"}


def is_fast(thing: Any) -> bool:
    """Return whether the attributes still lie in the object itself (CPython 3.11 and 3.12)."""
    held = vars(type(thing)())  # an object of its own, that was asked for its dictionary
    return len(gc.get_referents(thing)) == len(held) + 1


class Renamed(preprocessing.StandardScaler):
    """River's scaler as a user's own class."""


class Counting(preprocessing.StandardScaler):
    """A scaler that does something of its own when it is loaded."""

    loaded = 0

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.loaded += 1


SCALERS = (preprocessing.StandardScaler, preprocessing.MinMaxScaler, preprocessing.MaxAbsScaler)


@pytest.mark.parametrize("kind", [linear_model.LinearRegression, *SCALERS, Renamed])
def test_neither_the_model_that_is_written_nor_the_one_that_is_loaded_gets_slower(kind):
    model = kind()
    supervised = (2.0,) if model._supervised else ()
    model.learn_one({"a": 1.0}, *supervised)
    assert is_fast(model)
    loaded = pickle.loads(pickling.dumps(model))
    assert is_fast(model)
    assert is_fast(loaded)
    pickle.dumps(model)
    assert not is_fast(model)  # what plain pickle does to it
    assert state.digest(loaded) == state.digest(model)


def test_nothing_that_a_record_passes_through_gets_slower_when_a_loop_is_written():
    found = loop("linear", "pid")
    found.learn(stream("linear", 200))
    pickling.dumps(found)
    loaded = pickle.loads(pickling.dumps(found))
    for pipeline in (found.model, loaded.model):
        scaler, model = pipeline.steps.values()
        assert isinstance(scaler, preprocessing.StandardScaler)
        assert [is_fast(thing) for thing in (scaler, model, model.optimizer)] == [True] * 3


def test_a_scaler_with_a_way_of_its_own_is_loaded_its_own_way():
    assert pickle.loads(pickling.dumps(Counting())).loaded == 1


@pytest.mark.parametrize("kind", SCALERS)
def test_a_scaler_of_a_window_comes_back_too(kind):
    scaler = kind(window_size=3)
    for value in (1.0, 5.0, 2.0, 4.0):
        scaler.learn_one({"a": value})
    loaded = pickle.loads(pickling.dumps(scaler))
    assert state.digest(loaded) == state.digest(scaler)
    assert loaded.transform_one({"a": 3.0}) == scaler.transform_one({"a": 3.0})


@pytest.mark.parametrize("model", ["linear", "softmax", "tree", "bagging"])
def test_it_is_the_same_graph_as_through_plain_pickle(model):
    found = loop(model, "pid")
    found.learn(stream(model, 200))
    ours, plain = unpickling.loads(pickling.dumps(found)), pickle.loads(pickle.dumps(found))
    digests = {state.digest(one, skip=["_path"]) for one in (ours, plain, found)}
    assert len(digests) == 1
    assert ours.gain is not found.gain
    assert ours.status == found.status


@pytest.mark.parametrize("model", list(estimators()), ids=lambda model: type(model).__name__)
def test_every_model_of_river_comes_back_through_the_allow_list(model):
    name = type(model).__name__
    if name in NOT_OURS:
        pytest.skip("its state is scikit-learn's")
    records = stream("logistic" if isinstance(model, base.Classifier) else "linear", 120)
    xs = [{name: 0.1 * abs(value) for name, value in record.x.items()} for record in records]
    for x, record in zip(xs, records, strict=True):
        model.learn_one(x, record.y)
    loaded, again = (unpickling.loads(pickling.dumps(model)) for _ in "ab")
    assert state.nonfinite(loaded) == []
    for x, record in zip(xs[:20], records[:20], strict=True):
        assert same(_asked(loaded, x), _asked(again, x))
        loaded.learn_one(x, record.y)
        again.learn_one(x, record.y)


def _asked(model: Any, x: dict[str, float]) -> Any:
    try:
        answer = model.predict_proba_one(x)
    except (AttributeError, NotImplementedError):
        answer = model.predict_one(x)
    return answer


class Growing:
    """An object with more attributes the longer it is used."""

    def __init__(self) -> None:
        self.a: list[int] = []

    def more(self) -> None:
        self.b = self.c = self.a  # one value under three names


def test_objects_of_a_class_that_hold_different_attributes_each_keep_their_own():
    few, many, fewer = Growing(), Growing(), Growing()
    many.more()
    del fewer.a
    for thing in (few, many, few, fewer, many):  # each is asked for the names of the one before
        held = pickling._held(thing, Growing)
        again = pickle.loads(pickling.dumps(thing))
        assert held == {name: [] for name in ("a", "b", "c") if hasattr(thing, name)}
        assert vars(again) == held
    assert vars(again)["b"] is vars(again)["a"]


def test_what_a_person_gave_stays_fast_though_its_default_stands_in_the_class():
    bounds = Bounds(max_abs=5.0)
    loaded = pickle.loads(pickling.dumps(bounds))
    assert is_fast(bounds)
    assert is_fast(loaded)
    assert loaded == bounds != Bounds()
    object.__delattr__(bounds, "max_abs")
    assert pickling._held(bounds, Bounds) is None  # the class's own is not taken for the object's


def test_attributes_beyond_the_class_are_kept():
    mean = stats.Mean()
    mean.note = 5  # no method knows it
    assert pickle.loads(pickling.dumps(mean)).note == 5


@pytest.mark.parametrize("thing", [stats.Mean, stats, {}, [], len, 3])
def test_a_class_a_module_and_a_built_in_take_no_attributes(thing):
    with pytest.raises(pickle.UnpicklingError, match="takes no attributes"):
        restore(thing, {"get": None})
    assert stats.Mean().get() == 0.0


@pytest.mark.parametrize(
    ("owner", "name"),
    [(stats.Mean, "update"), (stats.Mean(), "__init__"), (stats.Mean(), "n"), (3, "nothing")],
)
def test_only_methods_of_objects_are_looked_up(owner, name):
    with pytest.raises(pickle.UnpicklingError):
        unpickling.bound_method(owner, name)
    assert unpickling.bound_method(stats.Mean(), "get")() == 0.0
