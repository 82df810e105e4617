"""Where a model keeps its rates: every attribute in its object graph that holds a Scheduler.

River models copy, nest and template their optimizers in private places (an optimizer per label, a
model per leaf, ``functools.partial(copy.deepcopy, optimizer)``), so nothing short of a walk over
the whole graph finds them all. Rejected: ``mutate``, which many models do not support and which
breaks a model when given a number.
"""

from __future__ import annotations

import gc
import inspect
import types
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from river import base, drift, ensemble, multiclass, optim

from lrcontrol.attributes import attributes, is_attributes_of

#: Doors out of the model into the interpreter: from a class or a module everything can be reached.
_DOORS = (type, types.ModuleType, types.FunctionType)

#: Optimizers with no rate to steer, and why (measured on River 0.26.1).
UNSTEERABLE = {
    optim.AdaDelta: "it derives its steps from rho and never reads a rate",
    optim.FTRLProximal: "it has alpha instead of a rate, and weights jump when alpha changes",
    optim.AdaBound: "it multiplies its bounds by rate / first rate at every step, so any rate but"
    " the first soon dies out or explodes",
}

#: Models that clone parts of themselves while they learn; others copy, and a copy stays wired.
CLONING = (
    drift.DriftRetrainingClassifier,
    ensemble.ADWINBaggingClassifier,
    ensemble.ADWINBoostingClassifier,
    ensemble.LeveragingBaggingClassifier,
    ensemble.SRPClassifier,
    ensemble.SRPRegressor,
    multiclass.OneVsRestClassifier,
)

Parents = dict[int, Any]  # id of an object -> the object it was first reached from
Line = Sequence[Any]  # an object, what holds it, what holds that, out to the model


class Slot(NamedTuple):
    """An attribute that holds a scheduler; ``path`` names it for people.

    ``clock`` is the optimizer whose count of iterations the owner hands to the scheduler.
    """

    owner: Any
    name: str
    path: str
    clock: Any = None

    @property
    def group(self) -> str:
        """What the rate moves: ``weights`` or ``intercept``."""
        return "intercept" if "intercept" in self.name else "weights"

    @property
    def scheduler(self) -> Any:
        """The scheduler in the slot now."""
        return getattr(self.owner, self.name)

    def rate(self) -> float:
        """Return the rate that the model's next step will use, asked the way the model asks."""
        if isinstance(self.owner, optim.base.Optimizer):
            return float(self.owner.learning_rate)
        return float(self.scheduler.get(self.clock.n_iterations if self.clock else 0))


class Found(NamedTuple):
    """What a walk found: the slots, nearest to the model first, and what cannot be steered."""

    slots: tuple[Slot, ...]
    refused: dict[str, str]  # path -> reason


def find(model: Any) -> Found:
    """Return every scheduler slot that can be reached from ``model``.

    0.2 ms for a pipeline, 0.1 s for a forest: for when a model is wired, never per record. Blind to
    what is not there yet (a factory of the user's that builds optimizers from a number) and to
    schedulers inside compiled extensions.

    >>> from river import linear_model, preprocessing
    >>> model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    >>> [slot.path for slot in find(model).slots]
    ['LogisticRegression.intercept_lr', 'LogisticRegression.optimizer.lr']
    """
    slots: list[Slot] = []
    refused: dict[str, str] = {}
    seen: set[int] = set()
    for line in _walk(model):
        owner = line[0]
        if id(owner) in seen:  # an object and its attribute dictionary are both met
            continue
        seen.add(id(owner))
        names = sorted(name for name, v in attributes(owner).items() if _is_scheduler(v))
        path = _path(line)
        reason = _fault(line, names)
        if reason:
            kind = f" ({type(owner).__name__})" if isinstance(owner, optim.base.Optimizer) else ""
            refused[path + kind] = reason
        else:
            slots.extend(Slot(owner, name, f"{path}.{name}", _clock(owner)) for name in names)
    return Found(tuple(slots), refused)


