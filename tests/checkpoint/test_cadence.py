"""When a checkpoint is due."""

from __future__ import annotations

import pytest

from lrcontrol.checkpoint.cadence import LONGEST_WAIT, Cadence
from lrcontrol.checks import Invalid


def test_by_records_or_by_seconds_and_never_without_a_record():
    cadence = Cadence(records=100, interval=30.0)
    assert cadence.due(records=100, seconds=0.1, cost=0.0)
    assert cadence.due(records=1, seconds=30.0, cost=0.0)
    assert not cadence.due(records=99, seconds=29.9, cost=0.0)
    assert not cadence.due(records=0, seconds=1e9, cost=0.0)


@pytest.mark.parametrize("cost", [1e-4, 0.05, 1.0, 60.0])
@pytest.mark.parametrize("records_a_second", [1, 100, 100_000])
def test_writing_takes_no_more_than_its_share_of_the_time(cost, records_a_second):
    cadence, now, last, learned, spent = Cadence(), 0.0, 0.0, 0, 0.0
    for _ in range(20_000):
        now, learned = now + 0.5, learned + records_a_second
        if cadence.due(learned, now - last, cost):
            now, spent, learned = now + cost, spent + cost, 0
            last = now
    assert 0.0 < spent <= 0.02 * now


def test_a_disk_that_fails_is_asked_less_and_less_and_then_nothing_is_ready():
    cadence = Cadence()
    waits = [cadence.wait(failures) for failures in range(100)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert not cadence.due(records=10**6, seconds=1.9, cost=0.0, failures=2)
    assert cadence.due(records=1, seconds=2.0, cost=0.0, failures=2)
    assert cadence.well(failures=4, records=1, age=0.0)
    assert not cadence.well(failures=5, records=1, age=0.0)
    assert not cadence.well(failures=0, records=1, age=601.0)
    assert cadence.well(failures=0, records=0, age=1e9)  # nothing was learned: nothing to lose


def test_fields_out_of_range_are_refused():
    with pytest.raises(Invalid, match="duty"):
        Cadence(duty=1.0)
