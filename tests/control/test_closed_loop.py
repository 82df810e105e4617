"""Controllers in the loop with toy plants: they settle, recover, and keep to their limits."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pytest

from lrcontrol.control import (
    CONTROLLERS,
    PID,
    BoldDriver,
    Controller,
    Cosine,
    Fixed,
    Horizons,
    Limits,
    Plateau,
    Step,
    Warmup,
    read,
)

PERIOD = 32
HORIZONS = Horizons()
ALL: list[Controller[Any]] = [
    Warmup(BoldDriver(), total_iters=320) if name == "warmup" else kind()
    for name, kind in CONTROLLERS.items()
]


class Row(NamedTuple):
    """Two features and a target."""

    x: tuple[float, float]
    y: float


class Linear:
    """Squared loss under SGD with the gradient 2 (p - y) x, as River's."""

    def __init__(self) -> None:
        self.w = [0.0, 0.0]

    def learn(self, row: Row, rate: float) -> tuple[float, float]:
        """Return the loss before learning, and that of predicting 0, the mean of the targets."""
        error = self.predict(row) - row.y
        self.step(row, rate * 2.0 * error)
        return error * error, row.y * row.y

    def predict(self, row: Row) -> float:
        return self.w[0] * row.x[0] + self.w[1] * row.x[1]

    def step(self, row: Row, scale: float) -> None:
        self.w = [w - scale * x for w, x in zip(self.w, row.x, strict=True)]


class Logistic(Linear):
    """Log loss under SGD; a target is 0 or 1."""

    def learn(self, row: Row, rate: float) -> tuple[float, float]:
        margin = self.predict(row) * (1.0 if row.y else -1.0)
        miss = 1.0 / (1.0 + math.exp(min(margin, 700.0)))
        self.step(row, rate * (-miss if row.y else miss))
        return -math.log(max(1.0 - miss, 1e-15)), math.log(2.0)


def regression(records: int, noise: float = 1.0, walk: float = 0.0, seed: int = 1) -> Iterator[Row]:
    """y = w.x + noise, where w takes a random walk."""
    rng, w = random.Random(seed), [3.0, -2.0]
    for _ in range(records):
        x = (rng.gauss(0, 1), rng.gauss(0, 1))
        w = [v + rng.gauss(0, walk) for v in w]
        yield Row(x, w[0] * x[0] + w[1] * x[1] + rng.gauss(0, noise))


def classes(records: int, seed: int = 1) -> Iterator[Row]:
    """Two classes that overlap."""
    rng = random.Random(seed)
    for _ in range(records):
        x = (rng.gauss(0, 1), rng.gauss(0, 1))
        yield Row(x, float(x[0] - x[1] + rng.gauss(0, 1) > 0.0))


class Run(NamedTuple):
    """Rates in force per period, limits met, mean loss of the stream and of its last quarter."""

    rates: list[float]
    limits: list[str]
    loss: float
    late: float