def _walk(model: Any) -> Iterator[Line]:
    """Yield whatever has to do with a rate, breadth first, with what holds it."""
    parents: Parents = {id(model): None}
    pending = deque([model])
    while pending:
        thing = pending.popleft()
        wanted = isinstance(thing, optim.base.Optimizer) or _lacks_leaf_model(thing)
        for part in gc.get_referents(thing):
            # What the collector does not track (numbers, strings, dicts of them) leads nowhere.
            if not gc.is_tracked(part) or isinstance(part, _DOORS):
                continue
            if _is_scheduler(part):
                wanted = True
            elif id(part) not in parents:
                parents[id(part)] = thing
                pending.append(part)
        if wanted:
            yield _line(thing, parents)


def _is_scheduler(value: Any) -> bool:
    # Base first: Scheduler is an abstract class, and asking one of those is ten times dearer.
    return isinstance(value, base.Base) and isinstance(value, optim.base.Scheduler)


def _line(thing: Any, parents: Parents) -> Line:
    """Return ``thing`` and what holds it, without the dictionaries that are objects' attributes."""
    line = []
    while thing is not None:
        parent = parents[id(thing)]
        if not is_attributes_of(parent, thing):
            line.append(thing)
        thing = parent
    return line


def _path(line: Line) -> str:
    """Name ``line[0]`` by the nearest estimator that holds it and the attributes on the way."""
    estimators = [i for i, thing in enumerate(line) if isinstance(thing, base.Estimator)]
    near = line[: estimators[0] + 1] if estimators else line
    names = [_name(child, parent) for child, parent in pairwise(near)]
    return ".".join([type(near[-1]).__name__, *filter(None, reversed(names))])


def _name(child: Any, parent: Any) -> str | None:
    return next((name for name, v in attributes(parent).items() if v is child), None)


def _clock(owner: Any) -> Any:
    held = attributes(owner).values()
    return next((v for v in held if isinstance(v, optim.base.Optimizer)), None)


def _fault(line: Line, names: Sequence[str]) -> str | None:
    """Return why what ``line[0]`` holds cannot be steered, or None."""
    owner = line[0]
    for kind, reason in UNSTEERABLE.items():
        if isinstance(owner, kind):
            return reason
    if _lacks_leaf_model(owner):
        return "its leaves get River's own model at a fixed rate; give it a leaf_model"
    if not names and isinstance(owner, optim.base.Optimizer):
        # One round another optimizer (Averager) is fine: the inner one is met on its own.
        return None if _clock(owner) else "it has no scheduler to replace"
    if not names:
        return "a scheduler kept here cannot be replaced; keep it in an attribute of an object"
    return _lost_in_clone(line) or _unused(line)


def _lacks_leaf_model(thing: Any) -> bool:
    return isinstance(thing, base.Ensemble) and attributes(thing).get("leaf_model", thing) is None


def _lost_in_clone(line: Line) -> str | None:
    """A clone is made from the constructor's arguments; a Perceptron's optimizer is not in them."""
    for at, thing in enumerate(line):
        if isinstance(thing, base.Estimator) and _clock(thing) and not _takes_optimizer(thing):
            for outer in line[at + 1 :]:
                if isinstance(outer, CLONING):
                    return (
                        f"{type(outer).__name__} clones it, and its clones have River's own rate;"
                        " use a model that takes an optimizer as an argument"
                    )
    return None


def _takes_optimizer(estimator: Any) -> bool:
    held = attributes(estimator)
    arguments = inspect.signature(type(estimator)).parameters
    return any(isinstance(held.get(name), optim.base.Optimizer) for name in arguments)


def _unused(line: Line) -> str | None:
    """A tree or rule set that predicts means keeps a template of a model it never uses."""
    for thing in line:
        held = attributes(thing)
        if "mean" in (held.get("_leaf_prediction"), held.get("pred_type")):
            return f"{type(thing).__name__} predicts means and leaves its linear models unused"
    return None
