"""Streams made up: the same for a seed, anywhere in them, and drifting as they say."""

from itertools import islice
from operator import mul
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st
from river.datasets import synth

from lrcontrol.checks import Invalid
from lrcontrol.sources.base import SourceFailed
from lrcontrol.sources.drifting import BLOCK, Drifting, Schedule
from lrcontrol.sources.synthetic import Synthetic

GENERATORS = sorted(set(synth.__all__) - {"Logical"})
SHORT = {"AnomalySine": {"n_samples": 500, "n_anomalies": 50, "n_contextual": 50}}


def take(count, positions=None, **settings):
    source = Synthetic(**{"seed": 7, **settings}).build()
    source.open(positions or {})
    records = []
    while len(records) < count:
        records.extend(source.poll(count - len(records), 0).messages)
    source.close()
    return records


@pytest.mark.parametrize("name", GENERATORS)
def test_generators_of_river(name):
    settings = {"generator": name, "arguments": SHORT.get(name, {})}
    assert list(Synthetic(seed=7, **settings).problems()) == []
    records = take(50, **settings)
    assert records == take(50, **settings)
    assert records[20:] == take(30, {name: 20}, **settings)
    if name != "LED":  # the seed of its only generator shows in the records further on
        assert records != take(50, **settings, seed=8)
    for x, y, _, _ in records:
        assert all(type(value) in (float, str, bool) for value in (*x.values(), y))
        assert all(type(feature) is str for feature in x)


def test_arguments_reach_the_generator():
    records = take(9, generator="Hyperplane", arguments={"n_features": 3})
    assert len(records[0].x) == 3


@pytest.mark.parametrize(
    ("settings", "key", "text"),
    [
        ({"generator": "Friedmann"}, "generator", "did you mean Friedman"),
        ({"generator": "Logical"}, "generator", "several targets"),
        ({"generator": "SEA", "arguments": {"noize": 1}}, "arguments", "variant, noise, seed"),
        ({"generator": "SEA", "arguments": {"seed": 1}}, "arguments", "set by seed: 7"),
        ({"generator": "RandomRBF", "arguments": {"seed_model": 1}}, "arguments", "seed_model"),
        ({"generator": "ConceptDriftStream", "arguments": {"stream": "S"}}, "arguments", "refuses"),
        ({"generator": "FriedmanDrift", "arguments": {"drift_type": "x"}}, "arguments", "refuses"),
        ({"generator": "ConceptDriftStream", "arguments": {"width": 28}}, "arguments", "> 28"),
        ({"generator": "ConceptDriftStream", "arguments": {"width": 0}}, "arguments", "> 28"),
        ({"generator": "ConceptDriftStream", "arguments": {"alpha": 80}}, "arguments", "> 28"),
    ],
)
def test_what_river_would_refuse_or_trip_over(settings, key, text):
    ((found, message),) = Synthetic(seed=7, **settings).problems()
    assert found == key
    assert text in message
    with pytest.raises(SourceFailed, match="^" + key):
        take(1, **settings)


def test_the_narrowest_drift_that_is_let_through_does_not_overflow():
    assert take(1, generator="ConceptDriftStream", arguments={"width": 29})


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "stream"),
        ({"stream": "linear", "generator": "SEA"}, "stream"),
        ({"generator": "SEA", "drift": "abrupt"}, "drift"),
        ({"stream": "linear", "arguments": {"a": 1}}, "arguments"),
        ({"stream": "linear", "noise": -1.0}, "noise"),
        ({"stream": "linear", "factor": 0.0}, "factor"),
        ({"stream": "linear", "width": 0}, "width"),
    ],
)
def test_settings_that_cannot_be(settings, key):
    with pytest.raises(Invalid) as caught:
        Synthetic(seed=1, **settings)
    assert [problem[0] for problem in caught.value.problems] == [key]


@given(position=st.integers(min_value=0, max_value=3 * BLOCK))
def test_a_record_depends_on_seed_and_place_only(position):
    stream = Drifting("linear", 1, 0.1, 1, Schedule("gradual", 10, 700, 1, 1.0))
    whole = list(islice(stream.after(0), position, position + 3))
    assert list(islice(stream.after(position), 3)) == whole


def test_far_away_is_near():
    assert take(1, {"linear": 10**15}, stream="linear") != take(1, stream="linear")


def residuals(records, weights):
    return [r.y - sum(w * r.x[f"x{i}"] for i, w in enumerate(weights)) for r in records]


def fitted(records):
    """Least squares for two features, by hand."""
    a, b, y = [r.x["x0"] for r in records], [r.x["x1"] for r in records], [r.y for r in records]
    aa, bb, ab, ay, by = (sum(map(mul, p, q)) for p, q in ((a, a), (b, b), (a, b), (a, y), (b, y)))
    det = aa * bb - ab * ab
    return [(ay * bb - by * ab) / det, (by * aa - ay * ab) / det]


def linear(drift, **more):
    settings = {"at": 1000, "width": 500, "every": 300, "factor": 20.0, **more}
    records = take(2000, stream="linear", features=2, drift=drift, **settings)
    return records, fitted(records[:1000])


def wrong(records, weights, start, stop):
    """Share of records that do not follow the first truth."""
    far = [abs(rest) > 0.5 for rest in residuals(records[start:stop], weights)]
    return fmean(far)


def test_without_drift_the_truth_stays():
    records, weights = linear("none")
    assert pstdev(residuals(records, weights)) == pytest.approx(0.1, rel=0.1)
    assert all(isinstance(record.y, float) for record in records)


def test_abrupt():
    records, weights = linear("abrupt")
    assert wrong(records, weights, 0, 1000) == 0
    assert wrong(records, weights, 1000, 2000) > 0.6


def test_gradual():
    records, weights = linear("gradual")
    shares = [wrong(records, weights, start, start + 250) for start in (750, 1000, 1250, 1500)]
    assert shares[0] == 0
    assert shares == sorted(shares)
    assert shares[1] < shares[3] / 2 < shares[2] < shares[3]


def test_recurring():
    records, weights = linear("recurring")
    spans = ((700, 1000), (1000, 1300), (1300, 1600), (1600, 1900), (1900, 2000))
    shares = [wrong(records, weights, *span) for span in spans]
    assert [share > 0.5 for share in shares] == [False, True, False, True, False]


def test_scale_change():
    records, weights = linear("scale_change")
    spread = [pstdev(r.x["x0"] for r in records[span]) for span in (slice(1000), slice(1000, None))]
    assert spread[1] / spread[0] == pytest.approx(20, rel=0.1)
    scaled = [weight / 20 for weight in weights]
    assert pstdev(residuals(records[1000:], scaled)) == pytest.approx(0.1, rel=0.1)


def test_label_noise():
    records, weights = linear("label_noise")
    assert pstdev(residuals(records[:1000], weights)) == pytest.approx(0.1, rel=0.1)
    assert pstdev(residuals(records[1000:], weights)) == pytest.approx(2.0, rel=0.1)


def test_logistic_labels_are_booleans_on_the_right_side():
    records = take(1000, stream="logistic", features=2, noise=0.0)
    twin = take(1000, stream="linear", features=2, noise=0.0)
    assert [record.y for record in records] == [record.y > 0 for record in twin]
    assert {type(record.y) for record in records} == {bool}


def test_another_seed_is_another_stream():
    assert take(5, stream="linear", seed=1) != take(5, stream="linear", seed=2)
