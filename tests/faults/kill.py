"""Kills a daemon at random instants and starts it again until its input ends: nothing may differ.

    python -m tests.faults.kill --kills 20000 --seed 1 [--only bank] [--jobs 2]

River is imported once; each daemon is a fork, so that a start takes milliseconds. The clean run is
one that was never killed and wrote no checkpoint at all.
"""

from __future__ import annotations

import argparse
import mmap
import os
import pickle
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from lrcontrol import log
from lrcontrol.checkpoint.disk import Posix
from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.signals import Stop

from .cases import CASES, Case, config, write_input
from .forks import ended, forked, until
from .outcome import LEAVES, outcome

#: Share of the kills that wait for a write to begin; the others fall where they fall.
AIMED = 0.4
#: Longest such wait, seconds.
AIM = 0.5
#: Longest such wait for a checkpoint to become durable.
PROGRESS = 30.0
#: Starts in a row that are killed before they made a checkpoint durable: some more than the breaker
#: takes before it is careful, so that this is tried too.
MOST_IDLE = 5
#: Starts in a row without a durable checkpoint after which something is wrong.
MOST_STUCK = 12
#: Longest random delay before a kill, seconds.
LONGEST = 0.03
#: A daemon that is not killed must come to its end within this many seconds.
PATIENCE = 120.0


class Marked(Posix):
    """A disk that says in shared memory whether a checkpoint is being written."""

    def __init__(self, page: mmap.mmap) -> None:
        self._page = page

    def create(self, path: Path) -> int:
        self._page[0] = 1
        return super().create(path)

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        # The folder, after a file was made in it: the last step. A start syncs it too.
        if self._page[0] and os.path.isdir(f"/proc/self/fd/{descriptor}"):
            self._page[0] = 0
            self._page[1] = min(self._page[1] + 1, 255)


def daemon_of(
    case: Case, folder: Path, kept: bool, page: mmap.mmap | None = None
) -> Callable[[], None]:
    """Return what starts a daemon, runs it to the end of its input and leaves its outcome."""

    def run() -> None:
        if case.source == "stdin":
            os.dup2(os.open(folder.parent / "input.ndjson", os.O_RDONLY), 0)
        disk = None if page is None else Marked(page)
        daemon = Daemon(loads(config(case, folder, kept)).settings, Stop(), once=True, disk=disk)
        daemon.run(lambda status: None)
        if case.source == "stdin" and not kept:
            assert sum(map(bool, daemon.status().sources)) == 1
        (folder / "outcome.tmp").write_bytes(pickle.dumps(outcome(daemon, folder / "letters.db")))
        os.rename(folder / "outcome.tmp", folder / "outcome")

    return run


class Tally(NamedTuple):
    """What came of it."""

    kills: int
    inside: int  # of them, while a checkpoint was being written
    ends: int  # runs that came to their end after having been killed
    put_aside: int  # of them, those where the breaker took a record for a killer
    mismatches: list[str]


def clean(name: str, folder: Path) -> dict[str, Any]:
    """Return the outcome of a case that nothing happened to."""
    case = CASES[name]
    folder.mkdir()
    write_input(folder.parent / "input.ndjson", case)
    assert ended(forked(daemon_of(case, folder, kept=case.source == "stdin")))
    return _loaded(folder)


