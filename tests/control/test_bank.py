"""The bank's keys: few, and refused out of range by name."""

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.control.bank import Bank


@pytest.mark.parametrize("field", [{"memory": 1}, {"switch": -0.1}, {"switch": float("nan")}])
def test_what_is_out_of_range_is_refused_by_name(field):
    with pytest.raises(Invalid, match=next(iter(field))):
        Bank(**field)


def test_zero_switches_to_whoever_is_ahead():
    assert Bank(switch=0).switch == 0
