"""torch modules trained online, one record at a time, their rate moved by the trace law.

torch is imported on use (extra ``torch``). The rate is written to ``param_groups`` before ``step``,
the gradients are read from ``.grad`` after ``backward``; nothing of torch is patched.
"""

from __future__ import annotations

import copy
from importlib import import_module
from math import nan
from typing import Any, NamedTuple

from lrcontrol.adapters.base import NotAdapted
from lrcontrol.control.climb import LAM, LOG, SQUARED, Slope, bend
from lrcontrol.scoring import Kind

#: Losses with a known curvature, and the task each is for.
LOSSES: dict[str, Kind] = {
    "MSELoss": "regression",
    "BCEWithLogitsLoss": "binary",
    "CrossEntropyLoss": "multiclass",
}
#: Arguments of a loss that change its curvature, and what they must be.
PLAIN = {"reduction": ("mean", "sum"), "weight": (None,), "pos_weight": (None,)}
OPTIMIZERS = ("SGD", "Adam", "AdamW")


class Kept(NamedTuple):
    """A module's and its optimizer's state."""

    module: dict[str, Any]
    optimizer: dict[str, Any]


def load_torch() -> Any:
    """Return the module torch. Raises ImportError that names the extra where it is missing."""
    try:
        return import_module("torch")
    except ImportError as error:
        raise ImportError("torch is not installed: pip install 'lrcontrol[torch]'") from error


