"""From text to a learned model: JSON lines here, against River and Vowpal Wabbit on the same."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from sides import BLOCK, Contender, Side, bare, looped, model, ratio, stream

from lrcontrol import Loop, Record
from lrcontrol.intake import Intake
from lrcontrol.sources.file import File

#: Streams that are written to files; rounds go through them in turn.
FILES = 3


def bare_lines(river: Any) -> Side:
    """Return River's own loop over JSON lines."""
    numbers = bare(river)

    def side(lines: Sequence[bytes]) -> None:
        for line in lines:
            x = json.loads(line)
            numbers([Record(x, x.pop("y"))])

    return side


def ours_file(loop: Loop) -> Side:
    """Return source, decoder and loop over the files named."""

    def side(paths: Sequence[str]) -> None:
        for path in paths:
            intake = Intake("s", "file", File(path=path), time.time, _unexpected)
            intake.open({})
            while not intake.ended:
                loop.learn(intake.take(BLOCK, 0.0))
            intake.close()

    return side


def _unexpected(source: str, rejection: Any) -> None:
    raise SystemExit(f"{source} rejected {rejection}")


def lines_of(records: Sequence[Record]) -> Iterator[bytes]:
    """Yield records as JSON lines."""
    for x, y, _, _ in records:
        yield json.dumps({**x, "y": y}).encode()


def vowpal(path: str) -> None:
    """Learn a file in Vowpal Wabbit's own text format, by its own parser, squared loss."""
    workspace = import_module("vowpalwabbit").Workspace(f"-d {path} --quiet")
    workspace.finish()


class Files(NamedTuple):
    """The same records as lists of JSON lines, as files of them, and in Vowpal Wabbit's format."""

    lines: list[list[bytes]]
    paths: list[str]
    texts: list[str]


def files(rows: int, folder: Path) -> Files:
    """Write a few streams of ten numbers a record."""
    found = Files([], [], [])
    for seed in range(FILES):
        records = stream("d10", rows, seed)
        found.lines.append(list(lines_of(records)))
        path, text = folder / f"{seed}.ndjson", folder / f"{seed}.vw"
        path.write_bytes(b"\n".join(found.lines[-1]) + b"\n")
        rendered = (
            f"{y} | " + " ".join(f"{k}:{v}" for k, v in x.items()) for x, y, _, _ in records
        )
        text.write_text("\n".join(rendered) + "\n")
        found.paths.append(str(path))
        found.texts.append(str(text))
    return found


def against_river(contender: Contender, given: Files, rounds: int) -> float:
    """Return the ratio in CPU time to River and json.loads, from files of JSON lines."""
    a, b = ours_file(looped(contender, "d10")), bare_lines(model("d10", contender.optimizer))
    sides = (lambda i: a([given.paths[i % FILES]]), lambda i: b(given.lines[i % FILES]))
    return ratio(*sides, rounds, time.thread_time)


def against_vowpal(contender: Contender, given: Files, rounds: int) -> float | None:
    """Return the ratio in wall time to Vowpal Wabbit, each from its own files; None without it."""
    if find_spec("vowpalwabbit") is None:
        return None
    a = ours_file(looped(contender, "d10"))
    sides = (lambda i: a([given.paths[i % FILES]]), lambda i: vowpal(given.texts[i % FILES]))
    return ratio(*sides, rounds, time.perf_counter)
