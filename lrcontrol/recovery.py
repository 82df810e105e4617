"""A record that makes the model raise is taken out, and the state is as if it had never come.

``learn_one`` of a River model is not atomic: a raise in its third feature leaves two of them
learned. So a copy of the loop is kept in memory, with the records since; after a raise the copy
learns them again, without the one that raised. Rejected: a second model one record behind (twice
the time on every record) and undoing each step (needs to know every model's inside).
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, NamedTuple

from lrcontrol.checkpoint.pickling import dumps
from lrcontrol.guard import Refusal
from lrcontrol.loop import Loop
from lrcontrol.record import Record

#: Least records between two copies. A copy of a small linear pipeline takes as long as 50 records.
EVERY = 2000
#: Most records, and most feature values in them, that are held to be learned again: they bound the
#: memory (some 100 bytes a value).
MOST_RECORDS = 50_000
MOST_VALUES = 500_000
#: Most seconds of learning that are to be done again: a daemon that does not turn for 30 is stuck.
#: A model that takes a second to copy is copied for 5 % of the time, checkpoints aside.
MOST_SECONDS = 20.0
#: Share of the learning time that copying may take, as far as the caps above allow.
SHARE = 0.01


class Failed(NamedTuple):
    """A record the model could not learn: its place in the block, and what it raised."""

    at: int
    error: Exception


class Learned(NamedTuple):
    """What did not enter the model of a block: refused by the guard, or taken out after a raise."""

    refusals: list[Refusal]
    failed: list[Failed]


class NotRecoverable(Exception):
    """The model raised, and its state cannot be rebuilt; the message says why."""


class Recovery:
    """A loop that learns each record in full or not at all, whatever the model raises.

    After a raise ``loop`` is another object, so ask for it each time. Its state, to the last bit,
    is that of a loop that was never shown the record. An error that does not come again (no memory,
    say) costs no record. ``clock`` gives seconds; it decides when copies are made and nothing else.

    A model that can be neither pickled nor copied is not ``able``: its errors raise
    ``NotRecoverable``, and the loop is not to be used after one. Not for models with a hidden
    outside (a database, a random state of their own module): that part is not rebuilt.

    Examples
    --------
    >>> from river import linear_model, preprocessing
    >>> from time import perf_counter
    >>> from lrcontrol.control import Fixed
    >>> class Touchy(preprocessing.StandardScaler):
    ...     def learn_one(self, x):
    ...         super().learn_one(x)
    ...         if x["a"] == 13.0:
    ...             raise ValueError("thirteen")
    >>> loop = Loop(Touchy() | linear_model.LinearRegression(), Fixed())
    >>> recovery = Recovery(loop, perf_counter)
    >>> recovery.learn([Record({"a": a}, 1.0) for a in (12.0, 13.0, 14.0)]).failed
    [Failed(at=1, error=ValueError('thirteen'))]
    >>> recovery.loop.model["Touchy"].means["a"], recovery.loop.status.steps
    (13.0, 2)
    """

    def __init__(self, loop: Loop, clock: Callable[[], float], every: int = EVERY) -> None:
        self.loop = loop
        self.able = True
        self._clock = clock
        self._every = self._due = every
        self._copy: bytes | Loop = b""
        self._since: list[Sequence[Record]] = []  # blocks learned after the copy, as they came
        self._records = 0
        self._values = 0
        self._seconds = 0.0  # that they took
        self.keep()

    def learn(self, records: Sequence[Record]) -> Learned:
        """Learn a block; return what did not enter the model. Raises NotRecoverable."""
        if not self.able:
            return Learned(self._unguarded(records), [])
        before = self._clock()
        try:
            learned = Learned(self.loop.learn(records), [])
        except Exception as error:  # whatever a user's model may raise: returned with its record
            learned = self._without(records, error)
        else:
            self._remember(records)
        self._seconds += self._clock() - before
        if self._over():
            self.keep()
        return learned

    def _over(self) -> bool:
        far = self._values >= MOST_VALUES or self._seconds >= MOST_SECONDS
        return self._records >= self._due or far

    def keep(self, pickled: bytes | None = None) -> None:
        """Copy the loop; what came before need not be learned again any more.

        ``pickled`` is the loop as it is now, where a checkpoint has just pickled it anyway.
        """
        before = self._clock()
        self._copy = self._copied() if pickled is None else pickled
        took = self._clock() - before
        if self._seconds > 0.0 and pickled is None:  # what a checkpoint gives says nothing of cost
            share = ceil(took / SHARE * self._records / self._seconds)
            self._due = min(max(self._every, share), MOST_RECORDS)
        self._since = []
        self._records = self._values = 0
        self._seconds = 0.0

    def _copied(self) -> bytes | Loop:
        try:
            return dumps(self.loop)
        except (pickle.PicklingError, TypeError, AttributeError):  # a lambda, a lock, a local class
            pass
        try:
            return copy.deepcopy(self.loop)
        except (TypeError, AttributeError, pickle.PicklingError):
            self.able = False
            return b""

    def _unguarded(self, records: Sequence[Record]) -> list[Refusal]:
        try:
            return self.loop.learn(records)
        except Exception as error:
            what = type(self.loop.model).__name__
            why = "can be neither pickled nor copied, so its state cannot be rebuilt"
            raise NotRecoverable(f"{error!r}; {what} {why}") from error

    def _remember(self, records: Sequence[Record]) -> None:
        if records:
            self._since.append(records)
            self._values += len(records) * len(records[0].x)
            self._records += len(records)

    def _without(self, records: Sequence[Record], error: Exception) -> Learned:
        """Learn what can be learned of a block that raised."""
        self._rebuild(error)
        left = list(range(len(records)))  # places of the records that may enter
        failed: list[Failed] = []
        while True:  # each round but the last takes one record out
            rest = [records[at] for at in left]
            try:
                refusals = self.loop.learn(rest)
            except Exception as again:  # no passing error: some record is the culprit
                culprit = self._culprit(rest, again)
                failed.append(Failed(left.pop(culprit.at), culprit.error))
                self.loop = self._restored()
            else:
                self._remember(rest)
                return Learned([r._replace(at=left[r.at]) for r in refusals], failed)

    def _culprit(self, records: Sequence[Record], error: Exception) -> Failed:
        # On a copy of its own, record by record, because a block does not say which one it was.
        trial = self._restored()
        for at, record in enumerate(records):
            try:
                trial.learn([record])
            except Exception as found:  # as in ``learn``
                return Failed(at, found)
        raise NotRecoverable(f"{error!r}, from a block but from no record of it") from error

    def _rebuild(self, error: Exception) -> None:
        """Bring the loop back to before the block, and keep that as the new copy."""
        self.loop = self._restored()
        try:
            for block in self._since:
                self.loop.learn(block)
        except Exception as again:
            raise NotRecoverable(
                f"{error!r}; learning the last {self._records} records again raised {again!r}"
            ) from error
        self.keep()  # the next raise, if most records are bad, then has little to learn again

    def _restored(self) -> Loop:
        if isinstance(self._copy, bytes):
            loop: Any = pickle.loads(self._copy)  # our own bytes, never left this process
            assert isinstance(loop, Loop)
            return loop
        return copy.deepcopy(self._copy)
