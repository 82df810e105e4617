"""Rows to come back after a drift, on losses written by hand and on a stream."""

from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def drift(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import drift

    return drift


def test_rows_needed_are_those_before_a_window_as_good_as_the_best(drift):
    best = np.ones(1000)
    assert drift.needed(best * 1.09, best) == 0
    assert drift.needed(best * 1.11, best) == 1000  # never
    late = np.where(np.arange(1000) < 300, 5.0, 1.0)
    # A window of 200 may hold 5 of the bad rows: 5 * 4 / 200 = 10 %.
    assert drift.needed(late, best) == 295


def test_noise_in_the_labels_weighs_on_both(drift):
    noise = np.random.default_rng(1).exponential(size=1000)
    assert drift.needed(noise, noise) == 0


def test_the_best_model_is_near_the_noise_and_trace_comes_back_to_it(drift):
    from synthetic import NOISE, make, segments

    problem = make("abrupt", "regression", 4000, 5)
    records = problem.view("scaled")
    (stretch,) = segments("abrupt", 4000)
    best = drift.as_good_as_can_be(problem, records, *stretch)
    assert len(best) == 2000
    assert NOISE**2 * 0.8 < best.mean() < NOISE**2 * 1.8
    loss = drift.followers.trace(problem, records)
    assert loss[2000:2100].mean() > 5.0 * best[:100].mean()  # it had another world in mind
    assert all(0 < drift.needed(column, best) < 2000 for column in loss[2000:].T)


def test_every_model_is_measured_after_every_change(drift):
    from synthetic import make

    found = list(drift.returns(make("recurring", "binary", 1500, 1), 1))
    models = {r.model for r in found}
    assert {"trace", "bank", "best fixed rate", "bold_driver", "river default"} <= models
    assert all(r.rows == 300 and 0 <= r.needed <= 300 for r in found)
    for model in models:
        runs = 4 if model in ("trace", "bank", "mixture") else 1
        assert sum(r.model == model for r in found) == 4 * runs  # four changes, every start
