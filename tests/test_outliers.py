"""Outlying: what is an outlier, what is not, and the same bits however the stream is cut."""

from __future__ import annotations

import pickle
import random

import pytest
from faults.numeric import numbers
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.checks import Invalid
from lrcontrol.outliers import Outliers, Outlying


def gauss(count: int, mean: float = 0.0, seed: int = 1) -> list[dict[str, float]]:
    rng = random.Random(seed)
    return [{"a": rng.gauss(mean, 1.0), "b": rng.gauss(0.0, 1e-3)} for _ in range(count)]


def warm(xs: list[dict[str, float]]) -> Outliers:
    outliers = Outliers()
    assert outliers.features(xs) == (xs, 0)
    return outliers


def test_an_outlier_is_replaced_in_a_new_record_and_its_neighbours_stay():
    outliers = warm(gauss(256))
    x, bad = {"a": 1.0, "b": 1e-3}, {"a": 1.0, "b": -1e6}
    (first, second), count = outliers.features([x, bad])
    assert first is x
    assert second == {"a": 1.0, "b": pytest.approx(0.0, abs=1e-3)}
    assert (bad["b"], count, outliers.replaced) == (-1e6, 1, 1)


def test_nothing_is_replaced_before_a_hundred_values_were_seen():
    outliers = Outliers()
    outliers.features(gauss(64))
    assert outliers.features([{"a": 1e6}])[1] == 0
    outliers.features([{"new": 1.0}] * 64)
    assert outliers.features([{"new": 1e6}])[1] == 0


def test_rare_flags_counts_and_changing_constants_pass():
    rng = random.Random(2)
    xs = [{"flag": float(rng.random() < 0.002), "count": 0.0, "one": 1.0} for _ in range(5000)]
    outliers = Outliers()
    for i in range(400):
        xs[i * 12]["count"] = 3.0 + i % 5
    assert outliers.features(xs) == (xs, 0)
    assert outliers.features([{"flag": 1.0, "count": 9.0, "one": 5.0}])[1] == 0
    assert outliers.features([{"one": 1e6}])[0] == [{"one": 1.0}]


def test_a_zero_where_there_never_is_one_is_an_outlier():
    outliers = warm(gauss(256, mean=100.0))
    assert outliers.features([{"a": 0.0}])[0][0]["a"] == pytest.approx(100.0, rel=0.01)
    sparse = [{**x, "a": 0.0 if i % 10 == 0 else x["a"]} for i, x in enumerate(gauss(512, 100.0))]
    assert Outliers().features(sparse)[1] == 0


def test_a_new_unit_is_taken_in_within_a_thousand_records():
    outliers = warm(gauss(6000))
    counts = [
        outliers.features([{"a": 1000.0 * x["a"]} for x in gauss(64, seed=seed)])[1]
        for seed in range(20)
    ]
    assert counts[0] > 50
    assert sum(counts[16:]) == 0


def test_categories_and_booleans_pass_and_numbers_beside_them_do_not():
    xs = [{"city": "Rome", "a": x["a"], "ok": True} for x in gauss(256)]
    outliers = warm(xs)
    out, count = outliers.features([{"city": "Oslo", "a": 1e6, "ok": False}])
    assert (out[0]["city"], out[0]["ok"], count) == ("Oslo", False, 1)
    assert out[0]["a"] < 30.0


def test_beyond_the_most_columns_features_pass():
    outliers = Outliers(most=2)
    outliers.features([{"a": x["a"], "b": 1.0, "c": 1.0} for x in gauss(256)])
    outliers.features([{"a": x["a"]} for x in gauss(256)])
    out, count = outliers.features([{"a": 1e6, "z": 1e6}])
    assert (count, out[0]["z"]) == (1, 1e6)
    assert len(outliers._columns) <= 2


def test_names_without_end_in_one_block_fill_the_columns_and_no_more():
    outliers = Outliers(most=10)
    xs = [{"a": 1.0, f"f{i}": 1.0} for i in range(500)]
    assert outliers.features(xs) == (xs, 0)
    assert list(outliers._columns) == ["a", *(f"f{i}" for i in range(9))]


def test_targets():
    outliers = Outliers()
    ys = [x["a"] for x in gauss(256, mean=3.0)]
    assert outliers.outside(ys) == []
    assert outliers.outside([3.0, 1e9, 4.0, -1e9]) == [1, 3]
    assert outliers.outside([]) == []


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.lists(st.integers(1, 300), min_size=1, max_size=30))
def test_the_same_bits_however_the_stream_is_cut(seed, cuts):
    rng = random.Random(seed)
    xs = [
        {name: rng.gauss(0, 1) * rng.choice([1, 1, 1, 1e5]) for name in rng.sample("abcd", 3)}
        for _ in range(sum(cuts))
    ]
    whole, parts, out = Outliers(), Outliers(), []
    at = 0
    for cut in cuts:
        out += parts.features(xs[at : at + cut])[0]
        at += cut
    assert whole.features(xs)[0] == out
    assert whole.replaced == parts.replaced
    assert numbers(whole) == numbers(parts)
    later = gauss(200)
    again = pickle.loads(pickle.dumps(parts))
    assert again.features(later) == whole.features(later)


def test_the_parameters_are_checked():
    with pytest.raises(Invalid, match="after: must be >= 1"):
        Outlying(after=0)
