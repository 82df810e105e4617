"""The mixture's keys: what is out of range is named."""

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control.mixture import Mixture


@pytest.mark.parametrize("key", ["delay", "max_features", "max_classes"])
def test_a_count_out_of_range_is_named(key):
    with pytest.raises(Invalid, match=key):
        Mixture(**{key: -1})


def test_the_defaults_are_the_smallest_that_holds():
    assert Mixture() == Mixture(size="small", clamp=True, delay=0)
