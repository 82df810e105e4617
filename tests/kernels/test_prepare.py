"""A kernel is there before the first record, which changes nothing, and somebody is told of it."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from lrcontrol.kernels import Bank, Rows, available, members
from lrcontrol.kernels.bank_rows import bank_rows
from lrcontrol.kernels.mixture import Blend
from lrcontrol.kernels.mixture_glm import mixture_glm
from lrcontrol.kernels.mixture_softmax import mixture_softmax
from lrcontrol.kernels.solo import solo_rows

compiled = pytest.mark.skipif(not available(), reason="numba (the extra `fast`) is not installed")

PREPARED = {
    "plain": (lambda: Bank("binary", "Adam", members.plain(0.1), scaled=True), solo_rows),
    "bank": (lambda: Bank("regression", "SGD", members.bank("SGD", 0.1)), bank_rows),
    "classes": (lambda: Bank("multiclass", "SGD", members.trace(0.1)), bank_rows),
    "mixture": (lambda: Blend("regression"), mixture_glm),
    "mixed classes": (lambda: Blend("multiclass", classes=2), mixture_softmax),
}


@pytest.mark.parametrize("name", PREPARED)
def test_preparing_changes_nothing_and_leaves_nothing_to_compile(name):
    made, kernel = PREPARED[name]
    model = made()
    rows, y = Rows.dense(np.ones((3, 2))), [0.0, 1.0, 1.0]
    model.learn(rows, y)
    before = pickle.dumps(model)
    model.prepare()
    assert pickle.dumps(model) == before
    if available():
        assert len(kernel._compiled.signatures) == 1


SCRIPT = """
from lrcontrol.kernels import Scaler, compiler
compiler.tell = lambda name, seconds: print(name, seconds is None or seconds > 0.0)
Scaler(1).learn([[1.0], [2.0]])
print("learned")
"""


@compiled
def test_tells_of_a_kernel_that_is_compiled_and_not_of_one_that_is_kept(tmp_path):
    place = {**os.environ, "PYTHONPATH": os.curdir, "NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True, env=place
        ).stdout.splitlines()
        for _ in range(2)
    )
    assert first == ["scale True", "scale True", "learned"]
    assert second == ["learned"]
