"""The daemon's life: start up, turn until told to stop, shut down; one thread owns every model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import structlog

from lrcontrol.assembly import assemble_model, assemble_source
from lrcontrol.config.settings import Settings
from lrcontrol.intake import Intake, Place
from lrcontrol.keeping.letters import Letters, Told
from lrcontrol.keeping.replays import Replays
from lrcontrol.operating.desk import Desk
from lrcontrol.operating.household import Household
from lrcontrol.operating.notify import Notifier
from lrcontrol.operating.operated import Operated
from lrcontrol.operating.preparing import introduce, prepare
from lrcontrol.operating.reloading import Origin, Reloading
from lrcontrol.record import Record
from lrcontrol.served import Served
from lrcontrol.signals import Stop
from lrcontrol.sources.base import SourceFailed
from lrcontrol.sources.lines import Lines
from lrcontrol.status import Status

if TYPE_CHECKING:
    from lrcontrol.checkpoint.disk import Disk
    from lrcontrol.keeping.kept import Kept
    from lrcontrol.web.server import Server

#: Records that pass between two looks at everything else (stop, status): 64 make the surroundings
#: 3 % of a small model's time, and take a millisecond or two.
BLOCK = 64
#: Least time between two views of the status, seconds: nobody reads more often, and building one
#: after every block costs a small model another percent.
VIEW = 0.05
#: Longest wait of an idle turn, seconds: what a stop or a health check may have to wait.
IDLE_WAIT = 0.1
#: The same while clients ask for predictions, and for so many seconds after the last of them: an
#: answer has to wait for the end of it.
ASKED_WAIT = 0.002
ASKED_FOR = 1.0

Show = Callable[[Status], None]


class Daemon:
    """Runs the sources and models of a configuration.

    ``run`` returns when somebody asked to stop, when every model failed, or when all input has
    ended and ``once`` is set. Without ``once`` a daemon whose input has ended keeps answering
    ``/metrics``, except where the input was a pipe: nothing can come after that. A source of which
    most is bad is paused until ``mend``; with ``once`` that is its end, and an error.

    Where the configuration names a folder of checkpoints it goes on with the newest of them;
    ``fresh`` gives up what was learned. ``origin`` is where the settings were read from, for a
    reload. ``disk`` is for tests.
    """

    def __init__(
        self,
        settings: Settings,
        stop: Stop,
        once: bool = False,
        fresh: bool = False,
        disk: Disk | None = None,
        origin: Origin | None = None,
    ) -> None:
        self._settings = settings  # as it was at the start; what a reload changes, ask _reloading
        self._notifier = Notifier()
        self._reloading = Reloading(settings, origin, self._notifier)
        self._stop = stop
        self._fresh = fresh
        self._disk = disk
        self._kept: Kept | None = None
        self._given_once = once
        self._once = once or all(isinstance(s, Lines) for s in settings.sources.values())
        self._log = structlog.get_logger("lrcontrol")
        self._started_at = time.time()
        self._intakes: list[Intake] = []
        self._served: list[Served] = []
        self._readers: dict[str, list[Served]] = {}
        self._letters: Letters  # from the start on
        self._replays: Replays | None = None
        self._status = Status(started_at=self._started_at, turned=time.monotonic())
        self._desk = Desk(self.status)
        self._operated: Operated  # from the start on
        self.server: Server | None = None

    def status(self) -> Status:
        """Return the newest immutable view; any thread may call this."""
        return self._status

    def run(self, show: Show) -> None:
        """Start, turn, shut down; ``show`` is called with each new view of the status.

        Raises SourceFailed, OSError when the port is taken, and where checkpoints are kept Locked,
        KeyUnusable and NothingUsable.
        """
        with ExitStack() as running:
            self._startup(running)
            try:
                self._turn_until_stopped(show)
                self._end()
            except SourceFailed:  # between two blocks: what was learned is whole
                self._end()
                raise
            finally:
                self._publish(ready=False)

    def _end(self) -> None:
        self._notifier.stopping()
        self._publish(ready=False)
        if self._kept is not None:
            self._kept.end()
        self._operated.end()

    @property
    def models(self) -> Mapping[str, Any]:
        """The River models by name; the learning thread's own, for looking at while it is idle."""
        return {served.name: served.loop.model for served in self._served}

    @property
    def failed(self) -> bool:
        """Whether a model failed."""
        return any(served.failure is not None for served in self._served)

    def mend(self, source: str) -> None:
        """Let a paused source go on; for the thread that learns. Raises LookupError."""
        paused = [i for i in self._intakes if i.name == source and i.aside.paused]
        if not paused:
            raise LookupError(f"{source}: no source of that name is paused")
        self._letters.mend(paused[0])

    def _startup(self, running: ExitStack) -> None:
        kept = self._keep(running)
        self._letters = Letters(self._settings)
        running.callback(self._letters.close)
        household = Household(self._reloading, self.mend, self._show, kept)
        self._operated = Operated(self._desk, self._settings, household)
        self._serve(running)
        self._served = [
            assemble_model(name, settings, kept.loop(name) if kept else None)
            for name, settings in self._settings.models.items()
        ]
        for name, settings in self._settings.sources.items():
            intake = assemble_source(name, settings, self._letters.rejected)
            intake.open(*(kept.place(name) if kept else Place()))
            running.callback(intake.close)
            self._intakes.append(intake)
            self._readers[name] = [s for s in self._served if name in self._inputs(s.name)]
        if store := self._letters.store:
            self._replays = Replays(store, self._intakes, self._readers, durable=kept is not None)
        anew = [one.name for one in self._served if not (kept and kept.loop(one.name))]
        self._operated.begin(self._served, kept.orders if kept else {}, anew)
        household.begin(self._served, self._operated.reloaded)
        if kept:
            kept.begin(self._served, self._intakes, self._letters, self._replays, self._operated)
        self._kept = kept
        for served in self._served:
            introduce(served)
            prepare(served.loop, served.name, self._alive)
        self._log.info("started", models=list(self._settings.models), sources=list(self._readers))

    def _show(self) -> None:
        self._operated.gather()
        self._publish(ready=not self.failed)

    def _alive(self) -> None:
        self._status = self._status._replace(turned=time.monotonic())

    def _keep(self, running: ExitStack) -> Kept | None:
        if self._settings.checkpoint.dir is None:
            self._log.warning("no checkpoints", why="checkpoint.dir names no folder for them")
            return None
        # Imported here: what reads and writes models takes time, and not everybody wants it.
        from lrcontrol.keeping.kept import Kept

        kept = Kept(self._settings, self._fresh, self._disk)
        running.callback(kept.release)
        return kept

    def _serve(self, running: ExitStack) -> None:
        if self._settings.http.address is None:
            return
        # Starlette and the server: only where they are wanted.
        from lrcontrol.web import serve

        self.server = serve(self._desk, lambda: self._reloading.settings)
        running.callback(self.server.stop)

    def _inputs(self, model: str) -> Sequence[str]:
        return self._settings.models[model].inputs or list(self._settings.sources)

    def _turn_until_stopped(self, show: Show) -> None:
        self._publish(ready=True)
        self._notifier.ready()
        busy = True
        while not self._stop.requested and not self._over():
            busy = self._turn(0.0 if busy else self._pause)
            if time.monotonic() - self._status.turned >= VIEW:
                self._look()
                show(self._status)

    @property
    def _pause(self) -> float:
        asked = time.monotonic() - self._desk.asked_at < ASKED_FOR
        return ASKED_WAIT if asked else IDLE_WAIT

    def _look(self) -> None:
        """See to what need not be seen to after each block."""
        self._show()
        self._notifier.turned()
        if self.server is not None:
            self.server.come_beside()
        self._operated.clerk.expire()
        if self._stop.reload:
            self._stop.reload = False
            self._desk.ask_reload("SIGHUP")

    def _over(self) -> bool:
        if all(served.failure is not None for served in self._served):
            return True
        if not self._once or (self._replays is not None and self._replays.pending):
            return False
        paused = [intake for intake in self._intakes if intake.aside.paused]
        if paused and self._given_once and not any(intake.live for intake in self._intakes):
            raise SourceFailed(f"source {paused[0].name} is paused: {paused[0].aside.paused}")
        return all(intake.ended for intake in self._intakes)

    def _turn(self, wait: float) -> bool:
        self._letters.turn()
        live = [] if self._letters.full else [(n, i) for n, i in enumerate(self._intakes) if i.live]
        if not live:
            self._desk.wait(wait)  # nothing to read: only scrapes, a stop, or an order can come
        got = 0
        for number, intake in live:  # each in turn and one block each: none starves another
            got += self._block(number, intake, wait / len(live))
        if live and all(intake.ended for intake in self._intakes):
            for served in self._served:
                served.end()
            self._log.info("input ended", once=self._once)
        if self._replays and not (self._kept and self._kept.careful):
            got += self._replays.turn()
        self._operated.turn()
        if self._kept:
            self._kept.turn()
        return got > 0

    def _block(self, number: int, intake: Intake, wait: float) -> int:
        kept, position = self._kept, intake.position
        records = intake.take(1 if kept and kept.careful else BLOCK, wait)
        if kept and records:
            records = kept.enter(number, position, records)
        running = [served for served in self._readers[intake.name] if served.failure is None]
        told = [self._learn(served, records) for served in running]
        self._letters.judge(intake, told)
        if kept:
            kept.leave()
        self._operated.clerk.answer()
        return 0 if intake.taken is None else len(intake.taken.batch.messages)

    def _learn(self, served: Served, records: Sequence[Record]) -> Told:
        unlearned = served.learn(records)
        if served.failure is not None:
            self._log.error("model failed", model=served.name, exc_info=served.failure)
        return Told(served.name, unlearned)

    def _publish(self, ready: bool) -> None:
        wall = time.time()
        kept, letters = self._kept.status if self._kept else None, self._letters.status
        problem = (kept and kept.problem) or (letters and letters.problem)
        self._status = Status(
            tuple(served.status(wall) for served in self._served),
            tuple(intake.status for intake in self._intakes),
            self._started_at,
            time.monotonic(),
            ready and not problem and not any(i.aside.paused for i in self._intakes),
            self._stop.requested,
            kept,
            letters,
            self._reloading.status,
            self._reloading.hash,
        )
