"""Kills a daemon at random instants and starts it again until its input ends: nothing may differ.

    python -m tests.faults.kill --kills 20000 --seed 1 [--only bank]

River is imported once; each daemon is a fork, so that a start takes milliseconds. The clean run is
one that was never killed and wrote no checkpoint at all.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import pickle
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import click

from lrcontrol import log
from lrcontrol.checkpoint import exact, state
from lrcontrol.checkpoint.disk import Posix
from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.loop import Loop
from lrcontrol.signals import Stop

#: What is no state: stopwatches, ways into the model that are found again, and the names the guard
#: saw last, which only spare it a look. And what is compared
#: by its content (``_held``): records held in blocks, and copies that are bytes or not.
TRANSIENT = ("watch", "_path", "_usual", "_blocks", "_marked", "_pinned")
#: Share of the kills that wait for a write to begin; the others fall where they fall.
AIMED = 0.4
#: Longest such wait, seconds.
AIM = 0.5
#: Longest such wait for a checkpoint to become durable.
PROGRESS = 5.0
#: Starts in a row that are killed before they made a checkpoint durable: enough for the breaker to
#: become careful, too few for it to take a record for the killer.
MOST_IDLE = 5
#: Longest random delay before a kill, seconds.
LONGEST = 0.03
#: A daemon that is not killed must come to its end within this many seconds.
PATIENCE = 120.0

#: Each number of the state by its path: shown where something differs.
LEAVES = "leaves"

SOURCES = {
    "file": "{type: file, path: INPUT}",
    "dataset": "{type: dataset, name: Phishing}",
    "stdin": "{type: lines, rewinds: true, journal: {path: JOURNAL}}",
}
SCALER = "{class: preprocessing.StandardScaler}"
LINEAR = f"[{SCALER}, {{class: linear_model.LinearRegression, optimizer: {{class: optim.SGD}}}}]"
ADAM = f"[{SCALER}, {{class: linear_model.LinearRegression, optimizer: {{class: optim.Adam}}}}]"
LOGISTIC = (
    f"[{SCALER}, {{class: linear_model.LogisticRegression, optimizer: {{class: optim.SGD}}}}]"
)
SOFTMAX = f"[{SCALER}, {{class: linear_model.SoftmaxRegression, optimizer: {{class: optim.SGD}}}}]"
TREE = (
    "[{class: tree.HoeffdingTreeRegressor, grace_period: 50, "
    "leaf_model: {class: linear_model.LinearRegression, optimizer: {class: optim.SGD}}}]"
)
MACHINE = f"[{SCALER}, {{class: facto.FMRegressor, seed: 1}}]"


class Case(NamedTuple):
    """A source, a pipeline, a controller, and how many records there are."""

    source: str
    pipeline: str
    controller: str
    records: int = 2000
    more: str = ""


CASES: dict[str, Case] = {
    "linear": Case("file", LINEAR, "{type: bold_driver}"),
    "tree": Case("file", TREE, "{type: plateau}", 600),
    "softmax": Case("file", SOFTMAX, "{type: pid}"),
    "dataset": Case("dataset", LOGISTIC, "{type: pid}", 1250),
    "stdin": Case("stdin", LINEAR, "{type: bold_driver}"),
    "trace": Case("file", LINEAR, "{type: trace}"),
    "trace plain": Case("file", LINEAR, "{type: trace}", more="limits: {low: 1.0e-6, high: 10.0}"),
    "bank": Case("file", ADAM, "{type: bank}"),
    "bank softmax": Case("file", SOFTMAX, "{type: bank}"),
    "race": Case("file", TREE, "{type: race}", 300),
    "mixture": Case("file", LINEAR, "{type: mixture}"),
    "mixture dataset": Case("dataset", LOGISTIC, "{type: mixture}", 1250),
    "auto machine": Case("file", MACHINE, "{type: auto}"),
}


def config(case: Case, folder: Path, kept: bool) -> str:
    """Return the YAML of a daemon in a folder, with checkpoints as often as they can be or none."""
    source = SOURCES[case.source].replace("INPUT", str(folder.parent / "input.ndjson"))
    keep = (
        f"checkpoint: {{dir: {folder / 'state'}, "
        "cadence: {records: 1, duty: 0.999}, retention: {hourly: 0}}\n"
    )
    return (
        f"version: 1\nsources:\n  in: {source.replace('JOURNAL', str(folder / 'journal.db'))}\n"
        f"models:\n  m:\n    pipeline: {case.pipeline}\n    controller: {case.controller}\n"
        f"    period: 16\n    metrics: []\n    {case.more}\n"
        f"{keep if kept else ''}http: {{listen: null}}\nlog: {{level: error}}\n"
    )


def write_input(path: Path, case: Case) -> None:
    """Write the records of a case: the same for the same case, lines that are no record among."""
    rng = random.Random(f"{case}")
    several = "Softmax" in case.pipeline
    with path.open("w") as out:
        for i in range(case.records):
            x = {name: rng.gauss(0, 1 + at) for at, name in enumerate("abc")}
            if i > 300:
                x[f"is {i % 3}"] = 1.0
            s = x["a"] - 0.5 * x["b"] + rng.gauss(0, 0.3)
            y: Any = ("low", "middle", "high")[(s > 0) + (s > 1)] if several else s
            if i % 97 == 5:
                x["a"] = 1e300  # refused by the guard
            out.write(json.dumps({**x, "y": y}) + "\n")
            if i % 131 == 7:
                out.write("no record\n")


class Marked(Posix):
    """A disk that says in shared memory whether a checkpoint is being written."""

    def __init__(self, page: mmap.mmap) -> None:
        self._page = page

    def create(self, path: Path) -> int:
        self._page[0] = 1
        return super().create(path)

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # the folder: the last step
            self._page[0] = 0
            self._page[1] = min(self._page[1] + 1, 255)


def outcome(daemon: Daemon) -> dict[str, Any]:
    """Return everything that must be equal, to the last bit."""
    (served,), (intake,) = daemon._served, daemon._intakes
    loop, place = served.loop, intake.place()
    rng = random.Random(5)
    probes = [{name: rng.gauss(0, 2) for name in "abc"} for _ in range(20)]
    return {
        "held": _held(loop),
        "state": state.digest(loop, skip=TRANSIENT),
        LEAVES: {path: repr(value) for path, value in state.leaves(loop, skip=TRANSIENT)},
        "predictions": exact.dumps([loop.predict_one(x) for x in probes]),
        "counters": repr(loop.status),
        "positions": dict(place.positions),
        "read": dict(place.counters),
        "failure": repr(served.failure),
        "put aside": daemon.status().checkpoint.put_aside if daemon.status().checkpoint else 0,
    }


def _held(loop: Loop) -> str:
    """Return a digest of what the watch over divergence holds back."""
    watched: Any = getattr(loop, "_watched", None)
    if watched is None:
        return "nothing"
    # Least records between two copies, from the bytes of a pickle: a few more or less of them after
    # a restart. What comes of it, other copies, is compared here.
    watched.state = watched.state._replace(spacing=0)
    records = [pair for xs, ys in watched._blocks for pair in zip(xs, ys, strict=True)]
    pins = watched._pins
    copies = (pins._marked, pins._pinned)
    loaded = [pins._loaded(copy) if isinstance(copy, bytes) else copy for copy in copies]
    return state.digest([records, loaded], skip=TRANSIENT)


def forked(what: Callable[[], None]) -> int:
    """Run something in a fork of this process; return its id. It ends with 0, or 1 on an error."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        what()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


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
        (folder / "outcome.tmp").write_bytes(pickle.dumps(outcome(daemon)))
        os.rename(folder / "outcome.tmp", folder / "outcome")

    return run


