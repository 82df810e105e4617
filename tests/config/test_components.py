import sys
from dataclasses import dataclass

import pytest

from lrcontrol.config.components import Kind, NotFound


@dataclass(frozen=True)
class Ours:
    a: int = 1


@dataclass(frozen=True)
class Theirs:
    b: int = 2


class Bare:
    pass


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A package that is installed beside this one and offers a controller."""
    (tmp_path / "elsewhere.py").write_text(
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Sgdr:\n    t: int = 1\n"
    )
    info = tmp_path / "elsewhere-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[lrcontrol.tests]\nsgdr = elsewhere:Sgdr\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("elsewhere", None)


def kind(**table):
    return Kind("controller", {"ours": Ours, **table}, "lrcontrol.tests")


def test_our_own_come_first_and_are_imported_on_use():
    assert kind().find("ours") is Ours
    assert kind(late=f"{__name__}:Theirs").find("late") is Theirs


def test_another_package_offers_one_by_entry_point(elsewhere):
    kinds = kind()
    assert kinds.names() == ["ours", "sgdr"]
    found = kinds.find("sgdr")
    assert found.__module__ == "elsewhere"
    assert kinds.name_of(found()) == "sgdr"


def test_a_module_is_imported_where_it_is_allowed():
    name = f"{__name__}:Theirs"
    assert kind().find(name, [__name__.partition(".")[0]]) is Theirs
    with pytest.raises(NotFound, match="is not allowed") as error:
        kind().find(name, ["other"])
    assert error.value.hint == "add it under allow:"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("our", "unknown controller 'our'", "did you mean ours?"),
        ("zebra", "unknown controller 'zebra'", "one of ours, none, gone, nomod"),
        ("none", f"module {__name__} has no 'None_'", ""),
        ("gone", "controller 'gone' cannot be imported: No module named 'nowhere'", ""),
        (f"{__name__}:Bare", "is not a dataclass, so it cannot be a controller", ""),
        (f"{__name__}:Kind.find", "has no 'Kind.find'", ""),
    ],
)
def test_what_cannot_be_found(name, message, hint):
    table = {"none": f"{__name__}:None_", "gone": "nowhere:X", "nomod": f"{__name__}:Bare"}
    with pytest.raises(NotFound) as error:
        kind(**table).find(name, [__name__])
    assert message in str(error.value)
    assert error.value.hint == hint


def test_a_missing_package_names_the_extra(tmp_path, monkeypatch):
    info = tmp_path / "lrcontrol-9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: lrcontrol\nVersion: 9\nProvides-Extra: kafka\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(NotFound) as error:
        kind(kafka="package_that_is_not_there:X").find("kafka")
    assert error.value.hint == "pip install 'lrcontrol[kafka]'"


def test_names_of_components():
    assert kind().name_of(Ours()) == "ours"
    assert kind(late=f"{__name__}:Theirs").name_of(Theirs()) == "late"
    assert kind().name_of(Theirs()) == f"{__name__}:Theirs"


def test_a_class_named_through_a_package_that_re_exports_it_has_that_name(elsewhere, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "Renamed", Theirs, raising=False)
    assert kind(short=f"{__name__}:Renamed").name_of(Theirs()) == "short"
