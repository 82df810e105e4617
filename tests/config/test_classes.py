import sys

import pytest

from lrcontrol.config.classes import find_class
from lrcontrol.config.components import NotFound


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A package of the user's with a class, a function, and modules that cannot be imported."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("")
    (tmp_path / "mine" / "models.py").write_text(
        "from subprocess import Popen\nclass Model:\n    pass\ndef make():\n    pass\n"
    )
    (tmp_path / "mine" / "broken.py").write_text("1 / 0\n")
    (tmp_path / "mine" / "needy.py").write_text("import package_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]


@pytest.mark.parametrize(
    "name",
    [
        "linear_model.LinearRegression",
        "river.linear_model.LinearRegression",
        "optim.losses.Squared",
        "optim.schedulers.InverseScaling",
        "drift.binary.DDM",
        "metrics.MAE",
    ],
)
def test_rivers_classes(name):
    assert find_class(name).__name__ == name.rpartition(".")[2]


def test_classes_of_your_own_in_full(mine):
    assert find_class("mine.models.Model", ["mine"]).__module__ == "mine.models"
    assert find_class("mine.models.Model", ["mine.models"]).__module__ == "mine.models"


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("LinearRegression", "expected module.Name", "did you mean linear_model.LinearRegression?"),
        ("Linearregresion", "expected module.Name", "did you mean linear_model.LinearRegression?"),
        ("linear_model.SGD", "has no 'SGD'", "did you mean optim.SGD?"),
        (
            "linear_modle.LinearRegression",
            "no module",
            "did you mean linear_model.LinearRegression?",
        ),
        ("optim.Squared", "has no 'Squared'", "did you mean optim.losses.Squared?"),
        ("linear_model._x.Y", "is private", ""),
        ("linear_model.__class__", "is private", ""),
        ("base.__init__.os", "is private", ""),
        ("a:b", "expected module.Name", ""),
        ("compose.learn_during_predict", "is no class", ""),
        ("linear_model.base.GLM", "is not something a model is made of", ""),
        ("datasets.Phishing", "is not something a model is made of", ""),
        ("base.Regressor", "is abstract: name one of its kinds", ""),
        ("api.linear_model.LinearRegression", "there is no module", ""),
        ("os.path.PathLike", "there is no module river.os", ""),
        ("builtins.int", "there is no module river.builtins", ""),
        ("mine.models.Model", "there is no module river.mine", ""),
    ],
)
def test_what_is_refused(name, message, hint):
    with pytest.raises(NotFound, match=message) as error:
        find_class(name)
    assert hint in error.value.hint


def test_what_is_wrong_with_your_own(mine):
    for name, message in {
        "mine.models.Modle": "mine.models has no 'Modle'",
        "mine.models.Popen": "'mine.models.Popen' is not something a model is made of",
        "mine.models.make": "'mine.models.make' is no class",
        "mine.none.Model": "there is no module mine.none",
        "mine.broken.Model": "importing mine.broken failed: ZeroDivisionError: division by zero",
        "mine.needy.Model": "mine.needy needs the package package_that_is_not_there",
    }.items():
        with pytest.raises(NotFound) as error:
            find_class(name, ["mine"])
        assert str(error.value) == message
