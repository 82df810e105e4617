"""A linear model in a kernel: traced, or served from a bank of rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from river import metrics as river_metrics

from lrcontrol.compiled import Compiled
from lrcontrol.control import Limits
from lrcontrol.control.bank import Bank
from lrcontrol.control.base import Reading
from lrcontrol.control.trace import Trace
from lrcontrol.gain import Gain, NotSteerable, attach
from lrcontrol.learners.base import action
from lrcontrol.learners.fallback import Fallback
from lrcontrol.mirror import Mirror, Mode
from lrcontrol.record import Features
from lrcontrol.scoring import Task
from lrcontrol.status import Decision, Member

REFUSED = (
    "{} has no kernel: LinearRegression, LogisticRegression and SoftmaxRegression have one, with "
    "their default loss, no l1, and SGD, Adam, AdaGrad or RMSProp, alone or after unsupervised "
    "transformers; use race"
)


class Mirrored:
    """A River linear model whose members learn in a kernel, the leader of them served.

    Raises ``NotSteerable`` for a model without a kernel, ``Invalid`` for an initial rate outside
    the limits.
    """

    def __init__(
        self,
        model: Any,
        controller: Bank | Trace,
        task: Task,
        metrics: Sequence[river_metrics.base.Metric],
        initial_rate: float,
        limits: Limits,
    ) -> None:
        self.task = task
        settings = controller if isinstance(controller, Bank) else Bank(clamp=controller.clamp)
        mode: Mode = "bank" if isinstance(controller, Bank) else "trace"
        within = limits.low, limits.high
        mirror = Mirror.of(model, mode, limits.contain(initial_rate), settings, within)
        if mirror is None:
            raise NotSteerable(REFUSED.format(type(model).__name__))
        self._attachment = attach(model, initial_rate)
        self._compiled = Compiled(mirror, task, metrics)
        self._bank = mirror.bank
        self._fallback = Fallback(task) if controller.fallback else None
        self._decided = (initial_rate, mirror.bank.served)  # rate and member at the last decision
        self._means = [0.0] * len(mirror.bank.names)  # losses of the members over the last period

    @property
    def model(self) -> Any:
        """The River model, with the served member's weights and optimizer state."""
        self._follow()
        return self._compiled.model

    @property
    def at_once(self) -> bool:
        """Whether a block is learned in one call of a kernel."""
        return True

    @property
    def rate(self) -> float:
        """The rate that the served member applied last."""
        return self._follow()

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The one gain, of the River model; members hold their rates in the kernel."""
        return (self._attachment.gain,)

    def prepare(self) -> None:
        """Compile the kernel, or load it."""
        self._compiled.prepare()

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression) or class probabilities."""
        prediction = self._compiled.predict_one(x)
        return self._fallback.serve(prediction) if self._fallback else prediction

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> float:
        """Predict, score, learn one record, of weight ``w`` if given; return the loss."""
        loss = self._compiled.learn_one(x, y, **params)
        return self._fallback.over([loss], [y])[0] if self._fallback else loss

    def learn_all(self, xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
        """Predict, score, learn each record in turn; return the losses."""
        losses = self._compiled.learn_all(xs, targets)
        return self._fallback.over(losses, targets) if self._fallback else losses

    def decide(self, reading: Reading) -> Decision:
        """Say who is served and at what rate: asked is its gain, applied its last record's rate."""
        (before, held), bank = self._decided, self._bank
        served, now = bank.served, self._follow()
        self._decided = (now, served)
        self._means = (bank.leader.spent / reading.records).tolist()
        bank.leader.spent[:] = 0.0
        asked = float(bank.rates[served])
        behind = bank.leader.behind
        terms = {
            "ceiling": log(now / asked) if now > 0.0 else 0.0,
            "lead": float(behind[held] - behind[served]),
            "fallback": float(self._fallback.count) if self._fallback else 0.0,
        }
        traced = served >= len(bank.names) - len(bank.traces.means)
        reason = "promoted" if served != held else "hypergradient" if traced else "leader"
        limit = "ceiling" if now < 0.5 * asked else "none"
        moved = action(before, now)
        return Decision(reading.step, moved, reason, limit, before, asked, now, terms)

    def read_back(self) -> Mapping[str, float]:
        """Return the rate in force by group, as the River model's optimizers report it."""
        self._follow()
        return self._attachment.read_back()

    def members(self) -> tuple[Member, ...]:
        """Return the members of a bank: rate applied, 1 for the served one, last period's loss."""
        bank = self._bank
        if len(bank.names) == 1:
            return ()
        served, rates = bank.served, bank.applied.tolist()
        return tuple(
            Member(name, rates[k], float(k == served), self._means[k])
            for k, name in enumerate(bank.names)
        )

    def readings(self) -> Mapping[str, float]:
        """Return each River metric's value by class name, where it is a finite number."""
        return self._compiled.readings()

    def _follow(self) -> float:
        """Set the River model's gain to the rate in the kernel; return it."""
        rate = self._compiled.mirror.rate
        if rate > 0.0:
            self._attachment.gain.rate = rate
        return self._attachment.gain.rate
