"""With a compiler or without, the numbers are the same; and one is there or it is not."""

import os
import subprocess
import sys

import numpy as np
import pytest

from lrcontrol.kernels import (
    OPTIMIZERS,
    Scaler,
    Shadows,
    Traced,
    available,
    scaler,
    shadows,
    traced,
)
from lrcontrol.kernels.compiler import cached

RATES = 10.0 ** np.arange(-5.0, 2.0)
compiled = pytest.mark.skipif(not available(), reason="numba (the extra `fast`) is not installed")


def results(kind: str, optimizer: str) -> list[np.ndarray]:
    rng = np.random.default_rng(11)
    x = rng.normal(size=(60, 4)) * [1.0, 0.0, 1e6, 1.0]
    y = rng.integers(0, 2, 60).astype(float)
    scaled = Scaler(4).learn(x)
    models = Shadows(kind, optimizer, RATES, 4, classes=2, l2=1e-3)
    return [*scaled, models.learn(*scaled, y), models.weights, models.intercepts]


@compiled
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_plain_gives_the_same_numbers(kind, optimizer, monkeypatch):
    fast = results(kind, optimizer)
    monkeypatch.setattr(shadows, "glm", shadows.glm.plain)
    monkeypatch.setattr(shadows, "softmax", shadows.softmax.plain)
    monkeypatch.setattr(scaler, "scale", scaler.scale.plain)
    for ours, plain in zip(fast, results(kind, optimizer), strict=True):
        assert ours == pytest.approx(plain, rel=1e-12, abs=0.0)


@compiled
@pytest.mark.parametrize("kind", ["regression", "binary", "multiclass"])
def test_plain_traces_the_same_numbers(kind, monkeypatch):
    rng = np.random.default_rng(13)
    x = rng.normal(size=(60, 4))
    y = rng.integers(0, 2, 60).astype(float)
    fast, plain = (Traced(kind, [1e-5, 0.1, 10.0], 4, classes=2) for _ in range(2))
    scores = fast.learn(x, x, y)
    monkeypatch.setattr(traced, "traced_glm", traced.traced_glm.plain)
    monkeypatch.setattr(traced, "traced_softmax", traced.traced_softmax.plain)
    assert plain.learn(x, x, y) == pytest.approx(scores, rel=1e-9)
    assert plain.gains == pytest.approx(fast.gains, rel=1e-9)


SCRIPT = """
import sys
if {hidden}:
    sys.modules["numba"] = None  # as where it is not installed
import numpy as np
from lrcontrol.kernels import Shadows, available
assert "numba" not in sys.modules or {hidden}, "imported before it is used"
x = np.arange(12.0).reshape(6, 2) / 10.0
print(available(), Shadows("binary", "Adam", [0.1], 2).learn(x, x, np.arange(6) % 2.0).sum())
"""


@compiled
def test_runs_where_numba_is_not_installed():
    said = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT.format(hidden=hidden)],
            check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.curdir},
        ).stdout.split()
        for hidden in (True, False)
    ]  # fmt: skip
    assert [answer for answer, _ in said] == ["False", "True"]
    assert said[0][1] == said[1][1]


@compiled
def test_compiles_where_nothing_can_be_kept():
    import numba

    place: dict = {}
    exec("def twice(x):\n    return x + x", place)  # no file: numba has nowhere to keep it
    with pytest.raises(RuntimeError, match="no locator"):
        numba.njit(cache=True)(place["twice"])
    assert cached(numba, place["twice"])(1.5) == 3.0
