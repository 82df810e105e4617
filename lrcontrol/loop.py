"""A model under control: what learns it, what people ask of it, and what it shows of itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from lrcontrol.decisions.entry import Made
from lrcontrol.engine import Engine
from lrcontrol.gain import Gain
from lrcontrol.learners.base import action
from lrcontrol.learners.steered import Steered
from lrcontrol.overview import overview
from lrcontrol.record import Features
from lrcontrol.status import Decision, LoopStatus, Override


class Loop(Engine):
    """A River model whose rate a controller moves, from progressive loss, once a period.

    Parameters
    ----------
    model
        A River regressor or classifier that holds an optimizer; its gain is taken over in place.
    controller
        Any controller of ``lrcontrol.control`` or of your own.
    initial_rate
        Start rate, > 0, within the limits.
    limits
        Range, slew and dead band of the rate.
    task
        How the model is scored; found from the model when left out.
    metrics
        River metrics updated with each prediction, for people; they cost time on each record.
    detector
        River drift detector, fed once a period with the loss relative to no skill; its alarm is an
        event for the controller.
    period
        Records per decision.
    horizons
        Records over which the controller's fast and slow loss averages fade.
    bounds
        What a record must keep to.
    compiled
        Whether a linear model learns in a compiled kernel whatever the controller: several times
        faster, and equal to River to 1e-9 instead of bit for bit.

    divergence
        What is done when the model gets worse than it was: rate lowered, state rolled back. Not
        for a controller that decides on each record: these have ceilings and ways back of their
        own.

    shadows
        Copies that learn at other rates now and then, for comparison; they change nothing.

    Raises ``NotSteerable`` when no optimizer of the model has a rate that can be set, or for
    shadows of a mixture, ``Invalid`` when the initial rate is outside the limits.

    Not thread-safe: one thread owns a loop. Do not also call ``learn_one`` of the model itself.

    Examples
    --------
    >>> from river import datasets, linear_model, preprocessing
    >>> from lrcontrol import Loop, Record
    >>> from lrcontrol.control import BoldDriver
    >>> loop = Loop(preprocessing.StandardScaler() | linear_model.LogisticRegression(),
    ...             BoldDriver(), initial_rate=10.0, period=32)
    >>> _ = loop.learn([Record(x, y) for x, y in datasets.Phishing()])
    >>> loop.status.steps, loop.status.rate < 10.0
    (1250, True)
    """

    @property
    def model(self) -> Any:
        """The River model that is served, wired to the gain."""
        return self.learner.model

    @property
    def gain(self) -> Gain:
        """The gain of the served model. Raises LookupError for a mixture, which has none."""
        return self.learner.gains[0]

    def prepare(self) -> None:
        """Do before the first record what would make it wait: compile a kernel, or load it."""
        self.learner.prepare()

    def predict_one(self, x: dict[Any, Any]) -> Any:
        """Return a number (regression), class probabilities, or a label without them."""
        return self.learner.predict_one(x)

    def answer(self, x: Features) -> Any:
        """Return what is predicted for a record that comes from outside, past no bound.

        Raises ValueError that says which feature no model may see.
        """
        return self.learner.predict_one(self.guard.glance(x))

    @property
    def override(self) -> Override | None:
        """Who holds the rate by hand, and why; None in automatic mode."""
        return self.hand.override

    def hold(self, override: Override, *, forced: bool = False) -> Decision:
        """Hold the rate at ``override.rate``, 0 for where it is; learning goes on.

        Limits bind it but for their slew, unless ``forced``. Raises NotHoldable for a mixture.
        """
        override = override._replace(step=self.tally.steps)
        self.learner, decision = self.hand.hold(self.learner, override, forced)
        self.tally.decide(decision, None, override.actor, override.reason)
        return decision

    def release(self, actor: str = "", note: str = "") -> Decision:
        """Give the rate back to the controller, from where it is; leave safe mode and any rung."""
        if self.watched is not None and self.watched.state.rung != "watching":
            self.by_hand("release", actor, note)
        self.learner, decision = self.hand.release(self.learner, self.tally.steps)
        self.tally.decide(decision, None, actor, note)
        return decision

    def by_hand(
        self, action: Literal["roll_back", "release"], actor: str = "", note: str = ""
    ) -> Decision:
        """Go back to the good copy at a lower rate, or leave safe mode or any other rung.

        Raises LookupError without a divergence ladder.
        """
        if self.watched is None:
            raise LookupError("the model has no divergence ladder: nothing was kept to go back to")
        self._obey(told := self.watched.by_hand(action, self._held), actor, note)
        return told[1]._replace(step=self.tally.steps)

    def made(self) -> list[Made]:
        """Return the decisions since the last call, at most 256, and forget them."""
        made = list(self.tally.made)
        self.tally.made.clear()
        return made

    def learn_one(self, x: dict[Any, Any], y: Any, **params: Any) -> None:
        """Learn one record as it is, past the guard, the way a River program does."""

        def learn(xs: Sequence[Features], targets: Sequence[Any]) -> list[float]:
            return [self.learner.learn_one(xs[0], targets[0], **params)]

        if self.arms is None:
            losses = learn([x], [y])
        else:
            losses = self.arms.learn(self.learner, learn, [x], [y], params)
        self._close(losses, [y])

    def go_back(self, to: Loop, actor: str = "", note: str = "") -> Decision:
        """Go on with the model, controller and rate of ``to``, the same loop as it once was.

        What was counted stays, and so does a hold, at the rate of then. ``to`` is used up.
        """
        before, override = self.learner.rate, self.override
        self.learner, self.averages, self.detector = to.learner, to.averages, to.detector
        self.watched, self.hand = to.watched, to.hand
        self.hand.limits = self.limits  # they may have been changed since
        if isinstance(self.learner, Steered):
            self.learner.limits = self.limits
        if override is not None:
            self.learner, _ = self.hand.hold(self.learner, override._replace(rate=0.0), False)
        applied, step = self.learner.rate, self.tally.steps
        moved = action(before, applied)
        decision = Decision(step, moved, "restored", "none", before, applied, applied)
        self.tally.decide(decision, None, actor, note)
        return decision

    @property
    def status(self) -> LoopStatus:
        """What the loop has seen and done so far, immutable."""
        return overview(self)
