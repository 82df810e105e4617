"""A mirror is the River pipeline: same predictions, and whatever is given back goes on alike."""

import copy
import csv
import gzip
import math
import pickle
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import compose, datasets, linear_model, optim, preprocessing

from lrcontrol.control.bank import Bank
from lrcontrol.kernels import OPTIMIZERS, TooManyColumns
from lrcontrol.kernels.classes import TooManyClasses
from lrcontrol.mirror import Mirror

KINDS = ("regression", "binary", "multiclass")
STREAMS = Path(__file__).parents[2] / "shared" / "streams"
NOVEL = -math.log(1e-3)


def river(kind: str, optimizer: str, rate=0.05, scaled=True, l2=0.0, **more):
    steps = getattr(optim, optimizer)(rate)
    if kind == "multiclass":
        model = linear_model.SoftmaxRegression(steps, l2=l2)
    else:
        kinds = {"regression": "LinearRegression", "binary": "LogisticRegression"}
        model = getattr(linear_model, kinds[kind])(steps, l2=l2, intercept_lr=rate, **more)
    return preprocessing.StandardScaler() | model if scaled else model


def loss(kind: str, model, x: dict, y) -> float:
    """Return River's loss; of classes from the logits, as a probability may be 0."""
    if kind == "regression":
        return (model.predict_one(x) - y) ** 2
    final = model[-1] if isinstance(model, compose.Pipeline) else model
    if final is not model:
        x = model[0].transform_one(x)
    if kind == "binary":
        z = final._raw_dot_one(x)
        return min(math.log1p(math.exp(-abs(z))) + max(-z if y else z, 0.0), -math.log(1e-15))
    if y not in final.weights:
        return NOVEL
    z = {c: sum(w.get(j, 0.0) * v for j, v in x.items()) for c, w in final.weights.items()}
    highest = max(z.values())
    total = math.log(sum(math.exp(v - highest) for v in z.values()))
    return min(total - (z[y] - highest), -math.log(1e-15))


def run(kind: str, model, xs, ys, ws=None) -> list[float]:
    losses = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        losses.append(loss(kind, model, x, y))
        model.learn_one(x, y, **({"w": ws[i]} if ws else {}))
    return losses


def state(model) -> dict[str, dict]:
    """Return all that a model holds, as plain dictionaries."""
    final = model[-1] if isinstance(model, compose.Pipeline) else model
    held = {}
    if final is not model:
        scaler = model[0]
        held |= {"counts": dict(scaler.counts), "means": dict(scaler.means)}
        held["vars"] = dict(scaler.vars)
    several = isinstance(final, linear_model.SoftmaxRegression)
    for label, weights in final.weights.items() if several else [("", final.weights)]:
        optimizer = final.optimizers[label] if several else final.optimizer
        held[f"w {label}"] = dict(weights)
        held[f"n {label}"] = {"n": optimizer.n_iterations}
        for name in ("m", "v", "g2"):
            if getattr(optimizer, name, None) is not None:
                held[f"{name} {label}"] = dict(getattr(optimizer, name).items())
    return held | ({} if several else {"intercept": {"": final.intercept}})


def alike(ours, theirs) -> None:
    a, b = state(ours), state(theirs)
    assert a.keys() == b.keys()
    for part, values in a.items():
        for name in values.keys() | b[part].keys():
            mine, his = values.get(name, 0.0), b[part].get(name, 0.0)
            assert mine == pytest.approx(his, rel=1e-8, abs=1e-9), (part, name)


def target(kind: str, number: int):
    labels = ("a", "b", "c", "d")
    return {"regression": number * 1.5 - 2.0, "binary": number % 2 == 0}.get(kind, labels[number])


values = st.one_of(
    st.floats(-3.0, 3.0), st.floats(-1e6, 1e6), st.just(0.0), st.just(7.0), st.integers(-2, 2)
)
records = st.dictionaries(st.sampled_from("pqrstu"), values, max_size=5)
streams = st.lists(st.tuples(records, st.integers(0, 3)), min_size=1, max_size=30)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20, deadline=None)
@given(
    stream=streams,
    scaled=st.booleans(),
    l2=st.sampled_from([0.0, 0.01]),
    weighted=st.booleans(),
    cut=st.integers(0, 30),
)
def test_one_plain_member_is_river(kind, optimizer, stream, scaled, l2, weighted, cut):
    xs = [x for x, _ in stream]
    ys = [target(kind, number) for _, number in stream]
    ws = [0.5 + i % 3 for i in range(len(xs))] if weighted and kind != "multiclass" else None
    rate = 0.05 if scaled else 1e-14  # raw features of 1e6 let any model diverge
    theirs = river(kind, optimizer, rate, scaled, l2)
    mirror = Mirror.of(river(kind, optimizer, rate, scaled, l2))
    expected = run(kind, theirs, xs, ys, ws)
    losses = mirror.learn_all(xs[:cut], ys[:cut], ws[:cut] if ws else None)
    losses += mirror.learn_all(xs[cut:], ys[cut:], ws[cut:] if ws else None)
    assert losses == pytest.approx(expected, rel=1e-9, abs=1e-9)
    alike(mirror.write_back(), theirs)


