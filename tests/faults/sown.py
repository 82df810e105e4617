"""Sows bugs into copies of the tree, one after the other, and sees whether the tests catch each.

    python -m tests.faults.sown [--only NAME]

A suite that has never failed tells nothing. The bugs are what somebody could write, or take out, in
good faith; each names the tests that must fail with it, and these pass without it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).parents[2]
#: Seconds for the tests of one bug.
PATIENCE = 600.0
KILLS = ["-m", "tests.faults.kill", "--kills", "30", "--only"]


class Bug(NamedTuple):
    """A piece of a file in place of another one, and the tests that must then fail."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]  # files of tests, or what to run with Python where it begins with -m


BUGS = (
    Bug(
        "no fsync of the folder after a rename",
        "checkpoint/durable.py",
        "        raise\n    sync_folder(disk, path.parent)\n",
        "        raise\n",
        ("tests/faults/test_power_loss.py",),
    ),
    Bug(
        "no fsync of the file before the rename",
        "checkpoint/durable.py",
        "                rest = rest[_written(disk, descriptor, rest) :]\n"
        "        disk.sync(descriptor)\n",
        "                rest = rest[_written(disk, descriptor, rest) :]\n",
        ("tests/faults/test_power_loss.py",),
    ),
    Bug(
        "a failed fsync is tried again",
        "checkpoint/durable.py",
        "                rest = rest[_written(disk, descriptor, rest) :]\n"
        "        disk.sync(descriptor)\n",
        "                rest = rest[_written(disk, descriptor, rest) :]\n"
        "        try:\n"
        "            disk.sync(descriptor)\n"
        "        except OSError:\n"
        "            disk.sync(descriptor)\n",
        ("tests/faults/test_disk_errors.py",),
    ),
    Bug(
        "old checkpoints go before the new one is durable",
        "checkpoint/store.py",
        "        try:\n            write_durably(self._disk, path, pieces)\n",
        "        self._remove(set(self._sizes))\n"
        "        try:\n            write_durably(self._disk, path, pieces)\n",
        ("tests/faults/test_disk_errors.py",),
    ),
    Bug(
        "a source is told of a checkpoint before it is durable",
        "keeping/kept.py",
        "        self._told(self._keeper.turn(step, force=self._forced))\n",
        "        for intake in self._intakes:\n"
        "            intake.commit(intake.place())\n"
        "        self._told(self._keeper.turn(step, force=self._forced))\n",
        ("tests/checkpoint/test_keeping.py",),
    ),
    Bug(
        "the position kept is one record behind",
        "intake.py",
        "self._advance(batch.origin, batch.positions[-1])",
        "self._advance(batch.origin, batch.positions[-2:][0])",
        (*KILLS, "linear"),
    ),
    Bug(
        "no check of the seal",
        "checkpoint/frame.py",
        "    if not any(hmac.compare_digest(_code(key, [body]), code) for key in keys):\n",
        "    if not keys:\n",
        ("tests/faults/test_hostile.py", "tests/faults/test_corruption.py"),
    ),
    Bug(
        "no list of what a pickle may name",
        "checkpoint/unpickling.py",
        '        raise Unusable("content", f"it asks for {module}.{name}, '
        'which no model is made of")\n',
        "        return super().find_class(module, name)\n",
        ("tests/faults/test_hostile.py",),
    ),
    Bug(
        "numbers that are not finite are let in",
        "guard.py",
        "    if not isfinite(size):\n",
        "    if False:\n",
        ("tests/test_guard.py", "tests/faults/test_poison_values.py"),
    ),
    Bug(
        "a checkpoint with NaN in a weight is written",
        "checkpoint/content.py",
        "        _check_finite(name, copy)\n        described",
        "        described",
        ("tests/checkpoint/test_content.py",),
    ),
    Bug(
        "what a model answers is not compared after loading",
        "checkpoint/content.py",
        "        probe.verify(copy, found(name))\n",
        "",
        ("tests/checkpoint/test_content.py",),
    ),
    Bug(
        "the model and its copy share a gain",
        "engine.py",
        "            renew(gain, memo)  # two copies of a controlled model never share a gain\n",
        "            pass\n",
        ("tests/test_loop.py",),
    ),
    Bug(
        "after a raise the model is left as it is",
        "recovery.py",
        "        self._rebuild(error)\n        left",
        "        left",
        ("tests/test_recovery.py", "tests/faults/test_poison_raise.py"),
    ),
    Bug(
        "a checkpoint goes past dead letters that are not durable",
        "keeping/kept.py",
        "        self._letters.flush()  # no checkpoint is past a letter that is not durable\n",
        "",
        ("tests/checkpoint/test_keeping.py",),
    ),
    Bug(
        "where no checkpoint can be used it begins afresh",
        "checkpoint/recovery.py",
        "    raise NothingUsable(_explained(passed))\n",
        "    return None\n",
        ("tests/checkpoint/test_store.py",),
    ),
    Bug(
        "a checkpoint is written of a model that has failed",
        "keeping/kept.py",
        "        if any(served.failure is not None for served in self._served):\n"
        "            return\n",
        "",
        ("tests/checkpoint/test_keeping.py",),
    ),
    Bug(
        "what was counted begins anew after a restart",
        "intake.py",
        "self._status._replace(**counted, connected",
        "self._status._replace(connected",
        (*KILLS, "linear"),
    ),
)


def sow(bug: Bug, package: Path) -> None:
    """Put a bug into a copy of the package. Raises ValueError where its place is not found."""
    path = package / bug.file
    text = path.read_text()
    if text.count(bug.old) != 1:
        raise ValueError(f"{bug.name}: found {text.count(bug.old)} times in {bug.file}, not once")
    path.write_text(text.replace(bug.old, bug.new))


def copy(folder: Path) -> Path:
    """Return a copy of the tree, as it is now: what its tests need of it."""
    ignored = shutil.ignore_patterns("__pycache__", "*.trace")
    for name in ("lrcontrol", "tests", "config", "benchmarks"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def caught(bug: Bug, tree: Path) -> tuple[bool, str]:
    """Return whether the tests fail in a tree, and the line that says so."""
    given = bug.tests if bug.tests[0] == "-m" else ("-m", "pytest", "-q", "-x", *bug.tests)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run(
        [sys.executable, *given],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    lines = [line for line in said.stdout.splitlines() if line.strip()]
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))] or lines[-1:]
    # 1: tests failed; anything else (no tests, a bad option) is no catch.
    return said.returncode == 1, (failed or [said.stderr[-300:]])[0][:150]


def main() -> None:
    """Sow each, print the table, and fail where one was not caught."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", help="bugs with this in their name")
    only = parser.parse_args().only or ""
    missed = 0
    for bug in BUGS:
        if only not in bug.name:
            continue
        before = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            tree = copy(Path(folder))
            sow(bug, tree / "lrcontrol")
            found, line = caught(bug, tree)
        missed += not found
        seconds = time.monotonic() - before
        click.echo(f"{'caught' if found else 'MISSED':7} {seconds:4.0f} s  {bug.name}\n    {line}")
    raise SystemExit(bool(missed))


if __name__ == "__main__":
    main()
