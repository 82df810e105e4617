"""One hidden layer in torch at many fixed rates side by side: what hindsight would have chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from problems import Problem

WORST = {"regression": 1e300, "binary": 34.538776394910684, "multiclass": 34.538776394910684}
#: torch's defaults for Adam.
FIRST, SECOND, EPS = 0.9, 0.999, 1e-8


def mlp(problem: Problem, hidden: int, seed: int) -> Any:
    """Return the module: one hidden layer of ReLU, torch's own initial weights."""
    torch.manual_seed(seed)
    outputs = problem.classes if problem.task == "multiclass" else 1
    layers = torch.nn.Linear(problem.x.shape[1], hidden), torch.nn.Linear(hidden, outputs)
    return torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1])


def loss_of(problem: Problem) -> Any:
    """Return torch's loss for the problem."""
    losses = {"regression": "MSELoss", "binary": "BCEWithLogitsLoss"}
    return getattr(torch.nn, losses.get(problem.task, "CrossEntropyLoss"))()


def losses(
    problem: Problem, hidden: int, optimizer: str, seed: int, rates: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return each rate's mean loss, plain and with predictions cut to the labels seen."""
    module = mlp(problem, hidden, seed)
    ps = [p.detach().expand(len(rates), *p.shape).clone() for p in module.parameters()]
    for p in ps:
        p.requires_grad_()
    lr = torch.tensor(rates, dtype=torch.float32)
    state = [(torch.zeros_like(p), torch.zeros_like(p)) for p in ps]
    x = torch.tensor(problem.view("scaled").before, dtype=torch.float32)
    plain, cut, low, high = np.zeros(len(rates)), np.zeros(len(rates)), np.inf, -np.inf
    for t, y in enumerate(problem.y):
        z = _forward(ps, x[t])
        each = _losses(problem.task, z, y)
        plain += _capped(problem.task, each)
        if problem.task == "regression":
            p = z.detach().double().numpy()[:, 0]
            clamped = np.clip(p, low, high) if low <= high else p
            cut += np.fmin((clamped - y) ** 2, WORST["regression"])
            low, high = min(low, y), max(high, y)
        gradients = torch.autograd.grad(each.sum(), ps)
        _step(ps, gradients, lr, state if optimizer == "Adam" else None, t + 1)
    n = len(problem.y)
    return plain / n, (cut if problem.task == "regression" else plain) / n


def _forward(ps: list[Any], x: Any) -> Any:
    hidden = torch.relu(ps[0] @ x + ps[1])
    return torch.einsum("roh,rh->ro", ps[2], hidden) + ps[3]


def _losses(task: str, z: Any, y: float) -> Any:
    if task == "regression":
        return (z[:, 0] - y) ** 2
    if task == "binary":
        return torch.nn.functional.softplus(-z[:, 0] if y else z[:, 0])
    return torch.logsumexp(z, 1) - z[:, int(y)]


def _capped(task: str, each: Any) -> np.ndarray:
    return np.fmin(each.detach().double().numpy(), WORST[task])


def _step(ps: list[Any], gradients: Any, lr: Any, state: Any, t: int) -> None:
    with torch.no_grad():
        for i, (p, g) in enumerate(zip(ps, gradients, strict=True)):
            rate = lr.reshape(-1, *[1] * (p.dim() - 1))
            if state is None:
                p -= rate * g
                continue
            m, v = state[i]
            m.mul_(FIRST).add_(g, alpha=1.0 - FIRST)
            v.mul_(SECOND).addcmul_(g, g, value=1.0 - SECOND)
            root = (v / (1.0 - SECOND**t)).sqrt() + EPS
            p -= rate * (m / (1.0 - FIRST**t)) / root