class TorchModule:
    """A torch module with one output (regression, binary) or one a class.

    Parameters
    ----------
    module
        Takes a batch of one record, ``(1, ...)``, gives ``(1, 1)`` or ``(1, classes)``: the value,
        or logits. Its mode (``train``, ``eval``) is left as it is, and so are its devices.
    optimizer
        ``SGD``, ``Adam`` or ``AdamW`` over its parameters; every group gets the one rate.
    loss
        ``MSELoss``, ``BCEWithLogitsLoss`` or ``CrossEntropyLoss``, without weights.

    Raises ``NotAdapted`` for other optimizers and losses. Prefer SGD: there the rate ends below the
    best fixed one (1 to 42 % on six streams). With Adam ``q`` is that of the step it is about to
    make, ``sum P_j grad_j^2 / (dl/dz)^2``, P the preconditioner, but its momentum moves on after
    the rate has come down, and it ends anywhere between 14 % below and several times above.
    """

    def __init__(self, module: Any, optimizer: Any, loss: Any) -> None:
        load_torch()
        self.module, self.optimizer, self.loss = module, optimizer, loss
        self.kind = _kind(loss)
        self.bound = SQUARED if self.kind == "regression" else LOG
        if type(optimizer).__name__ not in OPTIMIZERS or optimizer.defaults.get("amsgrad"):
            raise NotAdapted(f"{type(optimizer).__name__} is not plain {', '.join(OPTIMIZERS)}")
        groups = optimizer.param_groups
        self._parameters = [p for group in groups for p in group["params"] if p.requires_grad]
        self.dtype = self._parameters[0].dtype
        self._x: Any = None
        self._z: Any = None
        self._q = 0.0  # of the last record with a gradient
        self.forget()

    @property
    def rate(self) -> float:
        """The rate the optimizer holds."""
        return float(self.optimizer.param_groups[0]["lr"])

    def raw(self, x: Any) -> Any:
        """Return the output for a tensor of one record: a number, or a tuple of one a class."""
        self._x, self._z = x, self.module(x.unsqueeze(0))
        values = self._z.detach().reshape(-1).tolist()
        return tuple(values) if self.kind == "multiclass" else float(values[0])

    def look(self, x: Any, y: Any, w: float = 1.0) -> Slope:
        """Return what the record says; its gradients are in ``.grad`` afterwards."""
        z = self._z if self._x is x else self.module(x.unsqueeze(0))
        self._x = self._z = None
        z.retain_grad()
        self.optimizer.zero_grad()
        (w * self.loss(z, self._target(y, z))).backward()
        gradient = self._flat([p.grad for p in self._parameters])
        g = z.grad
        size = float((g * g).sum())
        if size > 0.0:
            self._q = float((gradient * gradient * self._preconditioner(gradient)).sum()) / size
        first, second = (self._traces @ gradient).tolist()
        return Slope((first, second), self._q if size == size else nan, w * self._curvature(z, y))

    def learn(self, rate: float) -> None:
        """Let the optimizer step at this rate; keep the traces."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        before = self._flat([p.detach() for p in self._parameters])
        self.optimizer.step()
        moved = self._flat([p.detach() for p in self._parameters]) - before
        self._traces.mul_(self._fading).add_(moved)

    def forget(self) -> None:
        """Set the traces to zero."""
        torch, like = load_torch(), self._parameters[0]
        size = sum(p.numel() for p in self._parameters)
        self._traces = torch.zeros((2, size), dtype=like.dtype, device=like.device)
        self._fading = torch.tensor(LAM, dtype=like.dtype, device=like.device)[:, None]

    def copy(self) -> Kept:
        """Return the states of module and optimizer."""
        states = self.module.state_dict(), self.optimizer.state_dict()
        return Kept(*copy.deepcopy(states))

    def load(self, copy_: Kept) -> None:
        """Set module and optimizer to a copy's states."""
        self._x = self._z = None
        self.module.load_state_dict(copy_.module)
        self.optimizer.load_state_dict(copy.deepcopy(copy_.optimizer))

    def _flat(self, parts: list[Any]) -> Any:
        zipped = zip(parts, self._parameters, strict=True)
        rows = [p.new_zeros(p.numel()) if g is None else g.reshape(-1) for g, p in zipped]
        return load_torch().cat(rows)

    def _target(self, y: Any, z: Any) -> Any:
        if self.kind == "multiclass":
            return load_torch().tensor([int(y)], device=z.device)
        return load_torch().full_like(z, float(y))

    def _curvature(self, z: Any, y: Any) -> float:
        if self.kind == "regression":
            return SQUARED
        z = z.detach().double().reshape(-1)
        if self.kind == "binary":
            margin = float(z[0]) if y else -float(z[0])
        else:
            others = load_torch().cat([z[: int(y)], z[int(y) + 1 :]])
            margin = float(z[int(y)] - load_torch().logsumexp(others, 0))
        return bend(float(load_torch().sigmoid(load_torch().tensor(-margin))), margin)

    def _preconditioner(self, gradient: Any) -> Any:
        """Return what the optimizer multiplies the newest gradient by, apart from the rate."""
        group = self.optimizer.param_groups[0]
        if "betas" not in group:
            return 1.0 / (1.0 - group["momentum"])  # what one gradient adds up to in the end
        first, second = group["betas"]
        zero = gradient.new_zeros
        states = [(p, self.optimizer.state.get(p) or {}) for p in self._parameters]
        squares = [s.get("exp_avg_sq", zero(p.shape)).reshape(-1) for p, s in states]
        step = 1.0 + max(float(s.get("step", 0.0)) for _, s in states)
        v = second * load_torch().cat(squares) + (1.0 - second) * gradient * gradient
        share = (1.0 - first) / (1.0 - first**step)
        return share / ((v / (1.0 - second**step)).sqrt() + group["eps"])


def _kind(loss: Any) -> Kind:
    name = type(loss).__name__
    if name not in LOSSES:
        raise NotAdapted(f"{name} is not one of {', '.join(LOSSES)}")
    for key, values in PLAIN.items():
        if getattr(loss, key, values[0]) not in values:
            raise NotAdapted(f"{name} with {key} is not supported: its curvature is not known")
    if getattr(loss, "label_smoothing", 0.0):
        raise NotAdapted(f"{name} with label_smoothing is not supported")
    return LOSSES[name]
