"""The compiled scaler is River's StandardScaler."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import preprocessing

from lrcontrol.kernels import Scaler

values = st.one_of(st.floats(-3.0, 3.0), st.floats(-1e6, 1e6), st.just(0.0), st.just(0.1))
records = st.lists(st.lists(values, min_size=2, max_size=2), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(stream=records, cut=st.integers(0, 40))
def test_equals_river(stream, cut):
    river, ours = preprocessing.StandardScaler(), Scaler(2)
    before, after = [], []
    for row in stream:
        x = dict(enumerate(row))
        before.append(list(river.transform_one(x).values()))
        river.learn_one(x)
        after.append(list(river.transform_one(x).values()))
    blocks = [ours.learn(part) for part in (stream[:cut], stream[cut:]) if part]
    assert np.concatenate([b.before for b in blocks]) == pytest.approx(np.array(before), rel=1e-12)
    assert np.concatenate([b.after for b in blocks]) == pytest.approx(np.array(after), rel=1e-12)
    assert ours.means.tolist() == list(river.means.values())
    assert ours.variances.tolist() == list(river.vars.values())
    assert ours.count == len(stream)
