"""What is said about decisions: words for every code there is, and sentences that are true."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from decisions.streams import Logged, loop_of, records

from lrcontrol.control import climb, trace
from lrcontrol.control.base import Reading, Reason
from lrcontrol.control.guarding import Ladder
from lrcontrol.control.guarding.ruling import Rung
from lrcontrol.control.limits import Limit
from lrcontrol.decisions import Entry
from lrcontrol.decisions.sentences import EXPIRY
from lrcontrol.decisions.vocabulary import LIMITS, REASONS, RULINGS, RUNGS
from lrcontrol.decisions.words import explain, sentence
from lrcontrol.operating import orders
from lrcontrol.watched import RULINGS as COUNTED

MODEL: dict[str, Any] = {
    "name": "fare", "state": "running", "failure": "", "controller": "pid", "chosen": "", "why": "",
    "mode": "automatic", "rate": 0.05, "asked": 0.05, "low": 1e-6, "high": 10.0, "rates": {},
    "steps": 6400, "loss": 0.5, "fast": 0.41, "slow": 0.5, "noise": 0.03, "baseline": 0.8,
    "skill": 0.487, "nonfinite": 0, "rejected": {}, "replaced": 0, "beyond": 0, "drifts": 0,
    "drift_at": 0.0, "changed_at": 0.0, "rung": "watching", "rulings": {}, "metrics": {},
    "members": [], "arms": [], "override": None, "last": None,
}  # fmt: skip
SEEN = Reading(6400, 0.1, 0.6, 0.8, 0.5, 0.4, 0.05, 64)


def entry(**given: Any) -> Entry:
    base = Entry(9, 0.0, "fare", 6400, "lower", "worse", "none", 0.1, 0.05, 0.05, {}, SEEN)
    return base._replace(**given)


def test_every_code_has_words_and_no_words_are_for_nothing() -> None:
    assert set(REASONS) == set(get_args(Reason))
    held = {*get_args(Limit), *get_args(climb.Held), *get_args(trace.Held)}
    assert set(LIMITS) == held
    assert set(RUNGS) == set(get_args(Rung))
    assert set(RULINGS) == set(COUNTED)
    assert EXPIRY == orders.EXPIRY


def test_a_move_is_told_with_its_reason_and_what_was_seen() -> None:
    assert sentence(entry()) == (
        "At record 6,400 the rate was lowered from 0.1 to 0.05 (0.5 times), because the loss rose "
        "by more than its noise. Over those 64 records the loss was 0.6; in the long run it is "
        "0.4, and a guess would lose 0.8."
    )


def test_a_limit_is_told_with_what_was_asked() -> None:
    told = sentence(entry(limit="slew", asked=0.001))
    assert "The controller asked for 0.001, but one decision may move the rate only so far." in told


@pytest.mark.parametrize("limit", [limit for limit in LIMITS if limit != "none"])
@pytest.mark.parametrize("reason", REASONS)
def test_every_pair_of_codes_makes_a_whole_sentence(reason: str, limit: str) -> None:
    told = sentence(entry(reason=reason, limit=limit))
    assert REASONS[reason] in told
    assert LIMITS[limit] in told
    assert told.endswith(".")
    assert ".." not in told


def test_an_order_is_told_with_who_and_why_and_steers_no_terminal() -> None:
    note = 'incident 7\x1b[31m "urgent"'
    told = sentence(entry(reason="manual", actor="kim\n", note=note, seen=None))
    assert told == (
        "At record 6,400 kim? lowered the rate from 0.1 to 0.05, by hand. "
        'Why: "incident 7?[31m "urgent"".'
    )


def test_an_expiry_is_no_persons_deed() -> None:
    note = "the override by kim has expired"
    told = sentence(entry(action="keep", reason="manual", actor=EXPIRY, note=note, applied=0.1))
    assert told == "At record 6,400 the override by kim has expired: the rate goes on from 0.1."


def test_the_ladder_is_told_with_its_numbers() -> None:
    terms = {"loss": 5.0, "baseline": 0.8, "level": 0.4, "bad": 32.0}
    told = sentence(entry(reason="diverged", terms=terms, seen=None))
    assert told == (
        "At record 6,400 the divergence ladder lowered the rate from 0.1 to 0.05: "
        "the loss was 5, where 0.4 is usual and a guess would lose 0.8."
    )


def test_what_has_no_number_is_unknown() -> None:
    nan = float("nan")
    told = sentence(entry(asked=nan, limit="nonfinite", seen=SEEN._replace(loss=nan, nonfinite=64)))
    assert "asked for unknown, but that is no rate" in told
    assert "the loss was unknown, and 64 losses not finite" in told


def test_an_explanation_says_what_matters_in_order() -> None:
    kept = entry(action="keep", reason="patience", before=0.05, applied=0.05, step=6464)
    told = explain(MODEL, [entry(), kept, kept])
    assert told[0] == "fare learns at a rate of 0.05, moved by pid, between 1e-06 and 10."
    assert told[1].startswith("At record 6,400 the rate was lowered from 0.1 to 0.05")
    assert told[1].endswith("kept 2 times: it is waiting to see whether this lasts.")
    assert told[2] == (
        "Of late it loses 0.41, 18 % below its long-run mean of 0.5; from one period to the next "
        "that varies by 0.03. A guess would lose 0.8 over the whole stream: its skill is 0.487, "
        "where 1 is perfect and 0 no better than a guess."
    )
    assert len(told) == 3


def test_a_law_that_moves_at_every_look_is_told_by_its_last_real_move() -> None:
    little = entry(action="raise", reason="leader", before=0.05, applied=0.0501, asked=0.05)
    told = explain(MODEL, [entry(), little, little])
    assert told[1].endswith(
        "Since then it has been kept, or moved by less than 1 %, 2 times: it predicts best of all "
        "the rates that learn side by side."
    )
    told = explain(MODEL, [little, little._replace(step=6464)])
    assert told[1].startswith("From record 6,400 to 6,464 it was kept, or moved by less than 1 %, ")


def test_who_holds_it_and_until_when_comes_first() -> None:
    held = {"actor": "kim", "reason": "incident 7", "since": 1.7e9, "expires_at": 1.7e9 + 3600,
            "rate": 0.05, "step": 6400}  # fmt: skip
    told = explain({**MODEL, "mode": "manual", "override": held}, [])
    assert "held by hand" in told[0]
    assert told[1] == (
        "kim holds it at 0.05 since 2023-11-14 22:13:20 UTC (record 6,400), for this reason: "
        '"incident 7". That ends at 2023-11-14 23:13:20 UTC; '
        "then the controller goes on from there."
    )
    endless = explain({**MODEL, "override": {**held, "expires_at": 0.0}}, [])
    assert "lrcontrol resume fare --reason" in endless[1]


def test_arms_say_whether_another_rate_would_be_better() -> None:
    half = {"name": "half", "rate": 0.025, "loss": 0.4, "served_loss": 0.5, "records": 900}
    double = {"name": "double", "rate": 0.1, "loss": 0.6, "served_loss": 0.5, "records": 900}
    told = " ".join(explain({**MODEL, "arms": [half, double]}, []))
    assert "at half the rate (0.025) it would lose 20 % less" in told
    assert "at double the rate (0.1) it would lose 20 % more" in told
    assert "So half the rate would do better." in told
    told = " ".join(explain({**MODEL, "arms": [double]}, []))
    assert "So no other rate that was tried would do better." in told


def test_ladder_drift_refusals_and_failure_are_told_where_there_are_any() -> None:
    did = {"lower": 1, "roll_back": 2, "drift": 0}
    bad = {"rung": "cooling", "rulings": did, "drifts": 3, "drift_at": 1.7e9,
           "rejected": {"nan": 5, "type": 2}, "nonfinite": 4, "skill": -0.5}  # fmt: skip
    told = " ".join(explain({**MODEL, **bad}, []))
    assert "So far it lowered the rate once and brought an earlier copy back 2 times." in told
    assert "raised the alarm 3 times, last at 2023-11-14 22:13:20 UTC" in told
    assert "7 records refused and 4 losses that were not finite" in told
    assert "it has no skill (-0.500)" in told
    failed = explain({**MODEL, "state": "failed", "failure": "KeyError: 'a'"}, [])
    assert failed[0] == "fare has failed and learns no more: KeyError: 'a'."


@pytest.mark.parametrize("name", ["pid", "bank", "race", "mixture", "auto"])
def test_a_real_model_is_explained_whatever_moves_it(tmp_path: Any, name: str) -> None:
    from lrcontrol.status import ModelStatus
    from lrcontrol.web.views import model_of

    logged = Logged(tmp_path / "log", {"fare": loop_of(name, divergence=Ladder())})
    logged.learn("fare", list(records(1280)))
    status = ModelStatus("fare", logged.loops["fare"].status, controller=name)
    model = msgspec.to_builtins(model_of(status, None), enc_hook=float)
    told = explain(model, logged.ring.since(0))
    rate = f"{model['rate']:.3g}"
    assert f"at a rate of {rate}" in told[0]
    assert rate in told[1 + (name == "auto")]
    assert "unknown" not in " ".join(told)
