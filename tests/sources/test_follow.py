"""A file that grows, is renamed, is cut short, is not there yet: nothing is lost or read twice."""

import gzip
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from lrcontrol.sources.base import SourceFailed
from lrcontrol.sources.follow import LOOK_EVERY, Follow


def follow(path, positions=None, *, headed=False, gap="stop", sleep=None):
    source = Follow(path, 1000, headed=headed, gap=gap, sleep=sleep or (lambda seconds: None))
    source.open(positions or {})
    return source


def append(path, text):
    with path.open("ab") as file:
        file.write(text)


def look(drain, source):
    """Look three times: a rotated file is left at the second look only."""
    return [message for _ in range(3) for message in drain(source).messages]


def at(seen):
    return {seen.origins[-1]: seen.positions[-1]}


def test_renamed(log, drain):
    append(log, b"1\n2\n")
    source = follow(log)
    assert look(drain, source) == [b"1", b"2"]
    append(log, b"3\n")
    old = log.rename(log.with_name("app.log.1"))
    append(old, b"4\n")
    assert look(drain, source) == [b"3", b"4"]
    append(log, b"5\n")
    append(old, b"6")
    os.utime(log, ns=(0, 0))  # the new one looks older: written to before the last of the old
    assert look(drain, source) == [b"6", b"5"]
    append(log, b"7\n")
    assert look(drain, source) == [b"7"]
    source.close()


def test_written_to_after_the_new_one_appeared(log, drain):
    append(log, b"1\n")
    source = follow(log)
    assert drain(source).messages == [b"1"]
    old = log.rename(log.with_name("app.log.1"))
    append(log, b"3\n")
    assert drain(source).messages == []
    append(old, b"2\n")
    assert look(drain, source) == [b"2", b"3"]
    source.close()


def test_renamed_several_times_between_two_looks(log, drain):
    append(log, b"1\n")
    source = follow(log)
    assert drain(source).messages == [b"1"]
    stamp = log.stat().st_mtime_ns
    for number in range(2, 5):
        log.rename(log.with_name(f"app.log-{number}"))
        append(log, b"%d\n" % number)
        os.utime(log, ns=(stamp + number, stamp + number))
    append(log.with_name("app.log-other.gz"), b"9\n")
    append(log.with_name("app.logger"), b"9\n")
    assert look(drain, source) == [b"2", b"3", b"4"]
    source.close()


def test_renamed_while_nobody_was_reading(log, drain):
    append(log, b"1\n2\n")
    source = follow(log)
    seen = drain(source, most=1, by=1)
    source.close()
    old = log.rename(log.with_name("app.log.1"))
    append(log, b"3\n")
    os.utime(old, ns=(0, log.stat().st_mtime_ns - 1))
    source = follow(log, at(seen))
    assert look(drain, source) == [b"2", b"3"]
    source.close()


def test_the_old_one_was_deleted(log, drain):
    append(log, b"1\n")
    source = follow(log)
    assert drain(source).messages == [b"1"]
    append(log, b"2\n")
    log.unlink()
    append(log, b"3\n")
    assert look(drain, source) == [b"2", b"3"]
    source.close()


def test_copied_and_truncated(log, drain):
    append(log, b"one\ntwo\n")
    source = follow(log)
    assert drain(source).messages == [b"one", b"two"]
    append(log, b"three\n")
    shutil.copy(log, log.with_name("app.log.1"))
    log.write_bytes(b"four\n")
    assert look(drain, source) == [b"three", b"four"]
    source.close()


def test_truncated_without_a_copy(log, drain):
    append(log, b"one\ntwo\n")
    source = follow(log)
    assert drain(source).messages == [b"one", b"two"]
    log.write_bytes(b"1\n")
    for _ in range(2):  # polling again does not begin again either
        with pytest.raises(
            SourceFailed, match=r"app\.log: what was read up to offset 8 .*gap: go_on"
        ):
            look(drain, source)
    source.close()


def test_truncated_without_a_copy_where_that_is_allowed(log, drain):
    append(log, b"one\ntwo\n")
    source = follow(log, gap="go_on")
    assert drain(source).messages == [b"one", b"two"]
    log.write_bytes(b"1\n")
    with capture_logs() as logged:
        assert look(drain, source) == [b"1"]
    assert [(entry["event"], entry["after"]) for entry in logged] == [("lines may be lost", 8)]
    source.close()


