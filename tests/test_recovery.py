"""Recovery: what is taken out of a block, when copies are made, and what cannot be rebuilt.

That the state is the right one to the last bit is shown in tests/faults/test_poison_raise.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from time import perf_counter
from typing import Any

import pytest
from river import compose, linear_model, preprocessing

from lrcontrol import Loop, Record
from lrcontrol.checkpoint.pickling import dumps
from lrcontrol.control import Fixed
from lrcontrol.recovery import MOST_RECORDS, Failed, NotRecoverable, Recovery


class Touchy(preprocessing.StandardScaler):
    """Raises halfway through a record with a 13; once only through one with a 7."""

    sevens = 0

    def learn_one(self, x):
        super().learn_one(x)
        if x["a"] == 13.0:
            raise ValueError("thirteen")
        if x["a"] == 7.0:
            Touchy.sevens += 1
            if Touchy.sevens == 1:
                raise MemoryError


def records(*values: float) -> list[Record]:
    return [Record({"a": a}, 1.0) for a in values]


def recovery(model: Any = None, clock: Callable[[], float] = perf_counter, **more: int) -> Recovery:
    model = Touchy() | linear_model.LinearRegression() if model is None else model
    return Recovery(Loop(model, Fixed()), clock, **more)


def test_records_that_raise_are_taken_out_and_told_by_their_places():
    r = recovery()
    learned = r.learn(records(13.0, 1.0, float("nan"), 13.0, 2.0, 13.0, 3.0, float("inf")))
    assert [(f.at, str(f.error)) for f in learned.failed] == [
        (0, "thirteen"),
        (3, "thirteen"),
        (5, "thirteen"),
    ]
    assert [(refusal.at, refusal.reason) for refusal in learned.refusals] == [
        (2, "nonfinite"),
        (7, "nonfinite"),
    ]
    assert r.loop.model["Touchy"].counts["a"] == r.loop.status.steps == 3
    assert r.loop.status.rejected == {"nonfinite": 2}


def test_a_block_of_nothing_else_leaves_everything_as_it_was():
    r = recovery()
    r.learn(records(1.0, 2.0))
    assert [f.at for f in r.learn(records(13.0, 13.0)).failed] == [0, 1]
    assert r.loop.status.steps == 2
    assert r.learn([]) == ([], [])


def test_an_error_that_does_not_come_again_costs_no_record():
    Touchy.sevens = 0
    r = recovery()
    assert r.learn(records(1.0, 7.0, 2.0)) == ([], [])
    assert Touchy.sevens == 2
    assert r.loop.status.steps == r.loop.model["Touchy"].counts["a"] == 3


def ticking(step: float) -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += step


def test_copies_are_made_in_records_and_seldom_enough():
    time = ticking(1 / 128)
    r = recovery(clock=lambda: next(time), every=10)  # a copy takes as long as a block
    made = []
    for block in range(1, 300):
        before = r._copy
        r.learn(records(*range(100, 110)))
        if r._copy is not before:
            made.append(block * 10)
    # The first is due after 10; then one second may be spent for each hundred of learning
    assert made == [10, 1010, 2010]


def test_the_records_held_are_capped_however_dear_a_copy_is():
    time = chain([0.0, 1e6], ticking(1 / 1024))  # the first copy takes eleven days
    r = recovery(clock=lambda: next(time), every=10)
    held = []
    for _ in range(120):
        r.learn(records(*[1.0] * 1000))
        held.append(r._records)
    assert max(held) < MOST_RECORDS
    assert sorted(held)[-2] > MOST_RECORDS / 2


def test_what_would_take_too_long_to_learn_again_is_copied():
    time = chain([0.0, 1e6], ticking(1.0))
    r = recovery(clock=lambda: next(time), every=10)
    made = []
    for block in range(1, 101):
        before = r._copy
        r.learn(records(1.0))
        if r._copy is not before:
            made.append(block)
    assert made == [10, *range(30, 101, 20)]  # the first is due by its records


def test_a_checkpoints_pickle_does_for_a_copy():
    r = recovery()
    r.learn(records(1.0, 2.0))
    r.keep(dumps(r.loop))
    assert not r._since
    assert [f.at for f in r.learn(records(3.0, 13.0)).failed] == [1]
    assert r.loop.status.steps == 3


def test_a_model_that_cannot_be_pickled_is_copied():
    def doubled(x: dict[str, float]) -> dict[str, float]:
        return {name: 2.0 * value for name, value in x.items()}

    steps = compose.FuncTransformer(doubled) | Touchy() | linear_model.LinearRegression()
    r = recovery(steps)
    assert isinstance(r._copy, Loop)
    assert [f.at for f in r.learn(records(1.0, 6.5, 2.0)).failed] == [1]
    assert r.loop.model["Touchy"].counts["a"] == 2


class Locked(Touchy):
    """Cannot be copied in any way."""

    def __reduce_ex__(self, protocol):
        raise TypeError("holds a lock")


def test_a_model_that_cannot_be_copied_fails_as_without_recovery():
    r = recovery(Locked() | linear_model.LinearRegression())
    assert not r.able
    assert r.learn(records(1.0)) == ([], [])
    with pytest.raises(NotRecoverable, match=r"thirteen.*can be neither pickled nor copied"):
        r.learn(records(13.0))


class Moody(Touchy):
    """Raises at a 1 from the second time on, so that what was learned cannot be learned again."""

    ones = 0

    def learn_one(self, x):
        Moody.ones += x["a"] == 1.0
        if x["a"] == 1.0 and Moody.ones > 1:
            raise ValueError("again")
        super().learn_one(x)


def test_a_model_that_will_not_learn_again_what_it_learned_is_given_up():
    r = recovery(Moody() | linear_model.LinearRegression())
    r.learn(records(1.0, 2.0))
    with pytest.raises(NotRecoverable, match=r"thirteen.*last 2 records again raised .*again"):
        r.learn(records(13.0))


def test_the_error_comes_as_it_was_raised():
    (failed,) = recovery().learn(records(13.0)).failed
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ValueError)
