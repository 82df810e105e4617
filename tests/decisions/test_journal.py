"""The log on disk: each decision once through crashes, a bounded size, a disk that fails."""

from __future__ import annotations

import copy
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from decisions.streams import Logged, loop_of, records, told

from lrcontrol.decisions import Entry
from lrcontrol.decisions.journal import RETRY, WAITING, DecisionLog
from lrcontrol.decisions.lines import Head
from lrcontrol.decisions.rederive import entries, replayed
from lrcontrol.decisions.rotated import series


def numbered(number: int, model: str = "m", step: int | None = None, **given: Any) -> Entry:
    step = number * 64 if step is None else step
    return Entry(number, 7.0, model, step, "keep", "fixed", "none", 0.1, 0.1, 0.1)._replace(**given)


def empty(path: Path, **given: Any) -> DecisionLog:
    """Return a log of models of which nothing is known."""
    return DecisionLog(path, **{"max_bytes": 1 << 20, "files": 3, "bases": dict, **given})


def steps(path: Path) -> list[tuple[str, int]]:
    return [(e.model, e.step) for e in entries(series(path)) if isinstance(e, Entry)]


def heads(path: Path) -> list[Head]:
    return [e for e in entries(series(path)) if isinstance(e, Head)]


def test_a_run_that_was_killed_and_went_on_leaves_the_log_of_one_that_was_not(
    tmp_path: Path,
) -> None:
    given = list(records(6400))
    whole = Logged(tmp_path / "whole", {"m": loop_of("bold_driver")})
    whole.log.begin({})
    whole.learn("m", given)
    whole.log.close()

    path = tmp_path / "killed"
    first = Logged(path, {"m": loop_of("bold_driver")})
    first.log.begin({})
    first.learn("m", given[:3000])
    kept = copy.deepcopy(first.loops["m"])
    first.log.flush()
    first.learn("m", given[3000:4500])
    first.log.flush()
    with path.open("ab") as file:  # killed in the middle of a line
        file.write(b'{"number":71,"at"')
    first.log._files.close()  # as the kernel does

    second = Logged(path, {"m": kept})
    cut = second.log.begin({"m": kept.status.steps})
    second.learn("m", given[3000:])
    second.log.close()

    def decided(where: Path) -> list[Any]:
        return [e[2:] for e in entries([where]) if isinstance(e, Entry)]

    assert cut == 4500 // 64 - 3000 // 64
    assert heads(path)[1].cut == cut
    assert heads(path)[1].steps == {"m": 3000}
    assert decided(path) == decided(tmp_path / "whole")
    assert len(decided(path)) == 100
    assert path.read_bytes().count(b'"number"') == 100
    replay = replayed([path])
    assert replay.agrees
    assert replay.models["m"].derived == 100


def test_what_is_beyond_is_cut_through_files_that_were_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = empty(path, max_bytes=2000, files=9)
    log.begin({})
    for n in range(1, 61):
        log.append([numbered(2 * n - 1, "m", 64 * n), numbered(2 * n, "n", 32 * n)])
        log.flush()
    log.close()
    assert len(series(path)) > 5
    again = empty(path, max_bytes=2000, files=9)
    assert again.begin({"m": 64 * 30, "n": 32 * 30}) == 60
    again.append([numbered(1, "m", 64 * 31)])
    again.close()
    told = steps(path)
    assert told == [s for n in range(1, 31) for s in [("m", 64 * n), ("n", 32 * n)]] + [("m", 1984)]
    assert path in series(path)


