"""Files read once: what they are read as, and what is wrong with them."""

import gzip

import pytest

from lrcontrol.checks import Invalid
from lrcontrol.sources.base import SourceFailed, memory_of, recall
from lrcontrol.sources.file import File
from lrcontrol.sources.replay import Replay

TABLE = b"a,y\n" + b"".join(b"%d,1\n" % number for number in range(500))


def opened(path, positions=None, **settings):
    source = File(path=str(path), **settings).build()
    source.open(positions or {})
    return source


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"a,y\n1,2\n"),
        ("a.csv.gz", gzip.compress(b"a,y\n1,2\n", mtime=0)),
        ("a.2026.csv", b"a,y\n1,2\n"),
        ("a.json", b'{"a": 1, "y": 2}'),
        ("csv", b'{"a": 1, "y": 2}'),
    ],
)
def test_the_name_tells_the_format(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    settings = File(path=str(path))
    assert list(settings.problems()) == []
    source = settings.build()
    source.open({})
    found = settings.decoder().decode(source.poll(64, 0))
    assert found.records == [({"a": 1.0}, 2.0, None, None)]
    source.close()


def test_several_members_in_a_gzip(tmp_path, drain):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a,y\n1,") + gzip.compress(b"2\n3,4\n"))
    source = opened(path)
    assert drain(source).messages == [b"1,2", b"3,4"]
    source.close()


@pytest.mark.parametrize("damage", [lambda raw: raw[:-20], lambda raw: raw[:-20] + b"x" * 20])
def test_a_damaged_gzip_fails_after_what_could_be_read(tmp_path, drain, damage):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(damage(gzip.compress(TABLE * 100)))
    source = opened(path)
    with pytest.raises(SourceFailed, match=r"a\.csv\.gz: .* after offset \d+"):
        drain(source, most=10**6, by=1000)
    source.close()


def test_what_is_no_gzip(tmp_path, drain):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(TABLE)
    source = opened(path)
    with pytest.raises(SourceFailed, match="Not a gzipped file"):
        source.poll(1, 0)
    source.close()


def test_renamed_it_is_the_same_file(tmp_path, drain):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE)
    source = opened(path)
    seen = drain(source, most=3)
    source.close()
    path = path.rename(tmp_path / "b.csv")
    source = opened(path, {seen.origins[-1]: seen.positions[-1]})
    assert drain(source, most=1, by=1).messages == [b"3,1"]
    source.close()


def test_another_file_in_its_place_is_refused(tmp_path, drain):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE)
    source = opened(path)
    seen = drain(source, most=3)
    source.close()
    path.write_bytes(TABLE.replace(b"0", b"9"))
    with pytest.raises(SourceFailed, match="not the file that was read before"):
        opened(path, {seen.origins[-1]: seen.positions[-1]})


def test_a_file_without_line_ends_cannot_hold_a_poll_for_ever(tmp_path):
    path = tmp_path / "zeros"
    with path.open("wb") as file:
        file.truncate(10 * 2**20)
    source = Replay(path, 100, headed=False)
    source.open({})
    assert source.poll(1, 0) is None
    assert source._file._file.tell() == 2**20
    source.close()


@pytest.mark.parametrize("mode", ["replay", "follow"])
def test_a_folder_or_a_pipe_is_no_file(tmp_path, mode):
    with pytest.raises(SourceFailed, match="not a regular file"):
        opened("/dev/null", mode=mode)
    assert [key for key, _ in File(path=str(tmp_path)).problems()] == ["path"]


def test_no_file(tmp_path):
    path = tmp_path / "none"
    assert list(File(path=str(path)).problems()) == [
        ("path", f"{path}: no such file; correct the path")
    ]
    with pytest.raises(SourceFailed, match="No such file"):
        opened(path)
    assert list(File(path=str(path), mode="follow").problems()) == []
    ((key, message),) = File(path=str(path / "a"), mode="follow").problems()
    assert key == "path"
    assert "no such folder" in message


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"mode": "follow", "repeat": 2}, "repeat"),
        ({"mode": "follow", "path": "a.gz"}, "mode"),
        ({"path": "a.json", "columns": ("a", "y")}, "columns"),
        ({"path": "a.csv.gz", "columns": ("a", "b")}, "columns"),
        ({"repeat": -1}, "repeat"),
    ],
)
def test_settings_that_cannot_be(settings, key):
    with pytest.raises(Invalid) as caught:
        File(**{"path": "a", **settings})
    assert [problem[0] for problem in caught.value.problems] == [key]


def test_an_empty_file_ends_also_when_it_is_repeated(tmp_path, drain):
    path = tmp_path / "empty"
    path.touch()
    for repeat in (1, 0):
        source = opened(path, repeat=repeat)
        seen = drain(source)
        assert seen.ended
        assert seen.messages == []
        source.close()


@pytest.mark.parametrize("mode", ["replay", "follow"])
def test_a_file_that_only_begins_alike_is_not_taken_for_the_one_that_was_read(tmp_path, mode):
    path, head = tmp_path / "a.ndjson", b'{"y": 0}\n' * 200
    path.write_bytes(head + b'{"y": 1}\n{"y": 2}\n')
    first = File(str(path), mode=mode).build()
    first.open({})
    batch = first.poll(201, 0)
    kept = memory_of(first)
    first.close()

    def resumed():
        source = File(str(path), mode=mode).build()
        recall(source, kept)
        source.open({batch.origin: batch.positions[-1]})
        return source

    same = resumed()
    assert list(same.poll(9, 0).messages) == [b'{"y": 2}']
    same.close()
    path.write_bytes(head + b'{"y": 7}\n{"y": 2}\n')
    why = {"replay": "not the file that was read before", "follow": "is not there any more"}
    with pytest.raises(SourceFailed, match=why[mode]):
        resumed()
