"""What is told of a model that somebody holds by hand, compares with other rates, or asks."""

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from lrcontrol.metrics import build_registry, render
from lrcontrol.status import (
    DURATION_BUCKETS,
    Arm,
    LoopStatus,
    Member,
    ModelStatus,
    Override,
    Status,
)

ARMS = (
    Arm("half", 0.01, 0.4, 0.3, 40.0, 30.0, 100),
    Arm("double", 0.04, 0.2, 0.3, 20.0, 30.0, 100),
    Arm("fixed", 0.02, 0.3, 0.3, 30.0, 30.0, 100),
)


def samples(*models):
    page = render(build_registry(lambda: Status(tuple(models))))[0].decode()
    return {
        (s.name.removeprefix("lrcontrol_"), *(v for k, v in sorted(s.labels.items()))): s.value
        for family in parse(page)
        for s in family.samples
    }


def shown(loop=None, **changes):
    return samples(ModelStatus("fare", loop or LoopStatus(), **changes))


@pytest.mark.parametrize(
    ("loop", "mode"),
    [
        (LoopStatus(), "automatic"),
        (LoopStatus(rung="watching"), "automatic"),
        (LoopStatus(mode="manual"), "manual"),
        (LoopStatus(rung="safe"), "safe"),
    ],
)
def test_one_mode_is_on(loop, mode):
    page = shown(loop)
    modes = {
        name: page["controller_mode", name, "fare"] for name in ("automatic", "manual", "safe")
    }
    assert modes == {**dict.fromkeys(modes, 0), mode: 1}


def test_a_rate_held_in_safe_mode_shows_both():
    page = shown(LoopStatus(mode="manual", rung="safe"))
    assert page["controller_mode", "manual", "fare"] == page["controller_mode", "safe", "fare"] == 1
    assert page["controller_mode", "automatic", "fare"] == 0


@pytest.mark.parametrize(
    ("override", "expiry"),
    [
        (None, 0),
        (Override("kim", "incident 7", 1_700_000_000.0), 0),
        (Override("kim", "incident 7", 1_700_000_000.0, 1_700_001_800.0), 1_700_001_800),
    ],
)
def test_an_override_says_when_it_ends(override, expiry):
    page = shown(override=override)
    assert page["controller_override_expiry_timestamp_seconds", "fare"] == expiry


def test_arms_stand_beside_the_served_model_on_the_same_records():
    page = shown(LoopStatus(arms=ARMS))
    assert page["shadow_loss_sum", "half", "fare"] == 40
    assert page["shadow_loss_count", "half", "fare"] == 100
    assert page["shadow_served_loss_sum", "half", "fare"] == 30
    assert page["shadow_rate", "double", "fare"] == 0.04


def test_arms_go_before_members_where_there_is_no_room_for_both():
    many = tuple(Member(str(n), 0.1) for n in range(250))
    page = shown(LoopStatus(arms=ARMS, members=many))
    assert page["series_left_out",] == 500
    assert ("shadow_rate", "half", "fare") in page
    models = [ModelStatus(f"m{n}", LoopStatus(arms=ARMS)) for n in range(8)]
    page = samples(*models)
    assert page["series_left_out",] == 8 * 15
    assert not [key for key in page if key[0].startswith("shadow")]


def test_questions_are_timed_from_the_first_on():
    assert not [key for key in shown() if key[0].startswith("predict")]
    buckets = (*([3] * len(DURATION_BUCKETS)), 4)
    page = shown(predict_seconds=2.5, predict_buckets=buckets)
    assert page["predict_duration_seconds_bucket", "1.0", "fare"] == 3
    assert page["predict_duration_seconds_count", "fare"] == 4
    assert page["predict_duration_seconds_sum", "fare"] == 2.5
