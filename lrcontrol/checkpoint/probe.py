"""A model's answers to a few records it has seen: kept with it, asked again after loading.

That a pickle loads says little: River 0.25 pipelines load in 0.26 and fail at their first use, and
other formats load trees that predict something else. So a model that was loaded has to give the
same answers to the last bit, and the same again after it has learned one record.

All of this is done to throwaway copies: some models draw random numbers to predict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any, NamedTuple, Protocol

from lrcontrol.checkpoint.unusable import Unusable

#: Records a probe holds at most: enough that not all of them go to one leaf or class.
MOST = 8
#: Farthest that an answer may be from what it was in another version, of its size or of 1. Rounding
#: moves it by 1e-9 at most (a compiled kernel against River); another meaning of a weight by more.
NEAR = 1e-6


class Model(Protocol):
    """What is asked of what is in a checkpoint: River's verbs."""

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a prediction."""
        ...

    def learn_one(self, x: dict[Any, Any], y: Any) -> Any:
        """Learn one record."""
        ...


class Probe(NamedTuple):
    """Records as ``(x, y)``, the answers to them, and those after the first was learned.

    Plain data (``exact``): class probabilities are mappings, NumPy's numbers are Python's.
    """

    records: Sequence[tuple[dict[str, Any], Any]]
    answers: Sequence[Any]
    learned: Sequence[Any]


def take(copy: Model, records: Sequence[tuple[Mapping[str, Any], Any]]) -> Probe:
    """Return the probe of a model; ``copy`` is changed by it and to be thrown away.

    ``records`` are those it learned last, newest last, guarded ones; ``MOST`` of them are used.

    >>> from river import linear_model
    >>> take(linear_model.LinearRegression(), [({"a": 1.0}, 2.0)]).learned
    [0.08]
    """
    asked = [(dict(x), y) for x, y in records[-MOST:]]
    answers = [_plain(copy.predict_one(dict(x))) for x, _ in asked]
    if asked:
        copy.learn_one(dict(asked[0][0]), asked[0][1])
    return Probe(asked, answers, [_plain(copy.predict_one(dict(x))) for x, _ in asked])


def verify(copy: Model, probe: Probe) -> None:
    """Raise Unusable where a copy of the loaded model does not answer as the probe says."""
    try:
        found = take(copy, probe.records)
    except Exception as error:  # a model of another version may raise anything
        detail = f"it fails at its first use: {type(error).__name__}: {error}"
        raise Unusable("probe", detail) from error
    for what, before, after in (
        ("answers", probe.answers, found.answers),
        ("learns", probe.learned, found.learned),
    ):
        if len(before) != len(after):
            raise Unusable("probe", f"it {what} {len(after)} records of {len(before)}")
        for at, (was, now) in enumerate(zip(before, after, strict=True)):
            if not same(was, now):
                detail = f"it {what} differently: {now} to record {at} of its probe, and was {was}"
                raise Unusable("probe", detail)


def same(one: Any, other: Any) -> bool:
    """Return whether two answers are equal to the last bit, NaN too.

    >>> same(0.0, -0.0), same(float("nan"), float("nan")), same({"a": 0.1}, {"a": 0.1})
    (False, True, True)
    """
    if isinstance(one, float) and isinstance(other, float):
        return one.hex() == other.hex()
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        # In the same order too: a sum over them comes out of it.
        return list(one) == list(other) and all(same(one[k], other[k]) for k in one)
    return type(one) is type(other) and bool(one == other)


def verify_near(copy: Model, probe: Probe) -> None:
    """Raise Unusable where a model given what another had learned answers most records otherwise.

    Near and not equal, as it may be of another River, NumPy or machine (see ``NEAR``); most and not
    each, as answers that were cut to the range of the labels are no longer, until that is known.
    """
    answers = [_plain(copy.predict_one(dict(x))) for x, _ in probe.records]
    pairs = list(zip(probe.answers, answers, strict=True))
    far = [(at, was, now) for at, (was, now) in enumerate(pairs) if not near(was, now)]
    if 2 * len(far) > len(pairs):
        at, was, now = far[0]
        detail = f"it answers differently: {now} to record {at} of its probe, and was {was}"
        raise Unusable("probe", detail)


def near(one: Any, other: Any) -> bool:
    """Return whether two answers are equal but for rounding.

    >>> near(0.1 + 0.2, 0.3), near({"a": 0.1}, {"a": 0.2}), near("a", "a")
    (True, False, True)
    """
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(near(one[k], other[k]) for k in one)
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=NEAR, abs_tol=NEAR)
    return type(one) is type(other) and bool(one == other)


def _plain(answer: Any) -> Any:
    if isinstance(answer, Mapping):
        return {_plain(label): _plain(share) for label, share in answer.items()}
    if isinstance(answer, float):
        return float(answer)
    if answer is None or isinstance(answer, bool | int | str):
        return answer
    number = getattr(answer, "item", None)
    return number() if number else repr(answer)