@pytest.mark.parametrize("now", [b"one\n", b"", None])
def test_a_place_that_is_nowhere_is_no_beginning(log, drain, now):
    lost = {"4-0123456789abcdef": 4}
    if now is not None:
        append(log, now)
    with pytest.raises(SourceFailed, match="up to offset 4 is not there"):
        follow(log, lost)
    with capture_logs() as logged:
        source = follow(log, lost, gap="go_on")
    assert [entry["event"] for entry in logged] == ["lines may be lost"]
    assert drain(source).messages == ([now.strip()] if now else [])
    source.close()


def test_copied_packed_and_truncated_while_nobody_was_reading(log, drain):
    append(log, b"1\n2\n")
    source = follow(log)
    seen = drain(source, most=1, by=1)
    source.close()
    append(log.with_name("app.log.1.gz"), gzip.compress(log.read_bytes()))
    log.write_bytes(b"3\n")
    with pytest.raises(SourceFailed, match=r"not compressed, as app\.log\.1"):
        follow(log, at(seen))
    log.with_name("app.log.1").write_bytes(b"1\n2\n")
    source = follow(log, at(seen))
    assert look(drain, source) == [b"2", b"3"]
    source.close()


def test_not_there_yet(log, drain):
    append(log.with_name("app.log.1"), b"old\n")
    source = follow(log)
    assert drain(source).messages == []
    append(log, b"1\n")
    assert look(drain, source) == [b"1"]
    source.close()


def test_each_file_has_its_own_header(log, drain):
    append(log, b"a,y\n1,2\n")
    source = follow(log, headed=True)
    first = drain(source)
    log.rename(log.with_name("app.log.1"))
    append(log, b"y,a\n3,")
    assert look(drain, source) == []
    append(log, b"4\n")
    second = drain(source)
    assert (first.headers, second.headers) == ([b"a,y"], [b"y,a"])
    assert first.origins != second.origins
    source.close()
    source = follow(log, at(first) | at(second), headed=True)
    append(log, b"5,6\n")
    third = drain(source)
    assert (third.messages, third.headers, third.origins) == ([b"5,6"], [b"y,a"], second.origins)
    source.close()


def test_waits_as_long_as_asked_and_no_longer(log):
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            append(log, b"late\n")

    source = follow(log, sleep=sleep)
    assert source.poll(64, 2.5 * LOOK_EVERY).messages == [b"late"]
    assert slept == pytest.approx([LOOK_EVERY, LOOK_EVERY, LOOK_EVERY / 2])
    assert source.poll(64, 0) is None
    assert len(slept) == 3
    source.close()


def test_length_is_unknown(log):
    source = follow(log)
    assert source.length is None
    source.close()


steps = st.lists(st.sampled_from(["write", "part", "rotate", "look", "restart"]), max_size=30)


@given(steps=steps)
def test_nothing_lost_nothing_twice(tmp_path_factory, drain, steps):
    log: Path = tmp_path_factory.mktemp("follow") / "app.log"
    append(log, b"first\n")  # what was there and gone before anyone looked was never followed
    source, number = follow(log), 0
    seen = drain(source)
    got, positions = list(seen.messages), at(seen)
    for clock, step in enumerate(steps):
        if step in ("write", "part"):
            number += 1
            append(log, b"line %d" % number + (b"\n" if step == "write" else b" goes "))
        elif step == "rotate" and log.exists():
            append(log, b"end\n")  # a writer ends its line before it lets go
            os.utime(log, ns=(clock, clock))
            log.rename(log.with_name(f"app.log.{clock}"))
        elif step == "look":
            seen = drain(source)
            got.extend(seen.messages)
            positions |= at(seen) if seen.messages else {}
        elif step == "restart":
            source.close()
            source = follow(log, positions)
        if log.exists():
            os.utime(log, ns=(clock, clock))
    append(log, b"last\n")
    for _ in range(2 * len(steps) + 3):
        got.extend(drain(source).messages)
    source.close()
    files = sorted(log.parent.glob("app.log.*"), key=lambda path: int(path.suffix[1:]))
    whole = b"".join(path.read_bytes() for path in [*files, log] if path.exists())
    assert got == whole.split(b"\n")[:-1]
