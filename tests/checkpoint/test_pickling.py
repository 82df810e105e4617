"""Pickling that leaves no trace: the attributes of what was written, and of what was loaded."""

from __future__ import annotations

import gc
import pickle
from typing import Any

import pytest
from checkpoint.loops import loop, stream
from registry import estimators
from river import base, linear_model, stats

from lrcontrol.checkpoint import pickling, state, unpickling
from lrcontrol.checkpoint.pickling import restore
from lrcontrol.checkpoint.probe import same

#: Their state is another library's, or their own constructor cannot be named.
NOT_OURS = {"SKL2RiverClassifier", "SKL2RiverRegressor"}


def is_fast(thing: Any) -> bool:
    """Return whether the attributes still lie in the object itself (CPython 3.11 and 3.12)."""
    held = vars(type(thing)())  # an object of its own, that was asked for its dictionary
    return len(gc.get_referents(thing)) == len(held) + 1


def test_neither_the_model_that_is_written_nor_the_one_that_is_loaded_gets_slower():
    model = linear_model.LinearRegression()
    model.learn_one({"a": 1.0}, 2.0)
    assert is_fast(model)
    loaded = pickle.loads(pickling.dumps(model))
    assert is_fast(model)
    assert is_fast(loaded)
    pickle.dumps(model)
    assert not is_fast(model)  # what plain pickle does to it


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
