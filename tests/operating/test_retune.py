import pickle

import pytest
from tuned import loop, section, stream

from lrcontrol.assembly import assemble_model
from lrcontrol.bounds import Bounds
from lrcontrol.config.changes import LIVE, STEERED
from lrcontrol.control import BoldDriver, Limits
from lrcontrol.control.guarding import Ladder
from lrcontrol.control.window import Horizons
from lrcontrol.operating.retune import retune
from lrcontrol.record import Record
from lrcontrol.status import Override


def decided(running):
    return sum(running.status.decisions.values())


def test_a_period_shorter_than_what_has_run_of_it_ends_with_the_next_record():
    running = loop(section())
    running.learn(stream(40))
    retune(running, section(period=16))
    assert decided(running) == 0
    running.learn(stream(1))
    assert (running.status.steps, decided(running)) == (41, 1)
    running.learn(stream(33))
    assert (running.status.steps, decided(running)) == (74, 3)


@pytest.mark.parametrize("divergence", [None, Ladder()])
def test_each_record_is_learned_once_whenever_the_period_changes(divergence):
    made = section("controller.type=fixed", divergence=divergence)
    untouched, retuned = loop(made), loop(made)
    records = stream(500)
    untouched.learn(records)
    for start in range(0, 500, 50):
        period = 1 + (start * 7) % 64
        retune(retuned, section("controller.type=fixed", divergence=divergence, period=period))
        retuned.learn(records[start : start + 50])
    assert retuned.model.weights == untouched.model.weights
    assert retuned.status.steps == untouched.status.steps == 500
    assert retuned.status.loss_sum == pytest.approx(untouched.status.loss_sum)
    assert decided(retuned) > decided(untouched)


def test_narrower_limits_bring_the_rate_in_no_faster_than_the_slew():
    running = loop(section("controller.type=cosine", initial_rate=0.01))
    limits = Limits(low=1e-6, high=1e-3, slew=2.0)
    retune(running, section("controller.type=cosine", limits=limits, initial_rate=1e-3))
    assert running.status.rate == 0.01
    seen = []
    for _ in range(6):
        running.learn(stream(64))
        seen.append(running.status.rate)
    assert seen == pytest.approx([0.005, 0.0025, 0.00125, 0.001, 0.001, 0.001])


def test_a_controller_goes_on_in_its_state_with_other_numbers():
    running = loop(section("controller={type: plateau, patience: 1000}"))
    running.learn(stream(64 * 20))
    state = running.learner._state
    retune(running, section("controller={type: plateau, patience: 1, factor: 0.25}"))
    assert running.learner._state == state
    before = running.status.rate
    while running.status.rate == before:
        running.learn(stream(64))
    assert running.status.rate == pytest.approx(before / 4)


def test_a_state_that_is_rolled_back_keeps_the_new_limits_and_numbers():
    made = section("controller={type: plateau, patience: 1000}", initial_rate=0.01)
    running = loop(made)
    running.learn(stream(64 * 40))
    limits = Limits(high=1e-3, slew=None)
    retune(
        running,
        section("controller={type: plateau, patience: 9}", limits=limits, initial_rate=1e-3),
    )
    running.by_hand("roll_back")
    assert running.learner.limits == limits
    assert running.status.rate == 1e-3
    assert running.controller.controller.patience == 9
    running.learn(stream(64))
    assert running.status.rate <= 1e-3


def test_the_ladder_goes_on_where_it_stands_with_other_numbers():
    running = loop(section())
    running.learn(stream(64 * 10))
    state = running.watched.state
    retune(running, section(divergence=Ladder(lower=0.125)))
    assert running.watched.state == state
    assert running.watched.ladder.lower == 0.125


def test_a_rate_held_by_hand_stays_until_it_is_given_back():
    running = loop(section())
    running.hold(Override("kim", "incident 7", since=0.0, rate=0.02))
    limits = Limits(high=1e-3, slew=None)
    retune(running, section(limits=limits, initial_rate=1e-3))
    running.learn(stream(64))
    assert running.status.rate == 0.02
    running.release()
    assert running.status.rate == 0.02
    running.learn(stream(64))
    assert running.status.rate <= 1e-3


def test_what_a_record_must_keep_to_holds_from_the_next_one():
    running = loop(section())
    assert running.learn([Record({"a": 50.0}, 50.0)]) == []
    retune(running, section(bounds=Bounds(max_abs=10.0, max_features=2, max_text=3)))
    refused = running.learn(
        [
            Record({"a": 50.0}, 1.0),
            Record({"a": 1.0}, 50.0),
            Record({"a": 1.0, "b": 1.0, "c": 1.0}, 1.0),
            Record({"long": 1.0}, 1.0),
        ]
    )
    assert [refusal.reason for refusal in refused] == ["bounds", "target", "too_many", "bounds"]


def test_most_names_stay_as_the_kernel_lowered_them():
    running = loop(section("compiled=true"))
    before = running.guard.bounds.max_names
    retune(running, section("compiled=true", bounds=Bounds(max_abs=10.0)))
    assert running.guard.bounds.max_names == before


def test_means_of_the_loss_fade_on_over_other_horizons():
    running = loop(section())
    running.learn(stream(640))
    before = running.averages
    retune(running, section(horizons=Horizons(fast=10, slow=100)))
    assert running.averages == before
    running.learn(stream(64, seed=2))
    last = running.averages
    running.learn(stream(64, seed=3))
    assert last.fast != running.averages.fast


def test_a_controller_in_a_kernel_takes_horizons_and_bounds_and_nothing_else():
    bank = "controller.type=bank"
    running = loop(section(bank))
    before = running.period, running.limits
    horizons, bounds = Horizons(fast=10, slow=100), Bounds(max_abs=10.0)
    retune(running, section(bank, horizons=horizons, bounds=bounds, period=16))
    assert (running.period, running.limits) == before
    assert running.horizons == horizons
    assert running.learn([Record({"a": 50.0}, 1.0)])[0].reason == "bounds"


def test_what_was_given_is_kept_with_the_rest():
    running = loop(section())
    running.learn(stream(100))
    given = section("controller={type: bold_driver, factor_up: 2}", period=7)
    retune(running, given)
    again = pickle.loads(pickle.dumps(running))
    assert again.period == 7
    assert again.controller.controller == BoldDriver(factor_up=2)
    assert again.learner.limits == given.held


def test_a_start_gives_what_was_kept_the_numbers_of_now():
    kept = loop(section())
    kept.learn(stream(100))
    again = assemble_model("fare", section(period=7), kept).loop
    assert again is kept
    assert (again.period, again.status.steps) == (7, 100)


def test_it_takes_over_all_that_is_live_in_a_model():
    """A field that is called live and that nobody takes over would be a lie."""
    taken = {"horizons", "period", "limits", "controller", "divergence"}
    told = {p.split(".")[2] for p in (*LIVE, *STEERED) if p.startswith("models.")}
    assert told == taken | {"bounds"}
