"""Several processes give what one gives, and end when told to."""

from dataclasses import replace

import pytest

from lrcontrol.backtest.jobs import Died, run_all
from lrcontrol.backtest.plan import plan
from lrcontrol.backtest.records import read, sources_of
from lrcontrol.config.specs import Factory


@pytest.fixture
def records(settings, model, data, go_on):
    return read(sources_of(settings, model, data), 200, go_on).records


def timeless(results):
    return [repr(result._replace(seconds=0.0)) for result in results]  # repr: NaN is NaN there


def test_results_are_the_same_whatever_the_number_of_processes(model, records):
    runs = plan(model, [0.1, 10.0], ["adam"], 9)
    told = []
    alone = timeless(run_all(runs, records, 1, lambda n: bool(told.append(n))))
    assert sum(told) == len(runs) * len(records)
    told.clear()
    together = timeless(run_all(runs, records, 2, lambda n: bool(told.append(n))))
    assert sum(told) == len(runs) * len(records)
    assert together == alone
    assert len(alone) == len(runs)


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_stop_ends_it_with_what_there_is(model, records, jobs):
    runs = plan(model, [0.1], [], 100)
    done = 0

    def told(count):
        nonlocal done
        done += count
        return done >= 3 * len(records)

    found = list(run_all(runs, records, jobs, told))
    assert 1 <= len(found) <= 4


def test_a_process_that_is_gone_is_told(model, records):
    gone = replace(model, pipeline=None, factory=Factory.of("mortal:model", ["mortal"]))
    run = plan(model, [0.1], [], 9)[0]
    with pytest.raises(Died, match="--jobs"):
        list(run_all([run._replace(settings=gone)] * 2, records, 2, lambda n: False))
