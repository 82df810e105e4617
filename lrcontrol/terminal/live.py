"""The live view: a few lines on a terminal that follow the status while the daemon runs."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live as RichLive
from rich.text import Text

from lrcontrol.status import ModelStatus, Status
from lrcontrol.terminal.frame import lines, model_columns, source_columns

#: Seconds between two frames: eight a second look smooth and cost one percent of a core.
FRAME = 0.125
#: Frames over which records a second are counted: two seconds, so that the figure can be read.
SPAN = 16
#: (what, name) -> how many so far.
Counts = Mapping[tuple[str, str], int]


class Live:
    """The view, drawn by whoever calls ``show``; on anything but a terminal it draws nothing.

    Has no thread of its own: the learning thread calls ``show`` once a block, which costs a look at
    ``clock`` (seconds, monotonic) when a frame is not due. A terminal that goes away ends the view,
    not the daemon. Lines logged to the terminal meanwhile appear above the view.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._due = -math.inf
        self._past: deque[tuple[float, Counts]] = deque(maxlen=SPAN)
        self._shown = Text()
        self._screen: RichLive | None = None

    def __enter__(self) -> Self:
        if self._console.is_interactive:
            self._screen = RichLive(
                console=self._console,
                auto_refresh=False,
                transient=True,  # the summary says it all again
                redirect_stdout=sys.stdout.isatty(),  # a file keeps getting its lines
                redirect_stderr=sys.stderr.isatty(),
            )
            self._screen.start()
            self._console.show_cursor(True)  # a kill -9 could not bring it back
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def active(self) -> bool:
        """Whether there is a terminal to draw on."""
        return self._screen is not None

    def show(self, status: Status) -> None:
        """Draw ``status`` if a frame is due and it differs from the last one."""
        now = self._clock()
        if self._screen is None or now < self._due:
            return
        self._due = now + FRAME
        frame = self._frame(status, now)
        if frame == self._shown:
            return
        self._shown = frame
        try:
            self._screen.update(frame, refresh=True)
        except OSError:  # the terminal is gone (EIO after a hang-up)
            self._end()

    def _end(self) -> None:
        screen, self._screen = self._screen, None
        if screen is not None:
            with contextlib.suppress(OSError):
                screen.stop()

    def _frame(self, status: Status, now: float) -> Text:
        counts = counts_of(status)
        self._past.append((now, counts))
        began, first = self._past[0] if len(self._past) > 1 else (now, {})
        grown = {key: count - first.get(key, 0) for key, count in counts.items()}
        passed = now - began

        def speed(what: str, name: str) -> float:
            return grown[what, name] / passed if passed > 0 else 0.0

        models = model_columns(
            [lately(m, grown["lost", m.name]) for m in status.models],
            [speed("learned", m.name) for m in status.models],
        )
        sources = source_columns(
            status.sources,
            [speed("read", s.name) for s in status.sources],
            ascii_only=self._console.options.ascii_only,
        )
        room = self._console.width
        return Text("\n").join([*lines(models, room), *lines(sources, room)[1:]])


def counts_of(status: Status) -> Counts:
    """Return how many records each model learned and lost, and each source read."""
    learned = {("learned", m.name): m.loop.steps for m in status.models}
    lost = {("lost", m.name): m.loop.loss_nonfinite for m in status.models}
    return learned | lost | {("read", s.name): s.records for s in status.sources}


def lately(model: ModelStatus, lost: int) -> ModelStatus:
    """Return the model with only the losses ``lost`` of late: one that recovered has recovered."""
    if not model.loop.loss_count:
        return model
    return model._replace(loop=model.loop._replace(loss_nonfinite=lost))