def test_what_a_model_did_before_it_began_anew_is_its_past(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for begun in ({}, {}, {"m": 64}, {"m": 0}):
        log = empty(path)
        assert log.begin(begun) == (2 if begun == {"m": 64} else 0)
        log.append([numbered(n) for n in (1, 2, 3)])
        log.close()
    assert [s for _, s in steps(path)] == [64, 128, 192, 64, 64, 128, 192, 64, 128, 192]


def test_a_crash_before_the_first_record_was_kept_leaves_no_past(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = empty(path)
    log.begin({"m": 0}, anew=["m"])
    log.append([numbered(n) for n in (1, 2, 3)])
    log.close()
    again = empty(path)
    assert again.begin({"m": 0}, anew=[]) == 3
    again.append([numbered(1)])
    again.close()
    assert steps(path) == [("m", 64)]


def test_a_model_that_is_gone_or_new_cuts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = empty(path)
    log.begin({})
    log.append([numbered(1, "gone", 640), numbered(2, "m", 64)])
    log.close()
    again = empty(path)
    assert again.begin({"m": 64}) == 0
    again.append([numbered(1, "new", 64), numbered(2, "m", 128)])
    again.close()
    third = empty(path)
    assert third.begin({"m": 128, "new": 32}) == 2
    third.close()
    assert steps(path) == [("gone", 640), ("m", 64)]


def test_the_files_never_take_more_than_they_may(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = empty(path, max_bytes=4000, files=3)
    log.begin({})
    for n in range(1, 500):
        log.append([numbered(n)])
        log.flush()
        assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 3 * (4000 + 200)
    log.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert steps(path)[-1] == ("m", 499 * 64)
    assert all(file.read_bytes().startswith(b'{"lrcontrol":') for file in tmp_path.iterdir())
    one = empty(tmp_path / "one", max_bytes=1000, files=1)
    one.begin({})
    for n in range(1, 50):
        one.append([numbered(n)])
        one.flush()
    one.close()
    assert [file.name for file in tmp_path.glob("one*")] == ["one"]


def test_a_log_that_another_process_writes_is_left_alone(tmp_path: Path) -> None:
    path, (heard, tell), now = tmp_path / "log", told(), [0.0]
    theirs = empty(path)
    theirs.begin({})
    theirs.append([numbered(1), numbered(2)])
    theirs.flush()
    ours = empty(path, tell=tell, clock=lambda: now[0])
    assert ours.begin({"m": 64}) == 0
    assert heard == [f"{path}: decisions cannot be written: another process writes this log"]
    assert steps(path) == [("m", 64), ("m", 128)]
    theirs.close()
    now[0] = RETRY
    ours.append([numbered(3, step=96)])
    ours.close()
    assert steps(path) == [("m", 64), ("m", 96)]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    log = empty(tmp_path / "folder" / "log")
    log.begin({})
    log.close()
    assert (tmp_path / "folder" / "log").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 3,000 bytes: a write that does fails half-way."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_counted_told_and_tried_again(tmp_path: Path, small_disk: None) -> None:
    path, (heard, tell), now = tmp_path / "log", told(), [0.0]
    log = empty(path, tell=tell, clock=lambda: now[0])
    log.begin({})
    log.append([numbered(n) for n in range(1, 11)])
    log.flush()
    fits = path.stat().st_size
    log.append([numbered(n) for n in range(11, 41)])
    log.flush()
    assert path.stat().st_size == fits, "half a write must not be left"
    assert log.status[:3] == (10, 0, 1)
    assert heard == [f"{path}: decisions cannot be written: File too large"]
    log.flush()
    assert log.status.failures == 1, "not tried before its time"
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, resource.RLIM_INFINITY))
    now[0] = RETRY
    log.append([numbered(41)])
    log.close()
    assert [s for _, s in steps(path)] == [64 * n for n in range(1, 42)]
    assert log.status == (41, 0, 1, 0, "")
    assert heard[1:] == [f"{path}: decisions are written again, 0 are lost"]


def test_what_a_broken_disk_costs_is_bounded_counted_and_known_to_a_replay(tmp_path: Path) -> None:
    folder, (heard, tell), now = tmp_path / "folder", told(), [0.0]
    folder.write_text("no folder at all")
    path = folder / "log"
    logged = Logged(path, {"m": loop_of("pid")}, tell=tell, clock=lambda: now[0])
    logged.log.begin({})
    note = "x" * 10_000
    logged.log.append([logged.ring.add(7.0, "other", made(note)) for _ in range(150)])
    assert logged.log.status.lost == 150
    logged.learn("m", list(records(640)))
    folder.unlink()
    now[0] = 10 * RETRY
    logged.learn("m", list(records(640)))
    logged.log.close()
    assert (logged.log.status.written, logged.log.status.lost) == (20, 150)
    assert len(heard) == 2
    assert [(h.why, h.lost) for h in heads(path)] == [("began", 0), ("recovered", 150)]
    replay = replayed([path])
    assert replay.agrees
    assert replay.models["m"].derived == 20


def made(note: str) -> Any:
    from lrcontrol.decisions.entry import Made
    from lrcontrol.status import Decision

    return Made(Decision(64, "keep", "fixed", "none", 0.1, 0.1, 0.1), None, "", note)


def test_a_line_waits_for_no_more_than_there_is_room_for(tmp_path: Path) -> None:
    log = empty(tmp_path / "log" / "log")
    (tmp_path / "log").write_text("")
    log.begin({})
    for n in range(40):
        log.append([numbered(n, note="x" * 60_000)])
        assert len(log._waiting) < WAITING + 70_000
    assert log.status.lost >= 17


def test_a_flush_that_is_to_last_is_synced(tmp_path: Path) -> None:
    log = empty(tmp_path / "log")
    log.begin({})
    log.append([numbered(1)])
    log.flush(durable=True)
    assert steps(tmp_path / "log") == [("m", 64)]
    assert log.status.written == 1
    assert os.stat(tmp_path / "log").st_size > 100
    log.close()
