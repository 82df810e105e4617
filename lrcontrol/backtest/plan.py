"""Which runs a backtest makes: the configured controller, hindsight's grid, what is compared."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from lrcontrol.backtest.optimizers import OPTIMIZERS, with_optimizer
from lrcontrol.backtest.runs import Run
from lrcontrol.config import ConfigError, ModelSettings
from lrcontrol.config.components import NotFound
from lrcontrol.config.hints import is_required
from lrcontrol.config.kinds import CONTROLLER
from lrcontrol.config.problems import nearest
from lrcontrol.control import Fixed, Limits
from lrcontrol.control.base import PerRecord
from lrcontrol.control.limits import limits_for
from lrcontrol.scoring import task_of

#: Decades of the grid of fixed rates: no model in use is best outside them.
LOWEST, HIGHEST = -6, 2
#: A fixed rate is held by nothing but what a rate can be at all.
WIDE = Limits(low=1e-9, high=1e4, slew=None)
#: Start rates where none are asked for, besides the configured one: absurdly low to absurdly high.
STARTS = (1e-5, 1e-3, 1e-1, 1e1)
AS_IT_COMES = "river-default"


def rates(count: int) -> list[float]:
    """Return ``count`` >= 2 rates from 1e-6 to 100, evenly spaced in logs.

    >>> ["%.3g" % rate for rate in rates(17)][:4]
    ['1e-06', '3.16e-06', '1e-05', '3.16e-05']
    """
    return [10.0 ** (LOWEST + (HIGHEST - LOWEST) * i / (count - 1)) for i in range(count)]


def coarse_first(values: Sequence[float]) -> list[float]:
    """Return all of ``values``, ends and middle first, then what lies halfway, and so on.

    >>> coarse_first([0, 1, 2, 3, 4, 5, 6])
    [0, 6, 3, 1, 4, 2, 5]
    """
    order = [values[0], values[-1]]
    gaps = deque([(0, len(values) - 1)])
    while gaps:
        low, high = gaps.popleft()
        middle = (low + high) // 2
        if middle > low:
            order.append(values[middle])
            gaps.extend([(low, middle), (middle, high)])
    return order


def starts_for(model: ModelSettings) -> list[float]:
    """Return the start rates where none are asked for: ours within the limits, and the file's."""
    within = {rate for rate in STARTS if model.held.low <= rate <= model.held.high}
    return sorted(within | {model.initial_rate})


def plan(
    model: ModelSettings, starts: Sequence[float], compare: Sequence[str], count: int
) -> list[Run]:
    """Return every run; what is asked for must be free of ``problems``.

    The configured controller first, then the grid from coarse to fine, so that a backtest which is
    interrupted has the most to tell. Where a regressor's controller clamps what it serves, the grid
    is run clamped too. Raises ConfigError, and ValueError for a model without a task.
    """
    name = CONTROLLER.name_of(model.controller)
    plain = replace(model, metrics=())  # River metrics are for people, and cost time
    runs = [Run(name, "configured", replace(plain, initial_rate=s), s) for s in starts]
    runs += [_fixed("fixed", plain, rate, "hindsight") for rate in coarse_first(rates(count))]
    if _clamps(plain):
        runs += [_fixed("fixed", plain, rate, "clamped") for rate in coarse_first(rates(count))]
    for item in compare:
        runs += _compared(item, plain, starts)
    return runs


def _clamps(model: ModelSettings) -> bool:
    """Return whether what the controller serves is kept within the labels seen."""
    inside = isinstance(model.controller, PerRecord)  # these have a learner of their own
    if not getattr(model.controller, "clamp", inside):
        return False
    return task_of(model.build(), model.loss, model.task, model.positive).kind == "regression"


def _fixed(name: str, model: ModelSettings, rate: float, group: Any) -> Run:
    held = replace(model, controller=Fixed(), limits=WIDE, initial_rate=rate, drift=None)
    return Run(name, group, held, rate)


def _compared(item: str, model: ModelSettings, starts: Sequence[float]) -> Iterator[Run]:
    name, colon, rate = item.partition(":")
    if name in OPTIMIZERS:
        yield Run(name, "compared", model, optimizer=name)
        return
    if name == AS_IT_COMES:
        yield Run(name, "compared", model)
        return
    for start in [float(rate)] if colon else starts:
        if name == "fixed":
            yield _fixed(name, model, start, "compared")
        else:
            steered = replace(model, controller=CONTROLLER.find(name)(), initial_rate=start)
            yield Run(name, "compared", steered, start)


def problems(
    model: ModelSettings, starts: Sequence[float], compare: Sequence[str]
) -> Iterator[str]:
    """Say everything that is wrong with start rates and names. Raises ConfigError from building."""
    yield from _outside(model, starts)
    yield from _misnamed(model, starts, compare)


def _outside(model: ModelSettings, starts: Sequence[float]) -> Iterator[str]:
    low, high = model.held.low, model.held.high
    for start in starts:
        if not low <= start <= high:
            yield f"--starts {start:g} is outside the model's limits, {low:g} to {high:g}"


def _misnamed(
    model: ModelSettings, starts: Sequence[float], compare: Sequence[str]
) -> Iterator[str]:
    """Say what is wrong with what is to be compared."""
    for item in compare:
        name, colon, rate = item.partition(":")
        if name == AS_IT_COMES or name in OPTIMIZERS:
            problem = "takes no rate" if colon else _immovable(model, name)
        else:
            problem = _unmade(name) or _out_of_range(model, name, [rate] if colon else starts)
        if problem:
            yield f"--compare {item}: {problem}"


def _immovable(model: ModelSettings, name: str) -> str:
    if name == AS_IT_COMES:
        return ""
    try:
        with_optimizer(model.build(), name)
    except ConfigError:
        raise  # a ValueError too, but told by whoever builds it
    except ValueError as error:
        return str(error)
    return ""


def _unmade(name: str) -> str:
    known = [*OPTIMIZERS, AS_IT_COMES, *CONTROLLER.names()]
    if name not in known:
        return f"unknown; {nearest(name, known) or 'one of ' + ', '.join(known)}"
    try:
        kind: Any = CONTROLLER.find(name)
    except NotFound as error:
        return f"{error}; {error.hint}" if error.hint else str(error)
    keys = ", ".join(field.name for field in fields(kind) if field.init and is_required(field))
    return f"cannot go without {keys}; configure it in a file of its own" if keys else ""


def _out_of_range(model: ModelSettings, name: str, rates: Sequence[float | str]) -> str:
    limits = WIDE if name == "fixed" else model.limits or limits_for(CONTROLLER.find(name)())
    for rate in rates:
        try:
            inside = limits.low <= float(rate) <= limits.high
        except ValueError:
            inside = False
        if not inside:
            return f"starts within {limits.low:g} to {limits.high:g}, not from {rate}"
    return ""
