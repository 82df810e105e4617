"""The daemon's dealings with its dead letters: kept, counted, and when to stop reading."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

import structlog

from lrcontrol.config.settings import Settings
from lrcontrol.deadletters.letter import Letter, letter
from lrcontrol.deadletters.store import DeadLetters
from lrcontrol.decode import Rejection, Rows
from lrcontrol.intake import Intake, Taken
from lrcontrol.keeping.database import DatabaseFailed
from lrcontrol.log import RateLimited
from lrcontrol.served import Unlearned
from lrcontrol.status import DeadLettersStatus

#: Seconds after which waiting letters are written though no checkpoint asks for them: for people
#: who look. A write costs 0.2 ms.
SOON = 1.0
#: Seconds between two attempts at a disk that is bad or full.
RETRY = 1.0


class Told(NamedTuple):
    """What one model did not learn of a block."""

    model: str
    unlearned: Sequence[Unlearned]


class Letters:
    """Keeps every message that could not be learned, and pauses a source where most are bad.

    A letter is durable before any checkpoint is past it (``flush``). While ``full``, because the
    disk is bad, nothing more is to be read. Without a file messages are counted and not kept.

    Raises OSError where the file cannot be opened.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        section = settings.dead_letters
        self._breaker = section.breaker
        self._clock = clock
        self._log = structlog.get_logger("lrcontrol")
        self._noisy = RateLimited(self._log, clock)
        self._began = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._due = clock() + SOON
        self._failing = False
        self.status: DeadLettersStatus | None = None
        self.store: DeadLetters | None = None
        path = section.file(settings.checkpoint.folder)
        if path is None:
            why = "neither dead_letters.path nor checkpoint.dir says where"
            self._log.warning("no dead letters", why=why)
            return
        try:
            self.store = DeadLetters(path, section.shelf)
            self.status = DeadLettersStatus(*self.store.counts)
        except DatabaseFailed as error:
            raise OSError(f"dead letters: {error}") from error

    def rejected(self, source: str, rejection: Rejection) -> None:
        """Log a message that gave no record."""
        fields = {"position": rejection.position, "detail": rejection.detail}
        key = (source, rejection.reason)
        self._noisy.warning("message rejected", key=key, source=source, **fields)

    def judge(self, intake: Intake, told: Sequence[Told]) -> None:
        """Keep what of the last block was not learned; pause its source where most is bad.

        ``told`` are the models that were running. A record is bad where none of them learned it.
        """
        taken, aside = intake.taken, intake.aside
        if taken is None:
            return
        some = bool(taken.decoded.rejected) or any(unlearned for _, unlearned in told)
        if not some and not aside.broken.bits:
            return
        broken = self._breaker.update(aside.broken, len(taken.batch.messages), _bad(taken, told))
        intake.aside = aside._replace(broken=broken)
        if some:
            refused = list(_unlearned(intake.name, taken, told))
            for each in refused:
                self._refused(each)
            letters = [*_undecoded(intake.name, taken), *refused]
            letters.sort(key=attrgetter("position"))
            self._keep(intake, letters)
            if broken.paused and not aside.broken.paused:
                self._pause(intake, letters[-1])

    def killed(self, intake: Intake) -> None:
        """Keep the last block, one record, as what killed the process."""
        taken = intake.taken
        assert taken is not None
        batch, header = taken.batch, _header(taken)
        why = "the process ended while it was learned, several times in a row"
        self._keep(
            intake,
            [
                letter(intake.name, batch.origin, position, "killed", why, message, "", header)
                for position, message in zip(batch.positions, batch.messages, strict=True)
            ],
        )

    def mend(self, intake: Intake) -> None:
        """Let a paused source go on; nothing bad is remembered but how often it paused."""
        aside = intake.aside
        intake.aside = aside._replace(broken=self._breaker.mend(aside.broken), paused="")
        self._log.info("source goes on", source=intake.name)

    @property
    def full(self) -> bool:
        """Whether so much waits for a bad disk that nothing more may be read."""
        return self.store is not None and self.store.full

    def turn(self) -> None:
        """Write what waits, if it is time."""
        if self.store is not None and self.store.waiting and self._clock() >= self._due:
            self._try()

    def flush(self) -> None:
        """Make every letter durable. Raises DatabaseFailed."""
        store, status = self.store, self.status
        if store is None or status is None:
            return
        self._due = self._clock() + SOON
        try:
            store.flush()
            held, size, dropped = store.counts
        except DatabaseFailed as error:
            self._due = self._clock() + RETRY
            self._failing = True
            problem = f"dead letters cannot be kept: {error}"
            failures = status.failures + 1
            self.status = status._replace(failures=failures, problem=problem, waiting=store.waiting)
            self._noisy.warning("dead letters not written", key="write", why=str(error))
            raise
        if self._failing:
            self._failing = False
            self._log.info("dead letters written again", failures=status.failures)
        self.status = DeadLettersStatus(held, size, dropped, 0, status.failures)

    def close(self) -> None:
        """Write what waits, and close the file; what cannot be written is told and lost."""
        if self.store is not None:
            self._try()
            if self.store.waiting:
                why = self.status.problem if self.status else ""
                self._log.error("dead letters lost", letters=self.store.waiting, why=why)
            self.store.database.close()
        self._noisy.flush()

    def _try(self) -> None:
        with suppress(DatabaseFailed):  # told, counted, and tried again
            self.flush()

    def _keep(self, intake: Intake, letters: Sequence[Letter]) -> None:
        intake.aside = intake.aside.counted(Counter(each.reason for each in letters))
        if self.store is None or self.status is None:
            return
        if not intake.replayable:  # its positions begin anew with each start
            letters = [e._replace(origin=f"{e.origin} since {self._began}") for e in letters]
        self.store.add(letters)
        self.status = self.status._replace(waiting=self.store.waiting)
        if self.store.full and not self._failing:
            self._try()

    def _refused(self, each: Letter) -> None:
        self._noisy.warning(
            "record failed" if each.reason == "failed" else "record refused",
            key=(each.model, each.reason),
            model=each.model,
            source=each.source,
            position=each.position,
            detail=each.error,
        )

    def _pause(self, intake: Intake, last: Letter) -> None:
        breaker = self._breaker
        store = f"{self.store.database.path}" if self.store else "STORE"
        why = (
            f"more than {breaker.share:.0%} of the last {breaker.window} messages were bad, the "
            f"last for {last.reason}: {last.error}; look at them (lrcontrol dlq list {store}), "
            f"mend the stream and say so (lrcontrol mend {intake.name} --reason WHY), or start "
            "again"
        )
        intake.aside = intake.aside._replace(paused=why)
        self._log.error("source paused", source=intake.name, why=why)


