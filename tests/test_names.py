"""The cap on names: what comes out is bounded, and the same in every process."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.checks import Invalid
from lrcontrol.names import NameCap, Names


def test_a_late_name_is_hashed_with_its_value_kept():
    names = Names(NameCap(most=1, buckets=1))
    assert names.admit([{"a": 1.0, "b": 2.0, "c": 3.0, "city": "Rome"}]) == [{"a": 1.0, "#0": 6.0}]
    assert names.beyond == 3


def test_a_late_name_is_dropped_or_its_record_refused():
    drops = Names(NameCap(most=2, beyond="drop"))
    assert drops.admit([{"a": 1.0, "b": 2.0, "c": 3.0}]) == [{"a": 1.0, "b": 2.0}]
    refuses = Names(NameCap(most=2, beyond="refuse"))
    assert refuses.admit([{"a": 1.0, "b": 2.0, "c": 3.0}, {"c": 3.0}]) == [None, {"c": 3.0}]
    assert refuses.beyond == 1


def test_known_names_pass_as_they_are():
    names, xs = Names(NameCap(most=2)), [{"a": 1.0}, {"b": "Rome"}]
    for _ in range(2):
        out = names.admit(xs)
        assert out == xs
        assert out[0] is xs[0]
    assert names.admit([]) == []


@settings(derandomize=True, max_examples=100)
@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.floats(-9, 9) | st.text(max_size=1))),
    st.sampled_from(["hash", "drop", "refuse"]),
    st.integers(1, 7),
)
def test_however_many_names_come_few_come_out_and_blocks_change_nothing(xs, beyond, block):
    whole, parts = (Names(NameCap(most=3, beyond=beyond, buckets=2)) for _ in range(2))
    out = whole.admit(xs)
    cut = [x for i in range(0, len(xs), block) for x in parts.admit(xs[i : i + block])]
    assert out == cut
    assert len({name for x in out if x is not None for name in x}) <= 3 + 2
    assert whole.beyond == parts.beyond


def test_the_hash_is_the_same_in_every_process():
    code = (
        "from lrcontrol.names import Names, NameCap;"
        "n = Names(NameCap(most=1)); print(n.admit([{'a': 1.0, 'b': 1.0, 'c': 2.0}]))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(said) == 1


def test_the_parameters_are_checked():
    with pytest.raises(Invalid, match="buckets: must be >= 1"):
        NameCap(buckets=0)
