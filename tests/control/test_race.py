"""The law of the race, in numbers alone."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcontrol.checks import Invalid
from lrcontrol.control.race import Race, RaceState, Verdict

often = settings(derandomize=True, max_examples=50, deadline=None)


def run(race, losses_of, records, copies=None, log=False):
    """Return the verdicts and the state after some records; a copy is known by its number."""
    names = list(range(copies or race.copies))
    state, seen = race.begin(RaceState(), served=0), []
    for t in range(records):
        if len(names) == 1:
            break
        verdict, state = race.judge([losses_of(name, t) for name in names], state, log)
        names = [names[k] for k in verdict.keep]
        seen.append((names, verdict))
    return seen, state, names


def test_the_copies_are_halved_at_256_512_and_1024_records():
    seen, state, left = run(Race(), lambda k, t: 1.0 + 0.1 * abs(k - 7), 2000)
    counts = [len(names) for names, _ in seen]
    assert [counts.index(n) + 1 for n in (6, 3, 1)] == [256, 512, 1024]
    assert left == [7]
    assert (state.turn, state.served) == (0, 0)


def test_a_race_costs_what_it_says():
    race = Race()
    seen, state, _ = run(race, lambda k, t: 1.0 + k, 2000)
    spent = 11 * 256 + 5 * 256 + 2 * 512
    assert race.price() == spent
    assert state.credit == pytest.approx(0.25 * 1024 - spent)
    assert len(seen) == 1024


def test_the_next_race_waits_until_the_last_is_paid_for():
    race = Race()
    state = run(race, lambda k, t: 1.0 + k, 2000)[1]
    debt = -state.credit
    almost = race.rest(state, int(debt / 0.25) - 1)
    assert not race.affordable(almost)
    assert race.affordable(race.rest(almost, 2))


@pytest.mark.parametrize("budget", [1.05, 1.25, 2.0])
def test_in_the_long_run_the_work_stays_within_the_budget_and_one_race(budget):
    race, state, spent, n = Race(budget=budget), RaceState(), 0, 0
    for _ in range(6):
        while not race.affordable(state):
            state, n = race.rest(state, 100), n + 100
        state = race.begin(state, 0)
        while state.turn:
            spent += len(state.behind) - 1
            n += 1
            state = race.judge([float(k) for k in range(len(state.behind))], state)[1]
    assert spent <= (budget - 1.0) * n + race.price()


def test_credit_is_not_saved_beyond_one_race():
    race = Race()
    assert race.rest(RaceState(), 10**9).credit == race.price()


def test_the_leader_is_served_soon_and_not_at_every_record():
    states = served(lambda k, t: 1.0 + 0.5 * abs(k - 3), 100)
    moves = [(a.served, b.served) for a, b in pairwise(states)]
    assert moves[-1] == (3, 3)
    assert sum(a != b for a, b in moves) <= 2


def served(losses_of, records):
    race, state, states = Race(), Race().begin(RaceState(), served=0), []
    for t in range(records):
        state = race.judge([losses_of(k, t) for k in range(12)], state)[1]
        states.append(state)
    return states


def test_a_copy_whose_loss_is_not_finite_is_out_and_the_served_one_replaced():
    race = Race()
    state = race.begin(RaceState(), served=11)
    losses = [1.0 + 0.01 * k for k in range(11)] + [math.inf]
    verdict, state = race.judge(losses, state)
    assert verdict == Verdict(tuple(range(11)))
    assert state.served == 0


def test_where_all_are_lost_the_served_one_is_left():
    race = Race()
    verdict, state = race.judge([math.nan] * 12, race.begin(RaceState(), served=5))
    assert verdict.keep == (5,)
    assert (state.served, state.behind, state.turn) == (0, (0.0,), 0)


def test_from_a_budget_of_three_the_winner_roams():
    assert [Race(budget=b).roaming for b in (1.25, 2.9, 3.0)] == [False, False, True]
    race = Race(budget=3.0)
    state = race.roam(RaceState())
    for _ in range(10):  # the second fork is better: it takes the lead, the first is forked beyond
        verdict, state = race.judge([1.0, 2.0, 0.1], state)
        if state.served == 2:
            break
    assert (state.served, verdict.fork) == (2, (1,))


def test_a_fork_far_behind_is_forked_anew():
    race, state, forked = Race(budget=3.0), Race(budget=3.0).roam(RaceState()), []
    for _ in range(10):
        verdict, state = race.judge([1.0, 9.0, 1.0], state)
        forked += verdict.fork
    assert 1 in forked
    assert 0 not in forked
    assert state.served == 0


@often
@given(st.lists(st.lists(st.floats(0, 1e12), min_size=4, max_size=4), max_size=30), st.booleans())
def test_the_state_survives_json_and_the_served_copy_is_kept(history, log):
    race = Race(copies=4, first=8)
    state = race.begin(RaceState(), 0)
    for losses in history:
        verdict, state = race.judge(losses[: len(state.behind)], state, log)
        assert 0 <= state.served < len(verdict.keep) == len(state.behind)
        data = json.loads(json.dumps(state, allow_nan=False))
        assert RaceState(tuple(data[0]), *data[1:]) == state
        if len(state.behind) == 1:
            break


@often
@given(st.integers(-20, 20))
def test_the_unit_of_squared_losses_changes_nothing(unit):
    def order(k, t):
        return (1.0 + 0.3 * ((k * 7 + t) % 5)) * 2.0**unit

    assert run(Race(), order, 1100)[2] == run(Race(), lambda k, t: order(k, t) / 2.0**unit, 1100)[2]


def test_rates_are_even_in_their_logarithm():
    rates = Race().rates()
    steps = [math.log(b / a) for a, b in pairwise(rates)]
    assert len(rates) == 12
    assert (rates[0], rates[-1]) == (1e-5, 10**1.5)
    assert max(steps) - min(steps) < 1e-4


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"budget": 1.0}, "budget: must be > 1"),
        ({"copies": 1}, "copies: must be >= 2"),
        ({"low": 1.0, "high": 0.1}, "low: must be below high"),
        ({"lead": 30.0}, "lost: must be above lead"),
    ],
)
def test_what_cannot_be_is_refused_by_name(bad, says):
    with pytest.raises(Invalid, match=says):
        Race(**bad)
