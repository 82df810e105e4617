"""The seeded streams are the same for the same seed, and change where they say."""

from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def made(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import synthetic

    return synthetic


def fitted(problem, rows):
    """Return the weights of least squares on some of the rows."""
    x = np.column_stack([problem.x, np.ones(len(problem.y))])[rows]
    return np.linalg.lstsq(x, problem.y[rows], rcond=None)[0]


def test_the_same_seed_makes_the_same_streams(made):
    first, again, other = (list(made.synthetic(300, seed=seed)) for seed in (1, 1, 2))
    assert [problem.name for problem in first] == [problem.name for problem in other]
    assert [problem.digest() for problem in first] == [problem.digest() for problem in again]
    assert {problem.digest() for problem in first}.isdisjoint(p.digest() for p in other)
    assert all(np.isfinite(problem.x).all() for problem in first)
    assert all(len(set(p.y)) == p.classes for p in first if p.task != "regression")


@pytest.mark.parametrize("kind", ["abrupt", "gradual", "recurring"])
def test_the_weights_change_before_each_segment_and_not_within(made, kind):
    problem = made.make(kind, "regression", 10_000, seed=3)
    for start, end in made.segments(kind, 10_000):
        middle = (start + end) // 2
        early, late = fitted(problem, slice(start, middle)), fitted(problem, slice(middle, end))
        before = fitted(problem, slice(start - 2000 - 2000 * (kind == "gradual"), start - 2000))
        assert np.abs(early - late).max() < 0.3
        if kind != "recurring":
            assert np.abs(early - before).max() > 1.0


def test_recurring_concepts_come_back(made):
    problem = made.make("recurring", "regression", 10_000, seed=3)
    fits = [fitted(problem, slice(i * 2000, (i + 1) * 2000)) for i in range(5)]
    assert np.abs(fits[0] - fits[2]).max() < 0.2
    assert np.abs(fits[1] - fits[3]).max() < 0.2
    assert np.abs(fits[0] - fits[1]).max() > 1.0


def test_a_feature_changes_its_unit_and_labels_are_drawn_at_random(made):
    unit = made.make("feature_x1000", "regression", 10_000, seed=1).x[:, 0]
    assert unit[5000:].std() / unit[:5000].std() == pytest.approx(1000.0, rel=0.05)
    burst = made.make("label_noise", "regression", 10_000, seed=1)
    x = np.column_stack([burst.x, np.ones(10_000)])
    rest = burst.y - x @ fitted(burst, slice(0, 5000))
    assert rest[5000:6000].std() / rest[:5000].std() == pytest.approx(10.0, rel=0.1)