def ended(pid: int) -> bool:
    """Wait for a process; return whether it came to its end (False where it was killed)."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) == 0, "a daemon failed, see above"
    return True


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
        if idle == MOST_IDLE or rng.random() < 0.5:
            wanted = rng.randint(1, 4)
            _until(lambda wanted=wanted: page[1] >= wanted, PROGRESS)
        time.sleep(rng.uniform(0.0, LONGEST))  # when to kill is what is tried
        if rng.random() < AIMED:
            _until(lambda: page[0] == 1, AIM)
            time.sleep(rng.uniform(0.0, 0.0005))
        os.kill(pid, signal.SIGKILL)  # one that has ended is there until it is waited for
        inside, idle = bool(page[0]), 0 if page[1] else idle + 1
        if ended(pid):
            return
        yield inside


def _until(what: Callable[[], bool], longest: float) -> None:
    until = time.monotonic() + longest
    while not what() and time.monotonic() < until:
        time.sleep(0.0001)


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
            outcome(daemon)


def run(kills: int, seed: int, names: list[str]) -> Tally:
    """Kill each case its share of times, print what came of it, and return the sum."""
    warm(names)
    tallies = Counter[str]()
    mismatches: list[str] = []
    for name in names:
        before = time.monotonic()
        found = kill(name, -(-kills // len(names)), seed)
        for field in ("kills", "inside", "ends", "put_aside"):
            tallies[field] += getattr(found, field)
        mismatches += found.mismatches
        share = found.inside / max(found.kills, 1)
        click.echo(
            f"{name:16} {found.kills:6} kills  {share:4.0%} inside a write  "
            f"{found.ends:4} ends  {found.put_aside} put aside  "
            f"{len(found.mismatches)} mismatches  {time.monotonic() - before:.0f} s",
        )
    return Tally(mismatches=mismatches, **tallies)


def main() -> None:
    """Run it from the command line; fails where anything differed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=CASES, action="append")
    given = parser.parse_args()
    total = run(given.kills, given.seed, given.only or list(CASES))
    click.echo(
        f"{total.kills} kills, {total.inside / total.kills:.0%} inside a write, {total.ends} ends,"
    )
    click.echo(f"{total.put_aside} with a record put aside, {len(total.mismatches)} mismatches")
    click.echo("\n".join(total.mismatches))
    raise SystemExit(bool(total.mismatches))


if __name__ == "__main__":
    main()
