"""A restart that equals no restart: half in one process, the rest in another."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from checkpoint.loops import MODELS, cases, loop, outcome, stream

from lrcontrol.checkpoint import pickling

TESTS = Path(__file__).parent.parent
#: Not a multiple of a period: the checkpoint is taken in the middle of one.
HALF = 301


CASES = cases()


@pytest.fixture(scope="module")
def taken_over(tmp_path_factory):
    """The outcomes of a process that was handed every loop at half its stream."""
    folder = tmp_path_factory.mktemp("half")
    for model, controller in CASES:
        half = loop(model, controller)
        half.learn(stream(model)[:HALF])
        (folder / f"{model}.{controller}").write_bytes(pickling.dumps(half))
    path = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    changed = {"PYTHONHASHSEED": "7", "PYTHONPATH": path}  # sets come in another order there
    command = [sys.executable, "-m", "checkpoint.loops", str(folder), str(HALF)]
    said = subprocess.run(command, env={**os.environ, **changed}, capture_output=True, check=False)
    assert said.returncode == 0, said.stderr.decode()
    return pickle.loads(said.stdout)


@pytest.mark.parametrize(("model", "controller"), CASES)
def test_the_rest_learned_in_a_new_process_is_as_if_nothing_had_happened(
    taken_over, model, controller
):
    whole, records = loop(model, controller), stream(model)
    for start in range(0, len(records), 64):
        whole.learn(records[start : start + 64])
    assert taken_over[f"{model}.{controller}"] == outcome(whole, records)


@pytest.mark.parametrize("model", MODELS)
def test_a_checkpoint_leaves_no_trace_in_the_loop_it_was_taken_of(model):
    records, often, never = (
        stream(model),
        loop(model, "bold_driver"),
        loop(model, "bold_driver"),
    )
    for start in range(0, len(records), 50):
        often.learn(records[start : start + 50])
        pickling.dumps(often)
        never.learn(records[start : start + 50])
    assert outcome(often, records) == outcome(never, records)
