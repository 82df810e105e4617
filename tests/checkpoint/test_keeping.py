"""What happens around a checkpoint: what must come before it, what only after, and what never."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import LINEAR

from lrcontrol.checkpoint.disk import Posix
from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.deadletters.store import DeadLetters
from lrcontrol.intake import Intake
from lrcontrol.signals import Stop

RECORDS = 2000


class Told(Posix):
    """A disk that notes, when a checkpoint gets its name, what had been told and kept by then."""

    def __init__(self, folder: Path, works: bool = True) -> None:
        self.letters = folder / "letters.db"
        self.works = works
        self.named: list[int] = []  # letters that were durable when a checkpoint got its name

    def rename(self, old: Path, new: Path) -> None:
        if not new.name.startswith("ck-"):
            super().rename(old, new)
            return
        if not self.works:
            raise OSError("no names today")
        store = DeadLetters(self.letters, create=False)
        self.named.append(store.counts.letters)
        store.close()
        super().rename(old, new)


@pytest.fixture
def told(monkeypatch) -> list[dict[str, int]]:
    """The positions that sources are told of."""
    found: list[dict[str, int]] = []
    own = Intake.commit

    def commit(self, place):
        found.append(dict(place.positions))
        own(self, place)

    monkeypatch.setattr(Intake, "commit", commit)
    return found


def daemon(folder: Path, disk: Told) -> Daemon:
    """Return a daemon that keeps a checkpoint after each block, and every 50th line is bad."""
    lines = [json.dumps({"a": i % 7 - 3.0, "y": i % 5 * 1.0}) for i in range(RECORDS)]
    lines[49::50] = ["no record"] * len(lines[49::50])
    (folder / "in.ndjson").write_text("\n".join(lines) + "\n")
    source = f"{{type: file, path: {folder / 'in.ndjson'}}}"
    text = LINEAR.replace("{type: lines, format: ndjson}", source)
    text += f"checkpoint: {{dir: {folder / 'state'}, key: {folder / 'key'}, "
    text += f"cadence: {{records: 1, duty: 0.999}}}}\ndead_letters: {{path: {disk.letters}}}\n"
    return Daemon(loads(text).settings, Stop(), once=True, disk=disk)


def position(path: Path) -> int:
    """Return how far a checkpoint is."""
    from lrcontrol.checkpoint.frame import peek

    (found,) = peek(path.read_bytes())["meta"]["positions"]["in"].values()
    return int(found)


def test_a_source_is_told_only_of_what_is_durable(tmp_path, told):
    running = daemon(tmp_path, Told(tmp_path))
    running.run(lambda status: None)
    assert told
    kept = {position(path) for path in (tmp_path / "state").glob("ck-*")}
    assert {*told[-1].values()} <= kept
    assert len(told) <= running.status().checkpoint.written


def test_a_source_is_told_nothing_while_nothing_becomes_durable(tmp_path, told):
    disk = Told(tmp_path)
    running = daemon(tmp_path, disk)

    def spoil(status) -> None:
        disk.works = False

    settings = running._settings
    first = Daemon(settings, Stop(), once=True, disk=disk)
    first.run(lambda status: None)
    told.clear()
    with (tmp_path / "in.ndjson").open("a") as out:
        out.write('{"a": 1.0, "y": 2.0}\n' * RECORDS)
    disk.works = False
    running.run(spoil)
    assert running.status().checkpoint.failures >= 1
    assert running.status().models[0].loop.steps > RECORDS
    assert told == []


def test_letters_are_durable_before_the_checkpoint_that_is_past_them(tmp_path):
    disk = Told(tmp_path)
    running = daemon(tmp_path, disk)
    running.run(lambda status: None)
    paths = sorted((tmp_path / "state").glob("ck-*"))
    bad = [len(line) for line in (tmp_path / "in.ndjson").read_text().splitlines()]
    assert disk.named[-1] == RECORDS // 50
    ends = [sum(n + 1 for n in bad[: i + 1]) for i in range(49, RECORDS, 50)]
    last = position(paths[-1])
    assert disk.named[-1] >= sum(end <= last for end in ends)
    for path, letters in zip(paths[::-1], disk.named[::-1], strict=False):
        assert letters >= sum(end <= position(path) for end in ends)


def test_no_checkpoint_is_written_of_a_model_that_has_failed(tmp_path):
    running = daemon(tmp_path, Told(tmp_path))
    running.run(lambda status: None)
    before = sorted(path.name for path in (tmp_path / "state").glob("ck-*"))
    (served,), kept = running._served, running._kept
    assert kept is not None
    served.failure = ValueError("half of a record was learned")
    kept._forced = True  # as after a record was put aside: due at once
    kept.turn()
    kept._keeper._wait()
    kept.end()
    assert sorted(path.name for path in (tmp_path / "state").glob("ck-*")) == before
