"""What every source promises: no gap, no repeat at any position, no waiting to fill a batch."""

from __future__ import annotations

import gzip
import os
from importlib import import_module

import pytest

from lrcontrol.keeping.journal import Journal, JournalSettings
from lrcontrol.sources import SOURCES
from lrcontrol.sources.base import EndOfStream
from lrcontrol.sources.dataset import Dataset
from lrcontrol.sources.file import File
from lrcontrol.sources.lines import Lines
from lrcontrol.sources.push import Push
from lrcontrol.sources.synthetic import Synthetic

#: Messages looked at of a source that has many.
SOME = 12
PLAIN = b"".join(b'{"a": %d, "y": 1}\n' % number for number in range(7))
TABLE = b"a,y\n" + b"".join(b"%d,1\n" % number for number in range(7))
CONTENTS = {
    "ndjson": PLAIN,
    "csv": TABLE,
    "crlf": TABLE.replace(b"\n", b"\r\n"),
    "unended": PLAIN[:-1],
    "blank lines": PLAIN.replace(b"\n", b"\n\n"),
    "blank before header": b"\n\r\n" + TABLE,
}


def lines_case(content):
    def make(place, pipe):
        path, writer = pipe(content)
        os.close(writer)
        (place / "pipe").unlink(missing_ok=True)
        (place / "pipe").symlink_to(path)  # another pipe at the same path: its writer began again
        return Lines(path=str(place / "pipe"), format="csv" if b"a,y" in content else "ndjson")

    return make


def file_case(content, *, packed=False, **options):
    def make(place, pipe):
        name = ("data.csv" if b"a,y" in content else "data.ndjson") + (".gz" if packed else "")
        (place / name).write_bytes(gzip.compress(content, mtime=0) if packed else content)
        return File(path=str(place / name), **options)

    return make


def fixed(settings):
    return lambda place, pipe: settings


FINITE = {
    **{f"lines {name}": lines_case(content) for name, content in CONTENTS.items()},
    **{f"file {name}": file_case(content) for name, content in CONTENTS.items()},
    **{f"gzip {name}": file_case(content, packed=True) for name, content in CONTENTS.items()},
    "limited": file_case(TABLE, limit=1000),
    "repeated": file_case(TABLE, repeat=3),
    "fast": file_case(TABLE, speed=1e9),
    "short generator": fixed(
        Synthetic(seed=1, generator="AnomalySine", arguments={"n_samples": 9, "n_anomalies": 2,
                                                              "n_contextual": 2})
    ),
}  # fmt: skip


def push_case(place, pipe):
    settings = Push(journal=JournalSettings(str(place / "journal.db")))
    if not (place / "journal.db").exists():
        journal = Journal(settings.journal)
        journal.append(PLAIN.splitlines() * 2)
        journal.close()
    return settings


ENDLESS = {
    "push": push_case,
    "follow": file_case(TABLE, mode="follow"),
    "dataset": fixed(Dataset(name="TrumpApproval")),
    "dataset for ever": fixed(Dataset(name="ChickWeights", repeat=0)),
    "generator": fixed(Synthetic(seed=1, generator="Agrawal")),
    **{
        drift: fixed(Synthetic(seed=1, stream="logistic", drift=drift, at=4, width=4, every=3))
        for drift in ("none", "abrupt", "gradual", "recurring", "scale_change", "label_noise")
    },
}
ALL = FINITE | ENDLESS


@pytest.fixture(params=ALL)
def make(request, tmp_path, pipe):
    """``make(positions)``: the same source opened anew at positions."""
    opened = []

    def run(positions):
        opened.append(ALL[request.param](tmp_path, pipe).build())
        opened[-1].open(positions)
        return opened[-1]

    yield run
    for source in opened:
        source.close()


def test_resumed_anywhere_there_is_no_gap_and_no_repeat(make, drain):
    whole = drain(make({}), SOME)
    assert len(whole.messages) >= 7
    assert whole.positions == sorted(set(whole.positions))
    for k in range(1, len(whole.messages) + 1):
        positions = {whole.origins[k - 1]: whole.positions[k - 1]}
        rest = drain(make(positions), len(whole.messages) - k or 1)
        count = len(whole.messages) - k
        assert rest.messages[:count] == whole.messages[k:], f"after {k}"
        assert rest.positions[:count] == whole.positions[k:]
        assert rest.headers[:count] == whole.headers[k:]


@pytest.mark.parametrize("make", FINITE, indirect=True)
def test_the_end_is_said_after_the_last_and_stays(make, drain):
    source = make({})
    seen = drain(source)
    assert seen.ended
    with pytest.raises(EndOfStream):
        source.poll(1, 0)
    at_end = drain(make({seen.origins[-1]: seen.positions[-1]}))
    assert at_end.ended
    assert at_end.messages == []


@pytest.mark.parametrize("make", ENDLESS, indirect=True)
def test_without_end_there_is_no_end(make, drain):
    assert not drain(make({}), SOME).ended


def test_batch_sizes_do_not_matter(make, drain):
    one, seven = drain(make({}), SOME, by=1), drain(make({}), SOME, by=7)
    assert one.messages == seven.messages[: len(one.messages)]
    assert one.positions == seven.positions[: len(one.messages)]


@pytest.mark.parametrize("settings", [
    Dataset(name="ChickWeights", limit=5),
    Dataset(name="ChickWeights", limit=5, repeat=0, speed=1e9),
    Synthetic(seed=1, stream="linear", limit=5),
    Synthetic(seed=1, generator="SEA", limit=5),
])  # fmt: skip
def test_limit(settings, drain):
    source = settings.build()
    source.open({})
    seen = drain(source, by=2)
    assert len(seen.messages) == 5
    assert seen.ended
    assert source.length == 5
    source.close()


@pytest.mark.parametrize("name", ["lines", "file"])
def test_one_line_is_not_kept_waiting_for_others(name, pipe, log):
    if name == "lines":
        path, writer = pipe()
    else:
        log.touch()
        path, writer = str(log), os.open(log, os.O_WRONLY)
    source = (Lines(path=path) if name == "lines" else File(path=path, mode="follow")).build()
    source.open({})
    assert source.poll(64, 0) is None
    os.write(writer, b"on")
    assert source.poll(64, 0) is None
    os.write(writer, b"e\ntw")
    assert source.poll(64, 1000).messages == [b"one"]
    assert source.poll(64, 0) is None
    os.write(writer, b"o\nthree\n")
    assert source.poll(64, 1000).messages == [b"two", b"three"]
    source.close()


def test_every_source_of_the_table_is_here_and_can_be_closed_unopened(tmp_path, pipe):
    kinds = set()
    for case in ALL.values():
        settings = case(tmp_path, pipe)
        kinds.add(type(settings))
        settings.build().close()
    table = {getattr(import_module(m), n) for m, n in (s.split(":") for s in SOURCES.values())}
    assert kinds == table


@pytest.mark.parametrize("make", sorted(ALL.keys() - {"push"}), indirect=True)
def test_nothing_is_known_of_what_waits(make):
    source = make({})
    source.commit({})
    assert source.lag is None
