"""A pipe behind a journal: as replayable as a file, from the moment of journalling."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lrcontrol.keeping.journal import JournalSettings
from lrcontrol.sources.base import EndOfStream, SourceFailed
from lrcontrol.sources.journalled import Journalled
from lrcontrol.sources.pipe import Pipe


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return str(tmp_path / "journal.db")


def behind(
    journal: str, path: str, positions: dict[str, int], *, headed: bool = False, **more: int
) -> Journalled:
    rewinds = bool(more.pop("rewinds", False))
    settings = JournalSettings(journal, **more)
    source = Journalled(Pipe(path, 1000, headed=headed), settings, rewinds=rewinds)
    source.open(positions)
    return source


def test_what_was_not_in_a_checkpoint_comes_again_and_then_the_pipe_goes_on(journal, pipe, drain):
    path, writer = pipe(b"1\n2\n3\n")
    seen = drain(behind(journal, path, {}))
    assert (seen.messages, seen.positions) == ([b"1", b"2", b"3"], [1, 2, 3])
    path, writer = pipe(b"4\n5\n")  # a writer that goes on where it was
    os.close(writer)
    source = behind(journal, path, {"journal": 1})
    assert source.lag == 2
    seen = drain(source)
    assert seen.messages == [b"2", b"3", b"4", b"5"]
    assert (seen.positions, set(seen.origins), seen.ended) == ([2, 3, 4, 5], {"journal"}, True)
    with pytest.raises(EndOfStream):
        source.poll(1, 0)
    source.close()


def test_a_writer_that_begins_again_is_skipped_up_to_what_is_journalled(journal, tmp_path, drain):
    path = str(tmp_path / "fifo")
    os.mkfifo(path)
    for position, content, expected in (
        (0, b"1\n2\n3\n", [b"1", b"2", b"3"]),
        (2, b"1\n2\n3\n4\n", [b"3", b"4"]),
    ):
        source = behind(journal, path, {"journal": position}, rewinds=True)
        writer = os.open(path, os.O_WRONLY)
        os.write(writer, content)
        assert drain(source).messages == expected
        os.close(writer)
        source.close()


def test_the_columns_of_a_table_come_with_their_own_lines(journal, pipe, drain):
    drain(behind(journal, pipe(b"a,b\n1,2\n3,4\n")[0], {}, headed=True))
    seen = drain(behind(journal, pipe(b"b,a\n5,6\n")[0], {}, headed=True), by=10)
    assert seen.messages == [b"1,2", b"3,4", b"5,6"]
    assert seen.headers == [b"a,b", b"a,b", b"b,a"]


def test_a_full_journal_makes_the_writer_wait_and_loses_nothing(journal, pipe, drain):
    source = behind(journal, pipe(b"1\n2\n3\n4\n5\n")[0], {}, max_messages=3)
    assert drain(source).messages == [b"1", b"2", b"3"]
    assert source.poll(3, 0) is None
    for position in (1, 2, 3, 4):
        source.commit({"journal": position})
    assert drain(source).messages == [b"4", b"5"]


def test_a_bad_disk_stops_it_and_nothing_is_lost_once_it_is_good_again(journal, pipe, drain):
    source = behind(journal, pipe(b"1\n2\n")[0], {})
    database = source._reader.journal.database
    database.rows(f"PRAGMA max_page_count={database.rows('PRAGMA page_count')[0][0]}")
    with database.transaction() as connection:  # the last free page
        connection.execute("INSERT INTO origins VALUES ('x', 1)")
    source._source = Long(source._source)
    with pytest.raises(SourceFailed, match="full"):
        source.poll(9, 0)
    assert [len(message) for message in drain(source).messages] == [9001, 9001]


class Long:
    """A source whose messages are longer than a page."""

    def __init__(self, source: Pipe) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Callable[..., object]:
        return getattr(self._source, name)

    def poll(self, limit, timeout):
        batch = self._source.poll(limit, timeout)
        return batch and batch._replace(messages=[m + bytes(9000) for m in batch.messages])


def test_a_checkpoint_of_another_journal_is_refused(journal, pipe):
    with pytest.raises(SourceFailed, match="ends at 0, before the position 7"):
        behind(journal, pipe(b"")[0], {"journal": 7})
