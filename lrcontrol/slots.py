"""Where a model keeps its rates: every attribute in its object graph that holds a Scheduler.

River models copy, nest and template their optimizers in private places (an optimizer per label, a
model per leaf, ``functools.partial(copy.deepcopy, optimizer)``), so nothing short of a walk over
the whole graph finds them all. Rejected: ``mutate``, which many models do not support and which
breaks a model when given a number.
"""

from __future__ import annotations

import gc
import types
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from river import base, optim

#: Doors out of the model into the interpreter: from a class or a module everything can be reached.
_DOORS = (type, types.ModuleType, types.FunctionType)

#: Optimizers with no rate to steer, and why (measured on River 0.26.1).
UNSTEERABLE = {
    optim.AdaDelta: "it derives its steps from rho and never reads a rate",
    optim.FTRLProximal: "it has alpha instead of a rate, and weights jump when alpha changes",
    optim.AdaBound: "it multiplies its bounds by rate / first rate at every step, so any rate but"
    " the first soon dies out or explodes",
}

Parents = dict[int, Any]  # id of an object -> the object it was first reached from


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
    what is not there yet (a factory that builds optimizers from a number) and to schedulers inside
    compiled extensions.

    >>> from river import linear_model, preprocessing
    >>> model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    >>> [slot.path for slot in find(model).slots]
    ['LogisticRegression.intercept_lr', 'LogisticRegression.optimizer.lr']
    """
    slots: list[Slot] = []
    refused: dict[str, str] = {}
    seen: set[int] = set()
    for thing, parents in _walk(model):
        owner = _owner(thing, parents)
        if id(owner) in seen:  # an object and its attribute dictionary are both met
            continue
        seen.add(id(owner))
        path = _path(owner, parents)
        names = sorted(k for k, v in _attributes(owner).items() if _is_scheduler(v))
        reason = _refusal(owner, names)
        if reason:
            refused[f"{path} ({type(owner).__name__})"] = reason
        else:
            slots.extend(Slot(owner, name, f"{path}.{name}", _clock(owner)) for name in names)
    return Found(tuple(slots), refused)


def _walk(model: Any) -> Iterator[tuple[Any, Parents]]:
    """Yield optimizers and whatever refers to a scheduler, breadth first, each once."""
    parents: Parents = {id(model): None}
    pending = deque([model])
    while pending:
        thing = pending.popleft()
        wanted = isinstance(thing, optim.base.Optimizer)
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
            yield thing, parents


def _is_scheduler(value: Any) -> bool:
    # Base first: Scheduler is an abstract class, and asking one of those is ten times dearer.
    return isinstance(value, base.Base) and isinstance(value, optim.base.Scheduler)


def _owner(thing: Any, parents: Parents) -> Any:
    """Return the object whose attribute dictionary ``thing`` is, else ``thing``."""
    parent = parents[id(thing)]
    return parent if type(thing) is dict and _attributes(parent) is thing else thing


def _attributes(thing: Any) -> dict[str, Any]:
    return getattr(thing, "__dict__", None) or {}


def _clock(owner: Any) -> Any:
    held = _attributes(owner).values()
    return next((v for v in held if isinstance(v, optim.base.Optimizer)), None)


def _refusal(owner: Any, names: list[str]) -> str | None:
    """Return why nothing of ``owner`` can be steered, or None."""
    for kind, reason in UNSTEERABLE.items():
        if isinstance(owner, kind):
            return reason
    if names or _clock(owner) is not None:  # an optimizer round another one (Averager) is fine
        return None
    if isinstance(owner, optim.base.Optimizer):
        return "it has no scheduler to replace"
    return "a scheduler kept here cannot be replaced; keep it in an attribute"


def _path(thing: Any, parents: Parents) -> str:
    """Name ``thing`` by the nearest estimator that holds it and the attributes on the way."""
    line = [thing]
    while not isinstance(line[-1], base.Estimator) and parents[id(line[-1])] is not None:
        line.append(_owner(parents[id(line[-1])], parents))
    names = [_name(child, parent) for child, parent in pairwise(line)]
    return ".".join([type(line[-1]).__name__, *filter(None, reversed(names))])


def _name(child: Any, parent: Any) -> str | None:
    return next((name for name, v in _attributes(parent).items() if v is child), None)
