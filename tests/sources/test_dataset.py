"""River's data sets: every bundled one is read, and the others say what to do."""

import inspect
from datetime import date, datetime

import pytest
from river import datasets

from lrcontrol.sources.base import SourceFailed
from lrcontrol.sources.dataset import Dataset
from lrcontrol.sources.pairs import record

KINDS = {
    name: getattr(datasets, name)
    for name in datasets.__all__
    if inspect.isclass(getattr(datasets, name))
}
REMOTE = {name for name, kind in KINDS.items() if issubclass(kind, datasets.base.RemoteDataset)}
SEVERAL = {"Music", "SolarFlare", "WebTraffic", "Yeast"}
BUNDLED = set(KINDS) - REMOTE - SEVERAL


def opened(name):
    source = Dataset(name=name).build()
    source.open({})
    return source


@pytest.mark.parametrize("name", sorted(BUNDLED))
def test_bundled(name, drain):
    settings = Dataset(name=name)
    assert list(settings.problems()) == []
    source = opened(name)
    seen = drain(source, most=100_000, by=1000)
    source.close()
    assert seen.ended
    assert len(seen.messages) == source.length == KINDS[name]().n_samples
    for x, y, _, time in seen.messages[:200]:
        assert all(type(value) in (float, str, bool) for value in (*x.values(), y))
        assert all(type(feature) is str for feature in x)
        assert (time is not None) == (name in ("AirlinePassengers", "WaterFlow"))
    assert seen.messages[0].x or name in ("AirlinePassengers", "WaterFlow")


def test_values_are_rivers_own():
    source = opened("Phishing")
    for mine, (x, y) in zip(source.poll(1250, 0).messages, datasets.Phishing(), strict=True):
        assert (mine.x, mine.y) == (x, y)
    source.close()


@pytest.mark.parametrize("name", sorted(SEVERAL))
def test_several_targets_are_refused(name):
    ((key, message),) = Dataset(name=name).problems()
    assert key == "name"
    assert "several targets" in message
    with pytest.raises(SourceFailed, match="several targets"):
        opened(name)


def test_what_is_not_on_disk_says_how_to_get_it_and_leaves_no_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("RIVER_DATA", str(tmp_path / "none"))
    ((_, message),) = Dataset(name="Elec2").problems()
    assert "Elec2().download()" in message
    assert not (tmp_path / "none").exists()
    with pytest.raises(SourceFailed, match="download"):
        opened("Elec2")


def test_what_was_downloaded_is_read(monkeypatch, tmp_path, drain):
    monkeypatch.setenv("RIVER_DATA", str(tmp_path))
    folder = tmp_path / "SMSSpam"
    folder.mkdir()
    (folder / "SMSSpamCollection").write_text("ham\tsee you\nspam\tbuy now\n")
    # River takes a data set for downloaded by its size on disk.
    with (folder / "SMSSpamCollection").open("r+b") as file:
        file.truncate(datasets.SMSSpam().size)
    source = opened("SMSSpam")
    assert [r[:2] for r in drain(source, most=2, by=2).messages] == [
        ({"body": "see you\n"}, False),
        ({"body": "buy now\n"}, True),
    ]
    source.close()


def test_unknown_name():
    assert list(Dataset(name="Fishing").problems()) == [
        ("name", "'Fishing' is not in river.datasets; did you mean Phishing?")
    ]
    with pytest.raises(SourceFailed, match="did you mean Phishing"):
        opened("Fishing")
    ((_, message),) = Dataset(name="qqq").problems()
    assert "one of AirlinePassengers, " in message


def test_excluded():
    settings = Dataset(name="Phishing", exclude=("https",))
    source = settings.build()
    source.open({})
    found = settings.decoder().decode(source.poll(2, 0))
    source.close()
    assert len(found.records) == 2
    assert "https" not in found.records[0].x


def test_pairs():
    made = record({1: None, "b": True, "day": date(1970, 1, 2)}, 3)
    assert made == ({"b": True}, 3.0, None, 86400.0)
    assert record({"t": datetime(1970, 1, 1, 1)}, "c").timestamp == 3600.0
    with pytest.raises(SourceFailed, match="words: is a list"):
        record({"words": ["a"]}, 1)
