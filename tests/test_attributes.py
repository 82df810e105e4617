"""An object's attributes: all that matter, and the object none the slower for it."""

from __future__ import annotations

import gc

import pytest
from river import linear_model, preprocessing

from lrcontrol.attributes import attributes, is_attributes_of
from lrcontrol.gain import attach


class Holder:
    def __init__(self) -> None:
        self.part = [1]


class Guessing:
    def __init__(self) -> None:
        self.part = [1]

    def __getattr__(self, name: str) -> str:
        return f"no {name}"


def has_dictionary(thing: object) -> bool:
    """Whether the object's attributes have moved out into a dictionary, for good."""
    return any(type(part) is dict and is_attributes_of(thing, part) for part in refer(thing))


def refer(thing: object) -> list[object]:
    return gc.get_referents(thing)


def test_what_the_class_sets_is_found_without_asking_for_the_dictionary():
    thing = Holder()
    assert attributes(thing) == {"part": [1]}
    assert not has_dictionary(thing)


def test_what_was_set_from_outside_is_found_too():
    thing = Holder()
    thing.other = [2]
    assert attributes(thing) == {"part": [1], "other": [2]}


def test_a_class_that_answers_for_any_name_is_not_believed():
    assert attributes(Guessing()) == {"part": [1]}


@pytest.mark.parametrize("thing", [1.0, "text", (1, 2), [1], object()])
def test_what_has_no_attributes_has_none(thing):
    assert attributes(thing) == {}


def test_a_dictionary_is_known_for_what_it_is():
    thing, other = Holder(), Holder()
    held = thing.__dict__
    assert is_attributes_of(thing, held)
    assert not is_attributes_of(other, held)
    assert not is_attributes_of(thing, {"part": [1]})


def test_attaching_a_gain_leaves_a_model_as_quick_as_it_was():
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    attach(model, 0.1)
    scaler, logistic = model.steps.values()
    for part in (model, scaler, logistic, logistic.optimizer):
        assert not has_dictionary(part)