def drive(
    controller: Controller[Any],
    plant: Linear,
    rows: Iterator[Row],
    rate: float,
    limits: Limits | None = None,
) -> Run:
    limits, averages, state = limits or Limits(), HORIZONS.init(), controller.init(rate)[1]
    rates, met, losses, baseline = [rate], [], [], 0.0
    for step, row in enumerate(rows, 1):
        loss, known = plant.learn(row, rate)
        losses.append(loss)
        baseline += known
        if step % PERIOD == 0:
            period = losses[-PERIOD:]
            reading, averages = read(HORIZONS, step, rate, period, baseline, averages)
            proposal, state = controller.update(reading, state)
            rate, limit = limits.apply(proposal.rate, rate)
            rates.append(rate)
            met.append(limit)
            baseline = 0.0
    late = losses[-len(losses) // 4 :]
    return Run(rates, met, sum(losses) / len(losses), sum(late) / len(late))


@pytest.mark.parametrize("controller", ALL, ids=CONTROLLERS)
@pytest.mark.parametrize("start", [1e-5, 0.01, 10.0])
def test_limits_hold_in_every_loop(controller, start):
    limits = Limits(low=1e-4, high=0.5, slew=1.5)
    rates = drive(controller, Linear(), regression(1_600), start, limits).rates
    ratios = [b / a for a, b in pairwise(rates)]
    assert all(1 / 1.5 - 1e-9 < ratio < 1.5 + 1e-9 for ratio in ratios)
    settled = rates[10:]  # from either end the slew takes eight steps
    assert all(1e-4 <= rate <= 0.5 for rate in settled)


@pytest.mark.parametrize("controller", [BoldDriver(), PID()])
def test_a_rate_too_low_is_raised_while_the_loss_falls(controller):
    run = drive(controller, Linear(), regression(6_400), rate=1e-4)
    left = drive(Fixed(), Linear(), regression(6_400), rate=1e-4)
    assert run.rates[-1] > 20 * 1e-4
    assert run.late < 2.0 < left.late


@pytest.mark.parametrize("controller", [BoldDriver(), PID()])
@pytest.mark.parametrize("seed", [1, 2])
def test_an_absurd_rate_is_brought_back(controller, seed):
    run = drive(controller, Logistic(), classes(6_400, seed), rate=10.0)
    left = drive(Fixed(), Logistic(), classes(6_400, seed), rate=10.0)
    assert run.rates[-1] < 10.0 / 4
    assert run.loss < 0.4 * left.loss


@pytest.mark.parametrize("seed", [1, 2])
def test_bold_driver_recovers_a_squared_loss_that_diverges_slowly(seed):
    run = drive(BoldDriver(), Linear(), regression(6_400, seed=seed), rate=0.5)
    left = drive(Fixed(), Linear(), regression(6_400, seed=seed), rate=0.5)
    assert left.late > 1e100
    assert run.late < 4.0  # the noise alone is 1


@pytest.mark.parametrize("controller", [BoldDriver(), PID()])
def test_noise_alone_costs_little_from_a_good_rate(controller):
    run = drive(controller, Linear(), regression(12_800), rate=0.02)
    left = drive(Fixed(), Linear(), regression(12_800), rate=0.02)
    assert run.late < 1.4 * left.late


@pytest.mark.parametrize("controller", [BoldDriver(), PID()])
def test_a_world_that_moves_is_followed(controller):
    run = drive(controller, Linear(), regression(12_800, walk=0.05), rate=0.05)
    left = drive(Fixed(), Linear(), regression(12_800, walk=0.05), rate=0.05)
    assert run.late < 1.3 * left.late


def test_a_world_that_moves_looks_like_a_plateau():
    # What its docstring says: it cuts down to the limit, and the model no longer follows
    run = drive(Plateau(), Linear(), regression(12_800, walk=0.05), 0.05, Limits(low=1e-5))
    left = drive(Fixed(), Linear(), regression(12_800, walk=0.05), 0.05)
    assert run.rates[-1] < 1e-4
    assert run.late > 3.0 * left.late


def test_a_plateau_is_cut_and_the_noise_averaged_out():
    run = drive(Plateau(), Linear(), regression(12_800), rate=0.1)
    left = drive(Fixed(), Linear(), regression(12_800), rate=0.1)
    assert run.rates[-1] < 0.02
    assert run.late < 0.9 * left.late


def test_schedules_run_as_planned_and_glide_back_after_a_manual_rate():
    cosine = Cosine(t_0=3_200)
    run = drive(cosine, Linear(), regression(3_200), 0.05, Limits(slew=None))
    assert run.rates == [0.05, *(cosine.at(s, 0.05) for s in range(PERIOD, 3_201, PERIOD))]
    held, limits = 1e-3, Limits(slew=2.0)  # held by hand, then released
    for _ in range(6):
        held = limits.apply(Step().at(0, 0.05), held).rate
    assert held == 0.05