def _undecoded(source: str, taken: Taken) -> Iterator[Letter]:
    header = _header(taken)
    for reason, detail, position, message in taken.decoded.rejected:
        made = letter(source, taken.batch.origin, position, reason, detail, message, "", header)
        # A source hands on no more of a long message than shows that it is too long.
        yield made._replace(whole=made.whole and reason != "too_large")


def _unlearned(source: str, taken: Taken, told: Sequence[Told]) -> Iterator[Letter]:
    batch, positions, header = taken.batch, taken.decoded.positions, _header(taken)
    for model, unlearned in told:
        for at, reason, detail in unlearned:
            position = positions[at]
            message = batch.messages[taken.place(position)]
            yield letter(source, batch.origin, position, reason, detail, message, model, header)


def _header(taken: Taken) -> bytes:
    messages: Any = taken.batch.messages
    return messages.header if isinstance(messages, Rows) else b""


def _bad(taken: Taken, told: Sequence[Told]) -> list[int]:
    """Return the places in the batch of what no model learned."""
    bad = [taken.place(rejection.position) for rejection in taken.decoded.rejected]
    often = Counter(each.at for _, unlearned in told for each in unlearned)
    positions = taken.decoded.positions
    return bad + [taken.place(positions[at]) for at, n in often.items() if n == len(told)]
