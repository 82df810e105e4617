"""Where the server's thread and the learning thread meet: questions, orders, and their answers.

The server's side puts something down and gets a future; the learning thread takes everything up
between two blocks. Both queues have a most, so that no client can fill the memory.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from math import inf
from threading import Event
from typing import Any, NamedTuple

from lrcontrol.decisions.ring import Ring
from lrcontrol.operating.orders import Order, Outcome
from lrcontrol.status import Status

#: Orders and questions that may wait, each; a block takes milliseconds, so more is a flood.
MOST_ORDERS = 64
MOST_QUESTIONS = 1024


class DeskFull(Exception):
    """So much waits that nothing more is taken: try again in a moment."""


class Question(NamedTuple):
    """A prediction somebody waits for."""

    model: str
    x: Mapping[str, Any]
    answer: Future[Any]


class Asked(NamedTuple):
    """An order somebody waits for."""

    order: Order
    answer: Future[Outcome]


class Desk:
    """What the API sees of the daemon, and how it asks for anything.

    ``status`` and ``decisions`` may be read by any thread at any time; ``submit`` and ``predict``
    may be called by any thread, the rest is the learning thread's.

    >>> desk = Desk(Status)
    >>> answer = desk.submit(Order("hold", "fare", reason="incident 7", actor="kim"))
    >>> (asked,) = desk.orders()
    >>> asked.answer.set_result(Outcome(200, "held", "fare", "manual"))
    >>> answer.result().mode
    'manual'
    """

    def __init__(self, status: Callable[[], Status]) -> None:
        self.status = status
        self.decisions = Ring()
        self._orders: deque[Asked] = deque()
        self._questions: deque[Question] = deque()
        self._woken = Event()
        self.asked_at = -inf  # monotonic: who is asked often must not sleep long

    def submit(self, order: Order) -> Future[Outcome]:
        """Put an order down. Raises DeskFull."""
        if len(self._orders) >= MOST_ORDERS:
            raise DeskFull(f"{MOST_ORDERS} orders wait")
        answer: Future[Outcome] = Future()
        self._orders.append(Asked(order, answer))
        self._woken.set()
        return answer

    def ask_reload(self, actor: str) -> None:
        """Put down that the file is to be read again; nobody waits for the answer.

        Nothing where the desk is full: a signal that comes again is taken then.
        """
        with suppress(DeskFull):
            self.submit(Order("reload", actor=actor, reason=actor))

    def predict(self, model: str, x: Mapping[str, Any]) -> Future[Any]:
        """Ask what a model predicts; KeyError where there is none of that name. Raises DeskFull."""
        if len(self._questions) >= MOST_QUESTIONS:
            raise DeskFull(f"{MOST_QUESTIONS} questions wait")
        answer: Future[Any] = Future()
        self._questions.append(Question(model, x, answer))
        self.asked_at = time.monotonic()
        self._woken.set()
        return answer

    def orders(self) -> list[Asked]:
        """Take up the orders that wait."""
        return [self._orders.popleft() for _ in range(len(self._orders))]

    def questions(self) -> list[Question]:
        """Take up the questions that wait."""
        return [self._questions.popleft() for _ in range(len(self._questions))]

    def wait(self, seconds: float) -> bool:
        """Sleep until something is put down, at most ``seconds``; return whether it was."""
        woken = self._woken.wait(seconds)
        self._woken.clear()
        return woken
