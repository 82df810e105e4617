"""Pipes for real: named ones, closed ones, lines in pieces, too long ones."""

import os
import subprocess
import sys

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.decode import Fields
from lrcontrol.sources.base import EndOfStream, SourceFailed
from lrcontrol.sources.lines import Lines
from lrcontrol.sources.pipe import CHUNK, READS


def opened(**settings):
    source = Lines(**settings).build()
    source.open({})
    return source


@pytest.fixture
def fifo(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    return str(tmp_path / "fifo")


def test_a_named_pipe_is_opened_before_its_writer_and_ends_with_it(fifo, drain):
    source = opened(path=fifo)
    assert source.poll(64, 0) is None
    writer = os.open(fifo, os.O_WRONLY)
    os.write(writer, b"1\r\n2")
    assert source.poll(64, 0) == (fifo, [b"1"], [1])
    os.close(writer)
    assert source.poll(64, 0) == (fifo, [b"2"], [2])
    with pytest.raises(EndOfStream):
        source.poll(64, 0)
    source.close()


def test_a_line_over_the_cap_is_rejected_by_the_decoder_and_not_kept(fifo):
    settings = Lines(path=fifo, max_record=100)
    source = settings.build()
    source.open({})
    writer = os.open(fifo, os.O_WRONLY)
    os.write(writer, b'{"a": 1, "y": 2}\n' + b"x" * 5000)
    batches = [source.poll(64, 0)]
    os.write(writer, b"x" * 5000 + b'\n{"a": 3, "y": 4}\n')
    batches.append(source.poll(64, 0))
    decoder = settings.decoder()
    found = [decoder.decode(batch) for batch in batches]
    assert [record.y for one in found for record in one.records] == [2.0, 4.0]
    (rejection,) = found[1].rejected
    assert (rejection.reason, rejection.position) == ("too_large", 2)
    assert len(rejection.message) == 102
    os.close(writer)
    source.close()


def test_a_position_is_the_number_of_the_line(pipe, drain):
    path, writer = pipe(b"a,y\n\n1,2\n3\n")
    os.close(writer)
    settings = Lines(path=path, format="csv")
    source = settings.build()
    source.open({})
    found = settings.decoder().decode(source.poll(64, 0))
    assert found.positions == [3]
    assert found.rejected[0].position == 4
    source.close()


def test_a_writer_without_line_ends_cannot_hold_a_poll_for_ever():
    with open("/dev/zero", "rb") as zeros:
        source = opened(path=f"/dev/fd/{zeros.fileno()}", max_record=10)
        assert source.poll(64, 1000) is None
        assert source._lines._size == READS * CHUNK
        source.close()


def test_standard_input_stays_open():
    # In a process of its own: here standard input belongs to whoever runs the tests.
    program = (
        "import os, sys; from lrcontrol.sources.lines import Lines\n"
        "source = Lines(limit=1).build(); source.open({}); print(source.poll(9, 60)[:2])\n"
        "source.close(); print(os.fstat(0).st_size)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=b"1\n2\n", capture_output=True, check=True
    )
    assert done.stdout.decode().splitlines() == ["('stdin', [b'1'])", "0"]


def test_a_pipe_that_is_not_there(tmp_path):
    path = str(tmp_path / "none")
    settings = Lines(path=path)
    assert [key for key, _ in settings.problems()] == ["path"]
    with pytest.raises(SourceFailed, match=f"{path}: No such file"):
        opened(path=path)


def test_a_folder_is_no_pipe(tmp_path):
    source = opened(path=str(tmp_path))
    with pytest.raises(SourceFailed, match="Is a directory"):
        source.poll(1, 0)
    source.close()


def test_environment_in_order(fifo):
    assert list(Lines().problems()) == []
    assert list(Lines(path=fifo).problems()) == []


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"columns": ("a", "y")}, "columns"),
        ({"format": "csv", "columns": ("a", "b")}, "columns"),
        ({"format": "csv", "columns": ("a", "a", "y")}, "columns"),
        ({"format": "csv", "fields": Fields(features="x")}, "fields"),
        ({"speed": 0.0}, "speed"),
        ({"limit": 0}, "limit"),
        ({"max_record": -1}, "max_record"),
    ],
)
def test_settings_that_cannot_be(settings, key):
    with pytest.raises(Invalid) as caught:
        Lines(**settings)
    assert [problem[0] for problem in caught.value.problems] == [key]


def test_csv_without_header(pipe):
    path, writer = pipe(b"1,2\n")
    settings = Lines(path=path, format="csv", columns=("a", "y"))
    source = settings.build()
    source.open({})
    assert settings.decoder().decode(source.poll(64, 0)).records == [({"a": 1.0}, 2.0, None, None)]
    os.close(writer)
    source.close()
