"""A model's section: the River model, its stream, and the controller that moves its rate."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from lrcontrol.arms import Shadows
from lrcontrol.bounds import Bounds
from lrcontrol.checks import Count, Positive, check
from lrcontrol.config.kinds import CONTROLLER
from lrcontrol.config.specs import Factory, Metric, Part, Steps
from lrcontrol.control.base import Controller
from lrcontrol.control.guarding import Ladder
from lrcontrol.control.limits import Limits, limits_for
from lrcontrol.control.mixture import Mixture
from lrcontrol.control.window import Horizons

NO_SHADOWS = "a mixture has many rates and none of its own to compare: leave it out, or use bank"


def _auto() -> Controller[Any]:
    made: Controller[Any] = CONTROLLER.find("auto")()
    return made


@dataclass(frozen=True)
class ModelSettings:
    """A model, its stream, and the controller that moves its rate.

    Parameters
    ----------
    type
        What kind of model; River's is the only one there is.
    inputs
        Names of the sources it learns from; may be left out when there is one source.
    pipeline
        The River model, step by step: a list of {class: ..., ...arguments}.
    factory
        Instead of a pipeline: a function of yours that returns the model.
    task
        What is predicted; left out, the model tells.
    positive
        In a binary task, the label that means true; left out, labels are true/false or 1/0.
    loss
        What the controller watches; left out, squared for regression and log for classification.
    metrics
        River metrics shown beside the loss, by name; each costs time on every record.
    controller
        What moves the rate.
    initial_rate
        The rate to start from.
    limits
        Range, speed and least move of the rate: {low, high, slew, dead_band}. Left out (null):
        {low: 1e-6, high: 10, slew: 10, dead_band: 0} for a controller that decides once a period,
        and 1e-9 to 1e4 for one that decides on each record, which has limits of its own inside and
        heeds only low and high of these.
    period
        Records per decision of the controller.
    horizons
        How far back the loss averages look.
    drift
        River drift detector, told the loss once a period; null for none.
    bounds
        What a record must keep to.
    divergence
        What is done when the model gets worse than it was: rate lowered, state rolled back, at last
        a fixed rate and an alarm; null for nothing. Controllers that decide on each record do
        without, as they have ceilings and ways back of their own.
    shadows
        Copies of the model that learn at half, double and a fixed rate now and then, to see whether
        these would do better; null for none. They cost a tenth more, or what you allow, and change
        nothing in the model that is served. Not for a mixture, which has many rates.
    compiled
        Run a linear model in a compiled kernel whatever the controller (needs the extra fast):
        several times faster, and equal to River to 1e-9 instead of bit for bit. bank always does,
        and trace where it can.
    """

    inputs: tuple[str, ...] = ()
    type: Literal["river"] = "river"
    pipeline: Steps | None = None
    factory: Factory | None = None
    task: Literal["regression", "binary", "multiclass"] | None = None
    positive: str | None = None
    loss: Literal["squared", "absolute", "log"] | None = None
    metrics: tuple[Metric, ...] = ()
    controller: Controller[Any] = field(default_factory=_auto)
    initial_rate: Positive = 0.01
    limits: Limits | None = None
    period: Count = 64
    horizons: Horizons = field(default_factory=Horizons)
    drift: Part | None = field(
        default_factory=lambda: Part.of({"class": "drift.ADWIN", "clock": 1})
    )
    bounds: Bounds = field(default_factory=Bounds)
    divergence: Ladder | None = field(default_factory=Ladder)
    shadows: Shadows | None = None
    compiled: bool = False

    def __post_init__(self) -> None:
        both = self.pipeline is not None and self.factory is not None
        neither = self.pipeline is None and self.factory is None
        binary = self.task in (None, "binary")
        mixed = isinstance(self.controller, Mixture)
        low, high = self.held.low, self.held.high
        check(
            self,
            ("pipeline", neither, "missing: a model needs a pipeline or a factory"),
            ("factory", both, "a model has a pipeline or a factory, not both"),
            ("positive", self.positive is not None and not binary, "is for a binary task only"),
            ("loss", *_loss_misfit(self.task, self.loss)),
            ("shadows", mixed and self.shadows is not None, NO_SHADOWS),
            (
                "initial_rate",
                not low <= self.initial_rate <= high,
                f"must be within the limits, {low:g} to {high:g}",
            ),
        )

    @property
    def held(self) -> Limits:
        """What holds the rate: the limits given, else those that suit the controller."""
        return self.limits or limits_for(self.controller)

    def build(self) -> Any:
        """Return a fresh River estimator. Raises ConfigError with everything wrong with it."""
        spec = self.pipeline or self.factory
        assert spec is not None
        return spec.build()

    def build_metrics(self) -> list[Any]:
        """Return fresh River metrics. Raises ConfigError."""
        return [metric.build() for metric in self.metrics]

    def build_detector(self) -> Any:
        """Return a fresh River drift detector, or None. Raises ConfigError."""
        return self.drift and self.drift.build()


def _loss_misfit(task: str | None, loss: str | None) -> tuple[bool, str]:
    fits = ("squared", "absolute") if task == "regression" else ("log",)
    wrong = task is not None and loss is not None and loss not in fits
    return wrong, f"{loss} does not fit {task}: use {' or '.join(fits)}"