def _loaded(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = pickle.loads((folder / "outcome").read_bytes())
    return found


def one_life(case: Case, folder: Path, rng: random.Random, page: mmap.mmap) -> Iterator[bool]:
    """Start a daemon again and again until it ends; yield, a kill, whether it was in a write."""
    idle = 0  # starts in a row that made no checkpoint durable
    while True:
        page[0] = page[1] = 0
        pid = forked(daemon_of(case, folder, True, page))
        if idle >= MOST_IDLE or rng.random() < 0.5:
            wanted = 1 if idle >= MOST_IDLE else rng.randint(1, 4)
            until(lambda wanted=wanted: page[1] >= wanted, PROGRESS, pid)
        time.sleep(rng.uniform(0.0, LONGEST))  # when to kill is what is tried
        if rng.random() < AIMED:
            until(lambda: page[0] == 1, AIM, pid)
            time.sleep(rng.uniform(0.0, 0.0005))
        os.kill(pid, signal.SIGKILL)  # one that has ended is there until it is waited for
        inside, idle = bool(page[0]), 0 if page[1] else idle + 1
        if ended(pid):
            return
        assert idle < MOST_STUCK, "no checkpoint becomes durable, see above"
        yield inside


def kill(name: str, kills: int, seed: int) -> Tally:
    """Kill a case so many times."""
    rng, case = random.Random(f"{seed} {name}"), CASES[name]
    done = inside = ends = aside = 0
    mismatches: list[str] = []
    with tempfile.TemporaryDirectory() as top:
        wanted = clean(name, Path(top) / "clean")
        page = mmap.mmap(-1, mmap.PAGESIZE)
        while done < kills:
            folder = Path(top) / f"life-{ends}"
            folder.mkdir()
            for was_inside in one_life(case, folder, rng, page):
                done, inside = done + 1, inside + was_inside
            ends += 1
            found = _loaded(folder)
            aside += bool(found["put aside"])
            leaves, was = found.pop(LEAVES), wanted[LEAVES]
            differ = [what for what in found if found[what] != wanted[what]]
            if differ and not found["put aside"]:
                mismatches.append(f"{name}, seed {seed}, life {ends}: {', '.join(differ)}")
                paths = [path for path in {**was, **leaves} if leaves.get(path) != was.get(path)]
                for path in paths[:9]:
                    click.echo(f"{path} {was.get(path)} {leaves.get(path)}", err=True)
    return Tally(done, inside, ends, aside, mismatches)


def warm(names: list[str]) -> None:
    """Import and compile everything once, in this process, before it forks."""
    log.configure("error", "json")
    for name in names:
        with tempfile.TemporaryDirectory() as top:
            case, folder = CASES[name]._replace(source="file"), Path(top) / "warm"
            folder.mkdir()
            small = case._replace(records=400)
            write_input(folder.parent / "input.ndjson", small)
            daemon = Daemon(loads(config(small, folder, True)).settings, Stop(), once=True)
            daemon.run(lambda status: None)
            outcome(daemon, folder / "letters.db")


def run(kills: int, seed: int, names: list[str], jobs: int = 1) -> Tally:
    """Kill each case its share of times, print what came of it, and return the sum.

    ``jobs`` cases at a time, each in a process of its own.
    """
    warm(names)
    with tempfile.TemporaryDirectory() as top:
        shares = [names[at::jobs] for at in range(jobs) if names[at::jobs]]
        paths = [Path(top) / str(at) for at in range(len(shares))]
        each = -(-kills // len(names))
        workers = [
            forked(lambda share=share, path=path: _worked(share, each, seed, path))
            for share, path in zip(shares, paths, strict=True)
        ]
        assert sum(map(ended, workers)) == len(workers), "a worker was killed"
        found = [one for path in paths for one in pickle.loads(path.read_bytes())]
    numbers = [sum(column) for column in zip(*(one[:-1] for one in found), strict=True)]
    return Tally(*numbers, [text for one in found for text in one.mismatches])


def _worked(names: list[str], kills: int, seed: int, path: Path) -> None:
    found = []
    for name in names:
        before = time.monotonic()
        one = kill(name, kills, seed)
        found.append(one)
        share = one.inside / max(one.kills, 1)
        click.echo(
            f"{name:16} {one.kills:6} kills  {share:4.0%} inside a write  "
            f"{one.ends:4} ends  {one.put_aside} put aside  "
            f"{len(one.mismatches)} mismatches  {time.monotonic() - before:.0f} s",
        )
        sys.stdout.flush()
    path.write_bytes(pickle.dumps(found))


def main() -> None:
    """Run it from the command line; fails where anything differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("--jobs", type=int, default=1, help="cases at a time")
    given = parser.parse_args()
    total = run(given.kills, given.seed, given.only or list(CASES), given.jobs)
    click.echo(
        f"{total.kills} kills, {total.inside / total.kills:.0%} inside a write, {total.ends} ends,"
    )
    click.echo(f"{total.put_aside} with a record put aside, {len(total.mismatches)} mismatches")
    click.echo("\n".join(total.mismatches))
    raise SystemExit(bool(total.mismatches))


if __name__ == "__main__":
    main()
