"""Carries out what was put down on the desk: on the learning thread, between two blocks.

An order is answered when what it did is durable, where checkpoints are kept; the last outcomes are
kept with them by their keys, so that an order asked for twice is done once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, NamedTuple

import structlog

from lrcontrol.loop import Loop
from lrcontrol.operating.desk import Desk
from lrcontrol.operating.house import House, Model
from lrcontrol.operating.orders import EXPIRY, Order, Outcome
from lrcontrol.status import Decision, Override

#: Outcomes that are remembered by their key; a client repeats within seconds.
MOST_KNOWN = 100
#: Longest wait for a checkpoint that makes an order durable, seconds: within a request's life.
DURABLE_WAIT = 5.0

DONE, NOT_FOUND, CONFLICT, UNWELL = 200, 404, 409, 503


class Waiting(NamedTuple):
    """An order that was carried out, and waits until that is durable."""

    stamp: int
    answer: Future[Outcome]
    outcome: Outcome
    since: float


class Clerk:
    """Answers questions and carries out orders; all methods are for the learning thread.

    ``wall`` gives seconds since the epoch, for overrides that expire; ``clock`` a monotonic clock.
    """

    def __init__(
        self,
        desk: Desk,
        models: Mapping[str, Model],
        house: House,
        wall: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk = desk
        self._models = models
        self._house = house
        self._wall = wall
        self._clock = clock
        self._known: dict[str, Outcome] = {}
        self._waiting: list[Waiting] = []
        self._stamp = 0
        self._log = structlog.get_logger("lrcontrol")

    def memory(self) -> Mapping[str, Any]:
        """Return what a checkpoint must hold: the outcomes known by key, and how far it is."""
        known = {key: list(outcome) for key, outcome in self._known.items()}
        return {"stamp": self._stamp, "known": known}

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Take back what a checkpoint held."""
        self._stamp = int(memory.get("stamp", 0))
        self._known = {key: Outcome(*outcome) for key, outcome in memory.get("known", {}).items()}

    def turn(self) -> None:
        """Do what was asked since the last turn; cheap where nothing was."""
        self.answer()
        for order, answer in self._desk.orders():
            outcome = self._carry_out(order)
            self._house.show()
            if not outcome.ok or not self._house.keeps:
                answer.set_result(outcome)
                continue
            self._waiting.append(Waiting(self._stamp, answer, outcome, self._clock()))
            self._house.keep_soon()
        self._give_up()

    def answer(self) -> None:
        """Answer the questions that wait."""
        for name, x, answer in self._desk.questions():
            before = time.perf_counter()
            try:
                answer.set_result(self._predict(name, x))
            except Exception as error:  # whatever a user's model may raise: theirs who asked
                answer.set_exception(error)
            else:
                self._models[name].predicted(time.perf_counter() - before)

    def _predict(self, name: str, x: Mapping[str, Any]) -> Any:
        served = self._models[name]
        if served.failure is not None:
            raise RuntimeError(f"model {name} failed: {served.failure}")
        return served.loop.answer(dict(x))

    def durable(self, memory: Mapping[str, Any]) -> None:
        """Answer the orders that a durable checkpoint with that memory holds the effect of."""
        stamp = int(memory.get("stamp", 0))
        for each in [w for w in self._waiting if w.stamp <= stamp]:
            each.answer.set_result(each.outcome)
        self._waiting = [w for w in self._waiting if w.stamp > stamp]

    def _give_up(self) -> None:
        now = self._clock()
        for each in [w for w in self._waiting if now - w.since > DURABLE_WAIT]:
            each.answer.set_result(_not_durable(each.outcome))
            self._waiting.remove(each)

    def end(self) -> None:
        """Answer everybody who still waits: the daemon stops, and wrote its last checkpoint."""
        for each in self._waiting:
            each.answer.set_result(_not_durable(each.outcome))
        self._waiting = []
        for _, answer in self._desk.orders():
            answer.set_result(Outcome(UNWELL, "the daemon stops"))
        for question in self._desk.questions():
            question.answer.set_exception(RuntimeError("the daemon stops"))

    def expire(self) -> None:
        """End the overrides whose time is up."""
        now = self._wall()
        for model in self._models.values():
            override = model.loop.override
            if override is None or not 0.0 < override.expires_at <= now:
                continue
            model.loop.release(EXPIRY, f"the override by {override.actor or 'nobody'} has expired")
            model.moved()
            self._log.info("override expired", model=model.name, rate=model.loop.status.rate)

    def _carry_out(self, order: Order) -> Outcome:
        if order.key and order.key in self._known:
            return self._known[order.key]._replace(repeated=True)
        outcome = self._done(order)
        self._stamp += 1
        if order.key:
            self._known[order.key] = outcome
            while len(self._known) > MOST_KNOWN:
                del self._known[next(iter(self._known))]
        tell = self._log.info if outcome.ok else self._log.warning
        said = {"actor": order.actor, "reason": order.reason, "outcome": outcome.detail}
        tell("order", action=order.action, target=order.target, **said)
        return outcome

    def _done(self, order: Order) -> Outcome:
        if order.action == "checkpoint":
            if not self._house.keeps:
                return Outcome(CONFLICT, "no checkpoints are kept: set checkpoint.dir")
            return Outcome(DONE, "written")
        if order.action == "reload":
            return _said(self._house.reload, ValueError, CONFLICT)
        if order.action == "mend":
            source = order.target
            return _said(lambda: self._mended(source), LookupError, NOT_FOUND)
        model = self._models.get(order.target)
        if model is None:
            return Outcome(NOT_FOUND, f"no model {order.target!r}; there are {[*self._models]}")
        if model.failure is not None:
            return Outcome(CONFLICT, f"the model failed: {model.failure}", order.target)
        try:
            decision = self._moved(order, model.loop)
        except LookupError as error:  # nothing to hold, or to go back to: the message says what
            return Outcome(CONFLICT, str(error), order.target)
        model.moved()
        return self._outcome(order.target, model.loop, decision)

    def _mended(self, source: str) -> str:
        self._house.mend(source)
        return f"{source} goes on"

    def _moved(self, order: Order, loop: Loop) -> Decision:
        who = (order.actor, order.reason)
        if order.action == "resume":
            return loop.release(*who)
        if order.action == "roll_back":
            return self._rolled_back(order, loop)
        now = self._wall()
        expires = now + order.seconds if order.seconds else 0.0
        rate = order.rate if order.action == "set_rate" else 0.0
        return loop.hold(Override(*who, now, expires, rate), forced=order.forced)

    def _rolled_back(self, order: Order, loop: Loop) -> Decision:
        who = (order.actor, order.reason)
        if loop.watched is not None and loop.watched.able and not order.checkpoint:
            return loop.by_hand("roll_back", *who)
        if not self._house.keeps:
            raise LookupError("nothing was kept to go back to: set checkpoint.dir or divergence")
        return loop.go_back(self._house.loop_of(order.target, order.checkpoint), *who)

    def _outcome(self, target: str, loop: Loop, decision: Decision) -> Outcome:
        mode = "automatic" if loop.override is None else "manual"
        held = f" ({decision.limit} limit)" if decision.limit != "none" else ""
        detail = f"{mode}, rate {decision.before:.6g} -> {decision.applied:.6g}{held}"
        step, before = decision.step, decision.before
        return Outcome(DONE, detail, target, mode, step, before, decision.applied)


def _not_durable(outcome: Outcome) -> Outcome:
    why = f"{outcome.detail}; done, but not durable: checkpoints fail, see /readyz"
    return outcome._replace(code=UNWELL, detail=why)


def _said(act: Callable[[], str], failing: type[Exception], code: int) -> Outcome:
    try:
        return Outcome(DONE, act())
    except failing as error:
        return Outcome(code, str(error.args[0] if error.args else error))
