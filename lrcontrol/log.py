"""Log lines on standard error: how they are written, and how many of a kind.

structlog and the standard library's ``logging`` (asyncio, warnings) come out of one
handler in one form. What a line holds may come from the stream, so every text is escaped and
capped: a record can neither forge a line, nor steer a terminal, nor break the JSON.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import islice
from typing import Any, Literal, get_args

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from lrcontrol.secret import MASK, Secret

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "json", "console"]

#: Characters kept of one text, its head and its tail: a traceback says most at its end.
TEXT = 4000
#: Entries kept of one list or mapping.
ENTRIES = 50
#: Lines of one kind an interval (seconds), and kinds told apart; later kinds share one allowance.
LINES = 5
INTERVAL = 60.0
KINDS = 64
OTHERS = "others"
#: What comes first on a line.
FIRST = ("timestamp", "level", "event")
#: Texts that are lines themselves.
MULTILINE = ("exception", "stack")


def configure(level: Level = "info", format: Format = "auto") -> None:
    """Send every log line to standard error, ours from ``level`` on, other libraries' warnings.

    ``auto`` is ``console`` where standard error is a terminal, else ``json``: one object a line.
    May be called again; the last call counts. Raises ValueError for an unknown level or format.
    """
    if level not in get_args(Level) or format not in get_args(Format):
        raise ValueError(f"log: no level {level!r} or no format {format!r}")
    number = logging.getLevelName(level.upper())
    stamp: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    handler = logging.StreamHandler(_Stderr())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=stamp,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                plain,
                _renderer(format),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
    logging.getLogger("lrcontrol").setLevel(number)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*stamp, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


class _Stderr:
    """Whatever ``sys.stderr`` is when a line is written: the live view puts itself before it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _renderer(format: Format) -> Processor:
    terminal = sys.stderr.isatty()
    if format == "console" or (format == "auto" and terminal):
        return structlog.dev.ConsoleRenderer(
            colors=terminal and not os.environ.get("NO_COLOR"),
            exception_formatter=structlog.dev.plain_traceback,
            sort_keys=False,
        )
    return lambda _logger, _method, event: json.dumps(event, allow_nan=False)


def plain(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Return the line's fields as values that JSON has and a terminal can show; a processor."""
    names = [*(k for k in FIRST if k in event), *(k for k in event if k not in FIRST)]
    return {printable(str(k)): _value(event[k], keep="\n" * (k in MULTILINE)) for k in names}


def _value(value: Any, keep: str = "", nested: bool = False) -> Any:
    """Return ``value`` made of JSON's own types; what lies deeper than one level, as its repr."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, str):
        return printable(value, keep)
    if isinstance(value, bytes | bytearray):
        return printable(value.decode("utf-8", "backslashreplace"))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))  # JSON has no nan
    if isinstance(value, int):
        return value if value.bit_length() <= 64 else printable(hex(value))  # decimal may raise
    if value is None:
        return None
    if not nested and isinstance(value, Mapping):
        kept = islice(value.items(), ENTRIES)
        return {printable(str(k)): _value(v, nested=True) for k, v in kept}
    if not nested and isinstance(value, list | tuple | set | frozenset):
        return [_value(v, nested=True) for v in islice(value, ENTRIES)]
    return printable(repr(value))


def printable(text: str, keep: str = "") -> str:
    r"""Return ``text`` capped, with what does not print escaped, except the characters in ``keep``.

    >>> print(printable("fare\x1b[31m\nlevel=error"))
    fare\x1b[31m\nlevel=error
    """
    if len(text) > TEXT:
        text = f"{text[: TEXT // 2]} ... {text[-TEXT // 2 :]}"
    return text if text.isprintable() else "".join(_escaped(text, keep))


def _escaped(text: str, keep: str) -> Iterator[str]:
    for character in text:
        shown = character.isprintable() or character in keep
        yield character if shown else character.encode("unicode_escape").decode("ascii")


class RateLimited:
    """A logger that writes at most ``lines`` lines a kind in ``interval`` seconds.

    A kind is an event and a ``key``. The last line before the silence says how long it lasts, the
    first one after it how many were left out. Kinds beyond ``kinds`` share one allowance for each
    event, because keys may come from the stream. ``clock`` gives seconds, monotonic. For lines
    that say the same over and over: never for what must not be missed.
    """

    def __init__(
        self,
        log: FilteringBoundLogger,
        clock: Callable[[], float],
        lines: int = LINES,
        interval: float = INTERVAL,
        kinds: int = KINDS,
    ) -> None:
        self._log = log
        self._clock = clock
        self._lines = lines
        self._interval = interval
        self._kinds = kinds
        self._windows: dict[tuple[str, Hashable], _Window] = {}

    def warning(self, event: str, *, key: Hashable, **fields: Any) -> None:
        """Log ``event`` with ``fields``, or count it."""
        now = self._clock()
        window = self._window(event, key)
        if now - window.began >= self._interval:
            if window.lines > self._lines:
                fields["suppressed"] = window.lines - self._lines
            window.began, window.lines = now, 0
        window.lines += 1
        if window.lines == self._lines:
            fields["silent_for"] = round(window.began + self._interval - now, 3)
        if window.lines <= self._lines:
            self._log.warning(event, **fields)

    def flush(self) -> None:
        """Log how many lines were left out and not told yet; call it when the run ends."""
        for (event, key), window in self._windows.items():
            if window.lines > self._lines:
                self._log.warning(event, key=str(key), suppressed=window.lines - self._lines)
        self._windows.clear()

    def _window(self, event: str, key: Hashable) -> _Window:
        window = self._windows.get((event, key))
        if window is None:
            kind = (event, key if len(self._windows) < self._kinds else OTHERS)
            window = self._windows.setdefault(kind, _Window())
        return window


class _Window:
    """When an interval began and how many lines were wanted in it."""

    __slots__ = ("began", "lines")

    def __init__(self) -> None:
        self.began = -math.inf
        self.lines = 0