def bundled(kind: str):
    dataset = {
        "regression": datasets.TrumpApproval,
        "binary": datasets.Phishing,
        "multiclass": datasets.ImageSegments,
    }[kind]
    pairs = list(islice(dataset(), 1300))
    return [x for x, _ in pairs], [y for _, y in pairs]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_whole_bundled_streams(kind, optimizer):
    xs, ys = bundled(kind)
    theirs = river(kind, optimizer, 0.01)
    expected = run(kind, theirs, xs, ys)
    mirror = Mirror.of(river(kind, optimizer, 0.01))
    assert mirror.learn_all(xs, ys) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    alike(mirror.write_back(), theirs)


@pytest.mark.skipif(not STREAMS.is_dir(), reason="the shared streams are not here")
@pytest.mark.parametrize(
    ("name", "kind"),
    [("ccpp", "regression"), ("mammography", "binary"), ("pen_digits", "multiclass")],
)
def test_shared_streams(name, kind):
    with gzip.open(STREAMS / f"{name}.csv.gz", "rt") as lines:
        rows = [
            {k: float(v) for k, v in row.items()} for row in islice(csv.DictReader(lines), 3000)
        ]
    ys = [row.pop("y") for row in rows]
    ys = [y > 0 for y in ys] if kind == "binary" else ys
    theirs = river(kind, "Adam", 0.01)
    expected = run(kind, theirs, rows, ys)
    mirror = Mirror.of(river(kind, "Adam", 0.01))
    assert mirror.learn_all(rows, ys) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("mode", ["plain", "bank"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_promotion_is_bumpless(kind, optimizer, mode):
    xs, ys = bundled(kind)
    mirror = Mirror.of(river(kind, optimizer, 0.01), mode, settings=Bank(clamp=False))
    mirror.learn_all(xs[:300], ys[:300])
    model = mirror.write_back()
    for x in xs[300:320]:
        served = mirror.predict_one(x)
        if kind == "regression":
            assert model.predict_one(x) == pytest.approx(served, rel=1e-12)
        else:
            assert model.predict_proba_one(x) == pytest.approx(served, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", KINDS)
def test_going_on_in_river_is_going_on_in_the_mirror(kind, optimizer):
    xs, ys = bundled(kind)
    mirror = Mirror.of(river(kind, optimizer, 0.01))
    mirror.learn_all(xs[:200], ys[:200])
    model = copy.deepcopy(mirror).write_back()
    taken_up = Mirror.of(copy.deepcopy(model))
    expected = run(kind, model, xs[200:400], ys[200:400])
    assert mirror.learn_all(xs[200:400], ys[200:400]) == pytest.approx(expected, rel=1e-8)
    assert taken_up.learn_all(xs[200:400], ys[200:400]) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_goes_on_the_same(kind, again):
    xs, ys = bundled(kind)
    mirror = Mirror.of(river(kind, "SGD"), "bank")
    mirror.learn_all(xs[:200], ys[:200])
    copied = again(mirror)
    assert copied.learn_all(xs[200:300], ys[200:300]) == mirror.learn_all(xs[200:300], ys[200:300])
    assert state(copied.write_back()) == state(mirror.write_back())
    assert copied.model is not mirror.model


def test_steps_before_run_as_they_are():
    xs = [{"country": "ab"[i % 2], "clouds": float(i % 5), "t": i * 1.0} for i in range(60)]
    ys = [i % 7 - 2.0 for i in range(60)]

    def build():
        words = compose.Select("country") | preprocessing.OneHotEncoder()
        numbers = compose.Discard("country") | preprocessing.MinMaxScaler()
        final = linear_model.LinearRegression(optim.SGD(0.02), intercept_lr=0.02)
        return (words + numbers) | preprocessing.StandardScaler() | final

    theirs, mirror = build(), Mirror.of(build())
    expected = []
    for x, y in zip(xs, ys, strict=True):
        expected.append((theirs.predict_one(x) - y) ** 2)
        theirs.learn_one(x, y)
    assert mirror.learn_all(xs, ys) == pytest.approx(expected, rel=1e-9)
    assert mirror.predict_one(xs[0]) == pytest.approx(theirs.predict_one(xs[0]))
    assert mirror.write_back().predict_one(xs[0]) == pytest.approx(theirs.predict_one(xs[0]))


@pytest.mark.parametrize(
    "model",
    [
        linear_model.PARegressor(),
        linear_model.LinearRegression(optim.Momentum()),
        linear_model.LinearRegression(l1=0.1),
        linear_model.LinearRegression(loss=optim.losses.Huber()),
        linear_model.LinearRegression(initializer=optim.initializers.Normal(seed=1)),
        linear_model.LogisticRegression(loss=optim.losses.Log(weight_pos=2.0)),
        linear_model.LogisticRegression(loss=optim.losses.Hinge()),
        linear_model.SoftmaxRegression(loss=optim.losses.CrossEntropy({"a": 2.0})),
        preprocessing.TargetStandardScaler(linear_model.LinearRegression()),
        compose.Pipeline(),
    ],
)
def test_what_kernels_do_not_know_is_left_to_river(model):
    assert Mirror.of(model) is None


def test_a_trace_is_for_sgd():
    assert Mirror.of(river("binary", "Adam"), "trace") is None
    mirror = Mirror.of(river("binary", "SGD"), "trace")
    xs, ys = bundled("binary")
    assert sum(mirror.learn_all(xs, ys)) < 0.7 * len(xs)
    assert 0.0 < mirror.rate < mirror.gain


def test_the_rate_of_one_member_is_set():
    mirror, theirs = Mirror.of(river("binary", "SGD")), river("binary", "SGD", 0.2)
    xs, ys = bundled("binary")
    mirror.rate = 0.2
    expected = run("binary", theirs, xs[:50], ys[:50])
    assert mirror.learn_all(xs[:50], ys[:50]) == pytest.approx(expected, rel=1e-9)
    with pytest.raises(ValueError, match="each member"):
        Mirror.of(river("binary", "SGD"), "bank").rate = 0.2


def test_the_bank_serves_no_worse_than_the_best_fixed_rate():
    xs, ys = bundled("regression")
    fixed = [
        sum(Mirror.of(river("regression", "SGD", 10.0**i)).learn_all(xs, ys)) for i in range(-5, 2)
    ]
    for rate in (1e-5, 10.0):
        mirror = Mirror.of(river("regression", "SGD", rate), "bank")
        assert sum(mirror.learn_all(xs, ys)) < min(fixed)
        assert sum(line.served for line in mirror.members()) == 1


def test_beyond_the_caps_nothing_is_learned():
    mirror = Mirror.of(river("multiclass", "SGD"), caps=(3, 2))
    mirror.learn_all([{"a": 1.0, "b": 2.0}], ["x"])
    before = state(mirror.write_back())
    with pytest.raises(TooManyColumns, match="the most is 3"):
        mirror.learn_all([{"a": 2.0}, {"c": 1.0, "d": 2.0}], ["x", "x"])
    with pytest.raises(TooManyClasses, match="more than 2 classes"):
        mirror.learn_all([{"a": 2.0}] * 3, ["x", "y", "z"])
    assert state(mirror.write_back()) == before
    mirror.learn_all([{"a": 2.0}], ["y"])
    assert list(mirror.write_back()[-1].weights) == ["x", "y"]


def test_softmax_takes_no_weights():
    with pytest.raises(ValueError, match="no sample weights"):
        Mirror.of(river("multiclass", "SGD")).learn_one({"a": 1.0}, "x", w=2.0)


def test_an_intercept_that_stays_stays():
    model = linear_model.LinearRegression(optim.SGD(0.1), intercept_lr=0.0)
    mirror = Mirror.of(model)
    mirror.learn_all([{"a": 1.0}] * 3, [1.0, 2.0, 3.0])
    assert mirror.write_back().intercept == 0.0


def test_a_learned_model_is_not_clamped_to_its_first_labels():
    model = river("regression", "SGD")
    run("regression", model, [{"a": float(i % 9)} for i in range(500)], [i % 9 for i in range(500)])
    mirror = Mirror.of(model, "bank")
    losses = mirror.learn_all([{"a": 1.0}, {"a": 8.0}], [1.0, 8.0])
    assert max(losses) < 0.1
