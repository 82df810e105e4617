"""When a model counts as blown up, and what it is set back to."""

import math

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.restore import PATIENCE, Keeper, Restore, Span


def span(*labels):
    made = Span()
    for y in labels:
        made.add(y)
    return made


def keeper(**settings):
    return Keeper(Restore(**settings), "first")


def test_a_prediction_that_is_not_finite_is_blown_for_any_task():
    for raw in (math.nan, math.inf, -math.inf):
        assert keeper().blown(raw, None)
        assert keeper().blown(raw, span())


def test_log_odds_beyond_a_hundred_are_blown():
    assert not keeper().blown(-100.0, None)
    assert keeper().blown(-100.1, None)


def test_ten_label_ranges_outside_is_blown():
    labels = span(10.0, 20.0)  # with the untrained model's 0 the range is 0 to 20
    assert not keeper().blown(219.0, labels)
    assert keeper().blown(221.0, labels)
    assert keeper().blown(-201.0, labels)


def test_an_untrained_model_far_below_the_labels_is_not_blown():
    assert not keeper().blown(0.0, span(1e6, 1e6 + 1e-3))


def test_without_a_range_only_what_is_not_finite_is_blown():
    assert not keeper().blown(1e300, span())
    assert not keeper().blown(1e300, span(0.0))


def test_copies_are_taken_every_200_records_and_not_for_200_after_a_restore():
    kept = keeper()
    assert [t for t in range(1, 451) if copied(kept, t)] == [200, 400]
    kept.load(rate=1.0)
    assert [t for t in range(451, 700) if copied(kept, t)] == [650]


def copied(kept, t):
    kept.passed(lambda: t)
    return kept.kept == t


def test_the_rate_that_blew_up_is_banned_for_a_thousand_records():
    kept = keeper()
    assert kept.load(rate=0.9) == pytest.approx(0.3)
    assert kept.load(rate=0.3) == pytest.approx(0.1)  # again: a third once more
    for _ in range(999):
        kept.passed(str)
    assert kept.ceiling == pytest.approx(0.1)
    kept.passed(str)
    assert kept.ceiling == math.inf


def test_a_copy_gets_one_chance():
    kept = keeper(every=3)
    for _ in range(3):
        kept.passed(lambda: "second")
    kept.load(1.0)
    assert kept.kept == "second"
    kept.load(1.0)
    assert kept.kept == "first"
    for _ in range(3):
        kept.passed(lambda: "third")
    kept.load(1.0)
    assert kept.kept == "third"


def test_one_record_is_no_proof_against_the_model_and_two_in_a_row_are():
    kept = keeper()
    assert [kept.guilty(kept_works=True) for _ in range(2)] == [False, True]
    kept.passed(str)
    assert not kept.guilty(kept_works=True)


def test_records_that_no_copy_can_predict_are_at_fault_but_only_so_often_in_a_row():
    kept = keeper()
    assert not any(kept.guilty(kept_works=False) for _ in range(PATIENCE))
    assert kept.guilty(kept_works=False)


@pytest.mark.parametrize("field", ["every", "margin", "ranges", "cut"])
def test_nonsense_is_refused_by_name(field):
    with pytest.raises(Invalid, match=field):
        Restore(**{field: 0})
