"""The folder: what is written, kept, pinned, found again; and what is never touched."""

from __future__ import annotations

import os
import stat

import pytest
from faults.folder import found, pieces, store, write

from lrcontrol.checkpoint.disk import Lock, Locked, Posix
from lrcontrol.checkpoint.keys import KeyUnusable, keys_for, make_key, parse_keys, read_keys
from lrcontrol.checkpoint.recovery import NothingUsable, recover
from lrcontrol.checkpoint.retention import Entry, Retention
from lrcontrol.checkpoint.store import Store
from lrcontrol.checkpoint.unusable import Unusable
from lrcontrol.secret import Secret


def test_the_newest_is_found_and_the_old_ones_go(tmp_path):
    shelf = store(tmp_path, Posix())
    assert found(shelf) is None
    for step in range(1, 21):
        write(shelf, step)
    names = sorted(os.listdir(tmp_path))
    # last 2, one an hour (of three) for 2 hours, the pinned good one, and the mark of a beginning
    assert [n.partition("-00000000")[0] for n in names] == ["begun", "ck", "ck", "ck", "good"]
    again = found(store(tmp_path, Posix()))
    assert again is not None
    assert (again.value, again.passed) == (20, ())
    assert all(stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600 for name in names)


def test_a_damaged_one_is_passed_over_and_named(tmp_path):
    shelf = store(tmp_path, Posix())
    for step in range(1, 6):
        write(shelf, step)
    newest = tmp_path / shelf.entries[0].name
    newest.write_bytes(newest.read_bytes()[:-9])
    again = found(store(tmp_path, Posix()))
    assert again is not None
    assert again.value == 4
    assert [(entry.sequence, str(why)) for entry, why in again.passed] == [
        (5, "the file is cut, or no checkpoint")
    ]


def test_never_silently_afresh(tmp_path):
    shelf = store(tmp_path, Posix())
    for step in range(1, 6):
        write(shelf, step)
    for entry in shelf.entries:
        (tmp_path / entry.name).write_bytes(b"gone")
    with pytest.raises(NothingUsable, match=r"(?s)ck-000000000005-1: length: .*--fresh") as refusal:
        found(store(tmp_path, Posix()))
    assert str(refusal.value).count("length") >= 3
    for entry in shelf.entries:
        (tmp_path / entry.name).unlink()
    with pytest.raises(NothingUsable, match="the folder is empty"):
        found(store(tmp_path, Posix()))


def test_a_newest_one_of_other_versions_is_not_passed_over(tmp_path):
    shelf, asked = store(tmp_path, Posix()), []
    for step in range(1, 4):
        write(shelf, step)

    def refuse(data):
        asked.append(data)
        raise Unusable("versions", "written by river 0.25.0")

    with pytest.raises(NothingUsable, match=r"river 0\.25\.0"):
        recover(shelf, refuse)
    assert len(asked) == 1


def test_strangers_and_links_are_left_alone_and_never_read(tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"".join(pieces(99)))
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "notes.tmp").write_text("mine")
    (folder / "ck-000000000099-1").symlink_to(outside)
    (folder / "ck-000000000005-1.tmp").write_text("unfinished")
    shelf = store(folder, Posix())
    assert shelf.entries == []
    assert sorted(os.listdir(folder)) == ["ck-000000000099-1", "notes.tmp"]
    assert write(shelf, 1).sequence == 6  # a number that was tried is not used again
    assert outside.read_bytes() == b"".join(pieces(99))
    with pytest.raises(Unusable, match="99"):
        shelf.read(Entry(99, 1))


def test_the_good_one_outlives_retention_and_is_the_last_resort(tmp_path):
    shelf = store(tmp_path, Posix())
    good = shelf.pin(shelf.write(pieces(1)))
    for step in range(2, 31):
        shelf.write(pieces(step))
    assert shelf.entries[-1] == good
    for entry in shelf.entries[:-1]:
        (tmp_path / entry.name).write_bytes(b"")
    again = found(store(tmp_path, Posix()))
    assert again is not None
    assert (again.value, again.entry) == (1, good)


def test_bytes_are_capped_down_to_the_newest():
    sizes = [(Entry(n, n), 100) for n in range(1, 10)]
    assert Retention(max_bytes=250).kept(sizes) == {Entry(9, 9), Entry(8, 8)}
    assert Retention(max_bytes=50).kept(sizes) == {Entry(9, 9)}
    assert Retention(max_bytes=50).kept([]) == set()


def test_a_clock_that_jumps_back_keeps_the_newest(tmp_path):
    hours = iter([500, 500, -3, 10, 499, 0])
    shelf = Store(tmp_path, Posix(), lambda: 3600.0 * next(hours), Retention(last=1, hourly=2))
    for step in range(1, 7):
        shelf.write(pieces(step))
    again = found(store(tmp_path, Posix()))
    assert again is not None
    assert again.value == 6
    assert len(shelf.entries) == 2


def test_one_process_at_a_time(tmp_path):
    lock = Lock(tmp_path / "lock")
    with pytest.raises(Locked, match="another lrcontrol"):
        Lock(tmp_path / "lock")
    lock.release()
    Lock(tmp_path / "lock").release()


def test_a_key_is_made_once_private_and_read_again(tmp_path):
    path = tmp_path / "checkpoint.key"
    (tmp_path / "checkpoint.key.tmp").write_text("left by a crash")
    keys = make_key(Posix(), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(Posix(), path) == keys
    assert len(keys[0]) == 32
    path.write_text(f"{'ab' * 32}\n{keys[0].hex()}\n")  # rotated
    assert read_keys(Posix(), path) == [b"\xab" * 32, keys[0]]


@pytest.mark.parametrize("text", ["", "ab", "xy" * 32, "ab" * 33, " ".join(["ab" * 32] * 3)])
def test_a_key_file_that_holds_no_key_is_refused_without_showing_it(tmp_path, text):
    path = tmp_path / "checkpoint.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyUnusable, match="openssl rand") as refusal:
        read_keys(Posix(), path)
    assert not text.strip() or text.split()[0] not in str(refusal.value)
    with pytest.raises(KeyUnusable, match="setting"):
        parse_keys(Secret(text), "setting")


def test_a_key_that_others_can_read_or_that_is_gone_is_refused(tmp_path):
    path = tmp_path / "checkpoint.key"
    path.write_text("ab" * 32)
    path.chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        read_keys(Posix(), path)
    path.unlink()
    with pytest.raises(KeyUnusable, match="--fresh"):
        read_keys(Posix(), path)


def test_a_key_is_made_on_first_use_and_never_in_the_place_of_a_lost_one(tmp_path):
    path = tmp_path / "checkpoint.key"
    with pytest.raises(KeyUnusable, match="is missing"):
        keys_for(Posix(), path, begun=True)
    made = keys_for(Posix(), path, begun=False)
    assert keys_for(Posix(), path, begun=True) == keys_for(Posix(), path, begun=False) == made
