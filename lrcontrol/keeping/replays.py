"""Dead letters that somebody asked for, on their way back into their models."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import structlog

from lrcontrol.deadletters.replay import Replay, asked
from lrcontrol.deadletters.store import DeadLetters
from lrcontrol.intake import Intake
from lrcontrol.keeping.database import DatabaseFailed
from lrcontrol.served import Served
from lrcontrol.sources.base import Batch

#: Seconds between two looks for what was asked; one takes 20 us.
LOOK = 1.0
#: Letters that are learned between two blocks of the stream.
BLOCK = 64


class _Way(NamedTuple):
    """Letters of one source that one model, or none in particular, is to learn."""

    intake: Intake
    models: Sequence[Served]
    replay: Replay


class Replays:
    """Learns letters after all, between two blocks of the source that they are from.

    ``durable`` says that checkpoints are kept: then a letter leaves the store once one is past it
    (``commit``), otherwise as soon as it was learned. One that fails again stays, with its new
    reason. Raises OSError where the store cannot be read at the start; later that is only told.
    """

    def __init__(
        self,
        store: DeadLetters,
        intakes: Sequence[Intake],
        readers: Mapping[str, Sequence[Served]],
        durable: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._durable = durable
        self._clock = clock
        self._due = clock()
        self._seen = -1  # how many letters had been asked for at the last look
        self._log = structlog.get_logger("lrcontrol")
        self._ways: list[_Way] = []
        self.pending = False  # whether something was asked for that was not sent yet
        for intake in intakes:
            models = readers[intake.name]
            ways = [("", models), *((served.name, [served]) for served in models)]
            for model, learns in ways:
                replay = Replay(store.database, intake.name, model)
                self._ways.append(_Way(intake, learns, replay))
                try:
                    replay.open(intake.aside.passed)
                except DatabaseFailed as error:
                    raise OSError(f"dead letters: {error}") from error

    def turn(self) -> int:
        """Learn a block of what was asked for, if anything was; return how many letters it had."""
        if self._clock() < self._due:
            return 0
        try:
            return self._turn()
        except DatabaseFailed as error:
            self._due = self._clock() + LOOK
            self._log.warning("dead letters not read", why=str(error))
            self.pending = False
            return 0

    def _turn(self) -> int:
        if not self.pending:
            found = asked(self._store.database)
            self.pending, self._seen = found != self._seen, found
        if self.pending:
            for way in self._ways:
                batch = way.replay.poll(BLOCK)
                if batch is not None:
                    self._learn(way, batch)
                    return len(batch.messages)
        self.pending = False
        self._due = self._clock() + LOOK
        return 0

    def _learn(self, way: _Way, batch: Batch) -> None:
        intake, models, replay = way
        decoded = intake.decode_again(batch)
        refused: dict[int, tuple[str, str]] = {
            r.position: (r.reason, r.detail) for r in decoded.rejected
        }
        for served in models:
            for at, reason, detail in served.learn(decoded.records):
                refused[decoded.positions[at]] = (reason, detail)
        for position, why in refused.items():
            replay.refuse(position, *why)
        aside = intake.aside
        passed = {**aside.passed, batch.origin: batch.positions[-1]}
        count = aside.replayed + len(batch.messages)
        intake.aside = aside._replace(passed=passed, replayed=count)
        self._log.info(
            "dead letters sent again",
            source=intake.name,
            letters=len(batch.messages),
            in_vain=len(refused),
        )
        if not self._durable:
            replay.commit(passed)

    def commit(self, passed: Mapping[str, Mapping[str, int]]) -> None:
        """Settle what a durable checkpoint holds; ``passed`` is what it says of each source."""
        try:
            for way in self._ways:
                way.replay.commit(passed[way.intake.name])
        except DatabaseFailed as error:  # the next checkpoint, or the next start, settles it
            self._log.warning("dead letters not settled", why=str(error))
