"""A daemon whose disk goes bad while it learns: it goes on, says so, and recovers by itself."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from commands import LINEAR, PATIENCE, until
from conftest import require
from faults.folder import found, pieces, store
from faults.traced import attach, synced_again

from lrcontrol.checkpoint.disk import Posix

#: Records appended at a time, and bytes of the small disk.
SOME, SMALL = 200, 2**20


class Running:
    """A daemon that follows a file, its checkpoints in a folder, as often as they can be."""

    def __init__(self, folder: Path, state: Path) -> None:
        self.input, self.state = folder / "in.ndjson", state
        self.input.write_text("")
        text = LINEAR.replace(
            "{type: lines, format: ndjson}", f"{{type: file, path: {self.input}, mode: follow}}"
        ).replace("{listen: null}", "{listen: 127.0.0.1:0}")
        keep = "cadence: {records: 1, duty: 0.999, max_failures: 2}"
        text += f"checkpoint: {{dir: {state}, key: {folder / 'key'}, {keep}}}\n"
        text += f"dead_letters: {{path: {folder / 'letters.db'}}}\n"
        (folder / "c.yaml").write_text(text)
        self.log = folder / "log"
        with self.log.open("wb") as out:
            command = [sys.executable, "-m", "lrcontrol", "run", str(folder / "c.yaml")]
            self.process = subprocess.Popen(command, stdout=out, stderr=out)
        self.fed = 0

    def started(self) -> None:
        said = until(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text()))
        self.url = f"http://127.0.0.1:{said.group(1)}"

    def feed(self) -> None:
        """Append records, and wait until they have been learned."""
        with self.input.open("a") as out:
            for i in range(SOME):
                out.write(json.dumps({"a": i % 7 - 3.0, "y": i % 5 * 1.0}) + "\n")
        self.fed += SOME
        until(lambda: self.value("lrcontrol_learn_steps_total") == self.fed)

    def rest(self) -> None:
        """Wait until all that was learned is durable."""
        until(lambda: self.value("lrcontrol_checkpoint_behind_records") == 0)

    def value(self, name: str) -> float:
        """Return the value of a metric, -1 where it has none yet."""
        page = urlopen(f"{self.url}/metrics", timeout=PATIENCE).read().decode()
        shown = re.search(rf"^{name}(?:{{[^}}]*}})? (\S+)$", page, re.M)
        return float(shown.group(1)) if shown else -1.0

    def ready(self) -> str:
        """Return the answer to whether it is ready, "" where it is."""
        try:
            urlopen(f"{self.url}/readyz", timeout=PATIENCE).close()
        except HTTPError as error:
            return error.read().decode()
        return ""


@contextmanager
def running(folder: Path, state: Path) -> Iterator[Running]:
    daemon = Running(folder, state)
    try:
        daemon.started()
        yield daemon
    finally:
        daemon.process.kill()
        daemon.process.communicate()


def endures(daemon: Running) -> None:
    """Assert that a daemon learns on, shows what is wrong, and loses nothing durable."""
    durable = daemon.value("lrcontrol_checkpoint_sequence")
    assert durable >= 1
    daemon.feed()
    assert "no durable checkpoint" in until(daemon.ready)
    daemon.feed()
    assert daemon.value("lrcontrol_checkpoint_failures_total") >= 2
    assert daemon.value("lrcontrol_checkpoint_sequence") == durable
    assert daemon.value("lrcontrol_checkpoint_behind_records") >= 2 * SOME


def recovers(daemon: Running) -> None:
    """Assert that a daemon is well again without being told."""
    until(lambda: not daemon.ready())
    daemon.rest()
    assert not list(daemon.state.glob("*.tmp"))


@pytest.mark.parametrize("call", ["fsync", "rename", "fallocate"])
def test_learning_goes_on_while_the_disk_reports_errors(tmp_path, call):
    strace = require("strace", "strace")
    with running(tmp_path, tmp_path / "state") as daemon:
        daemon.feed()
        daemon.rest()
        out = tmp_path / "trace"
        with attach(strace, daemon.process.pid, out, f"{call}:error=EIO") as tracer:
            try:
                endures(daemon)
            finally:
                tracer.send_signal(signal.SIGINT)
        assert "INJECTED" in out.read_text()
        assert synced_again(out.read_text()) == []
        recovers(daemon)
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(PATIENCE) == 0


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 1 MiB."""
    path = tmp_path / "small"
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def fill(path: Path) -> None:
    """Write to a disk until it is full."""
    with (path / "filler").open("wb", buffering=0) as out, suppress(OSError):
        while out.write(bytes(4096)):
            pass


def test_learning_goes_on_while_the_disk_is_full(tmp_path, small):
    with running(tmp_path, small / "state") as daemon:
        daemon.feed()
        daemon.rest()
        fill(small)
        endures(daemon)
        (small / "filler").unlink()
        recovers(daemon)


def test_a_folder_that_is_gone_or_cannot_be_written_is_told_and_comes_back(tmp_path):
    state = tmp_path / "state"
    with running(tmp_path, state) as daemon:
        daemon.feed()
        daemon.rest()
        state.rename(tmp_path / "away")
        endures(daemon)
        (tmp_path / "away").rename(state)
        recovers(daemon)


class Unasked(Posix):
    """A disk that does not say how full it is: a full one is found by the calls themselves."""

    def free(self, path: Path) -> int:
        return 2**40

    def allocate(self, descriptor: int, size: int) -> None:
        if self.reserves:
            super().allocate(descriptor, size)

    reserves = True


@pytest.mark.parametrize("reserves", [True, False])
def test_a_full_disk_loses_nothing_and_leaves_nothing_half_written(small, reserves):
    state = small / "state"
    state.mkdir()
    disk = Unasked()
    disk.reserves = reserves
    shelf = store(state, disk)
    for step in (1, 2, 3):
        shelf.write(pieces(step))
    fill(small)
    with pytest.raises(OSError, match="space") as failed:
        shelf.write(pieces(4))
    assert failed.value.errno == errno.ENOSPC
    assert not [name for name in os.listdir(state) if name.endswith(".tmp")]
    assert found(store(state, Posix())).value == 3
    (small / "filler").unlink()
    shelf.write(pieces(5))
    assert found(store(state, Posix())).value == 5
