"""A daemon that keeps checkpoints: what it goes on with, what it refuses, what it shows."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from commands import LINEAR, run

from lrcontrol.checkpoint import state
from lrcontrol.checkpoint.disk import Locked, Posix
from lrcontrol.checkpoint.keys import KeyUnusable
from lrcontrol.checkpoint.recovery import NothingUsable
from lrcontrol.commands.run import LOCKED, NO_CHECKPOINT
from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.keeping.folder import Folder
from lrcontrol.signals import Stop
from lrcontrol.sources.base import SourceFailed
from lrcontrol.status import Status

RECORDS = 300


class Place:
    """A folder with an input and a configuration that keeps checkpoints."""

    def __init__(self, folder: Path) -> None:
        self.input = folder / "in.ndjson"
        self.state = folder / "kept" / "state"
        self.key = folder / "kept" / "checkpoint.key"
        source = f"{{type: file, path: {self.input}}}"
        self.text = LINEAR.replace("{type: lines, format: ndjson}", source)
        self.text += f"checkpoint: {{dir: {self.state}}}\n"
        self.write(RECORDS)

    def write(self, records: int) -> None:
        lines = (json.dumps({"a": i % 7 - 3.0, "y": i % 5 * 1.0}) for i in range(records))
        self.input.write_text("\n".join(lines) + "\n")

    def daemon(self, fresh: bool = False, disk: Posix | None = None, text: str = "") -> Daemon:
        settings = loads(text or self.text).settings
        daemon = Daemon(settings, Stop(), once=True, fresh=fresh, disk=disk)
        daemon.run(lambda status: None)
        return daemon

    def entries(self) -> list[str]:
        return sorted(path.name for path in self.state.glob("ck-*"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def steps(daemon: Daemon) -> int:
    return daemon.status().models[0].loop.steps


def digest(daemon: Daemon) -> str:
    # Caches, and copies to go back to that are bytes here and what they hold there.
    caches = ["watch", "_path", "_usual", "_blocks", "_marked", "_pinned"]
    return state.digest(daemon._served[0].loop, skip=caches)


def test_the_last_checkpoint_is_at_the_last_record_and_the_next_start_goes_on_there(place):
    first = place.daemon()
    kept = first.status().checkpoint
    assert (kept.step, kept.behind, kept.failures) == (RECORDS, 0, 0)
    place.write(2 * RECORDS)
    second = place.daemon()
    assert steps(second) == 2 * RECORDS
    assert second.status().sources[0].records == 2 * RECORDS
    shutil.rmtree(place.state)
    assert digest(place.daemon(fresh=True)) == digest(second)


def test_a_start_with_nothing_new_writes_nothing(place):
    place.daemon()
    before = place.entries()
    assert steps(place.daemon()) == RECORDS
    assert place.entries() == before


def test_checkpoints_that_cannot_be_used_are_never_passed_over_in_silence(place):
    place.daemon()
    for name in place.entries():
        (place.state / name).write_bytes(b"spoilt")
    with pytest.raises(NothingUsable, match="--fresh"):
        place.daemon()
    assert steps(place.daemon(fresh=True)) == RECORDS
    assert steps(place.daemon()) == RECORDS  # and the fresh start is what is gone on with


def test_a_key_that_was_lost_is_not_made_anew(place):
    place.daemon()
    place.key.unlink()
    with pytest.raises(KeyUnusable, match="--fresh"):
        place.daemon()
    assert steps(place.daemon(fresh=True)) == RECORDS


def test_a_fresh_start_holds_even_where_nothing_was_learned_after_it(place):
    place.daemon()
    place.input.write_text("")
    assert steps(place.daemon(fresh=True)) == 0
    assert place.daemon().status().checkpoint.step == 0


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("initial_rate: 0.01", "initial_rate: 0.02", "models.m"),
        ("{type: file,", "{type: file, limit: 7,", "sources.in"),
    ],
)
def test_another_configuration_is_refused_by_the_name_of_its_section(place, before, after, named):
    place.daemon()
    with pytest.raises(NothingUsable, match=named):
        place.daemon(text=place.text.replace(before, after))


def test_what_does_not_belong_to_the_models_may_change(place):
    place.daemon()
    text = place.text.replace("format: json", "format: console")
    text = text.replace("{type: file,", "{type: file, speed: 1.0e9,")
    assert steps(place.daemon(text=text)) == RECORDS


def test_a_file_in_the_place_of_the_one_that_was_read_is_told(place):
    place.daemon()
    place.input.write_text('{"a": 2.0, "y": 1.0}\n' * 3 * RECORDS)
    with pytest.raises(SourceFailed, match="not the file that was read before"):
        place.daemon()


def test_a_followed_file_that_lost_its_place_is_not_begun_again_unless_told(place):
    place.text = place.text.replace("{type: file,", "{type: file, mode: follow,")
    stop = Stop()

    def until(records: int, text: str) -> Daemon:
        stop.requested = False
        daemon = Daemon(loads(text).settings, stop)

        def show(status: Status) -> None:
            stop.requested = status.sources[0].records == records

        daemon.run(show)
        return daemon

    until(RECORDS, place.text)
    place.input.write_text('{"a": 2.0, "y": 1.0}\n' * 3)
    for _ in range(2):
        with pytest.raises(SourceFailed, match="gap: go_on"):
            until(RECORDS + 3, place.text)
    told = place.text.replace("mode: follow,", "mode: follow, gap: go_on,")
    assert steps(until(RECORDS + 3, told)) == RECORDS + 3
    assert steps(until(RECORDS + 3, place.text)) == RECORDS + 3


def test_one_folder_is_for_one_daemon(place):
    settings = loads(place.text).settings.checkpoint
    folder = Folder(settings, Posix(), fresh=False)
    with pytest.raises(Locked):
        place.daemon()
    code, _, said = run("run", "--once", _written(place))
    assert (code, "stop it first" in said) == (LOCKED, True)
    folder.release()
    for name in ("ck-000000000007-1", "begun"):
        (place.state / name).write_bytes(b"")
    assert run("run", "--once", _written(place))[0] == NO_CHECKPOINT


def _written(place: Place) -> Path:
    path = place.input.with_suffix(".yaml")
    path.write_text(place.text)
    return path


class Full(Posix):
    """A disk without space."""

    def free(self, path: Path) -> int:
        return 0


def test_a_bad_disk_stops_no_learning_and_is_shown(place):
    text = place.text.replace(
        "state}", "state, cadence: {records: 1, duty: 0.999, max_failures: 1}}"
    )
    daemon = place.daemon(disk=Full(), text=text)
    kept = daemon.status().checkpoint
    assert steps(daemon) == RECORDS
    assert kept.failures >= 1
    assert kept.written == 0
    assert "bytes are free" in kept.problem
    assert not place.entries()
    assert steps(place.daemon()) == RECORDS


def test_none_are_kept_where_no_folder_is_named(place):
    daemon = place.daemon(text=place.text.split("checkpoint:")[0])
    assert daemon.status().checkpoint is None
