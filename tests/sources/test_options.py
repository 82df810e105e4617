"""What is put around a source: pace on a clock of our own, limits, repetitions."""

from __future__ import annotations

import pytest

from lrcontrol.sources.base import EndOfStream, memory_of, recall
from lrcontrol.sources.dataset import Dataset
from lrcontrol.sources.drifting import Drifting, Schedule
from lrcontrol.sources.file import File
from lrcontrol.sources.iterated import Iterated, Records
from lrcontrol.sources.options import wrapped
from lrcontrol.sources.paced import Paced
from lrcontrol.sources.repeated import PASS

STEADY = Drifting("linear", 2, 0.1, 1, Schedule("none", 0, 1, 1, 1.0))


class Clock:
    """Time that passes only while someone sleeps, or when it is told to."""

    def __init__(self):
        self.now = 50.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


def endless():
    return Iterated("endless", lambda: Records(STEADY.after))


def count(batch):
    return 0 if batch is None else len(batch.messages)


@pytest.fixture
def clock():
    return Clock()


def paced(clock, speed):
    source = Paced(endless(), speed, clock, clock.sleep)
    source.open({})
    return source


@pytest.mark.parametrize("speed", [0.7, 3.0, 10.0, 1234.5])
@pytest.mark.parametrize("timeout", [0.01, 0.25, 7.0])
def test_speed_is_kept_whatever_the_timeout(clock, speed, timeout):
    source, seen = paced(clock, speed), 0
    while clock.now < 150:
        seen += count(source.poll(64, timeout))
    expected = (clock.now - 50) * speed
    assert seen <= expected + 1 + 1e-3
    assert seen >= min(expected, (clock.now - 50) * 64 / timeout) - max(2, speed)
    assert max(clock.slept) <= timeout


def test_the_first_is_due_at_once_and_nothing_is_waited_for_at_timeout_0(clock):
    source = paced(clock, 2.0)
    assert [count(source.poll(64, 0)) for _ in range(3)] == [1, 0, 0]
    clock.now += 0.5
    assert [count(source.poll(64, 0)) for _ in range(2)] == [1, 0]
    assert clock.slept == []


def test_waits_for_the_next_and_not_longer(clock):
    source = paced(clock, 2.0)
    source.poll(64, 0)
    assert count(source.poll(64, 0.25)) == 0
    assert count(source.poll(64, 10)) == 1
    assert clock.slept == [0.25, 0.25]


def test_after_a_standstill_one_second_is_made_up_for(clock):
    source = paced(clock, 10.0)
    clock.now += 3600
    assert [count(source.poll(64, 0)) for _ in range(2)] == [10, 0]


def test_length_and_lag_are_the_sources(clock):
    source = paced(clock, 1.0)
    assert source.length is None
    assert source.lag is None
    source.commit({})
    source.close()


def test_limit_over_all_repetitions(drain):
    source = Dataset(name="ChickWeights", repeat=0, limit=1000).build()
    source.open({})
    seen = drain(source, most=5000, by=100)
    assert seen.ended
    assert len(seen.messages) == 1000
    assert seen.messages[578:1000] == seen.messages[:422]
    source.close()


def test_positions_tell_the_repetition(drain):
    source = Dataset(name="ChickWeights", repeat=2).build()
    source.open({})
    seen = drain(source, most=5000, by=100)
    assert seen.positions == [*range(1, 579), *range(PASS + 1, PASS + 579)]
    assert source.length == 2 * 578
    source.close()


def test_resumed_in_the_second_repetition(tmp_path, drain):
    (tmp_path / "a.csv").write_bytes(b"a,y\n1,2\n3,4\n")
    settings = File(path=str(tmp_path / "a.csv"), repeat=3)
    source = settings.build()
    source.open({})
    whole = drain(source)
    source.close()
    assert len(whole.messages) == 6
    source = settings.build()
    source.open({whole.origins[2]: whole.positions[2]})
    source.commit({whole.origins[2]: whole.positions[2]})
    assert drain(source).messages == whole.messages[3:]
    source.close()


@pytest.mark.parametrize(
    ("options", "length"),
    [({}, 578), ({"limit": 5}, 5), ({"limit": 5000}, 578), ({"repeat": 0}, None),
     ({"repeat": 0, "limit": 5000}, 5000)],
)  # fmt: skip
def test_length(options, length):
    source = Dataset(name="ChickWeights", **options).build()
    source.open({})
    assert source.length == length
    source.close()


def test_what_is_not_asked_for_is_not_there():
    assert isinstance(wrapped(endless), Iterated)


def test_limit_goes_on_where_it_was():
    source = wrapped(endless, limit=5, speed=1e9)
    source.open({})
    batch = source.poll(3, 0)
    again = wrapped(endless, limit=5, speed=1e9)
    recall(again, memory_of(source))
    again.open({batch.origin: batch.positions[-1]})
    assert count(again.poll(9, 1.0)) == 2
    with pytest.raises(EndOfStream):
        again.poll(9, 1.0)
