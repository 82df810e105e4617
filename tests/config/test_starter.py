import re
from itertools import pairwise

import pytest

from lrcontrol.config.document import parse
from lrcontrol.config.load import loads
from lrcontrol.config.nodes import plain
from lrcontrol.config.show import as_yaml
from lrcontrol.config.starter import TASKS, starter


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("source", ["dataset", "file", "lines", "synthetic"])
def test_every_starter_loads(source, task, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "records.ndjson").write_text("")
    settings, warnings = loads(starter(source, task), environment=True)
    assert warnings == ()
    assert settings.models["model"].task == task
    assert len(settings.sources) == 1


def uncommented(text):
    """Take the # off what could be a key, an item or an end of either."""
    return re.sub(r"^( *)# ( *(?:- |\w+:(?: |$)).*)$", r"\1\2", text, flags=re.MULTILINE)


def test_what_is_commented_out_holds_when_it_is_left_out():
    text = starter("file", "regression")
    data = plain(parse(uncommented(text.partition("version:")[1] + text.partition("version:")[2])))
    model = data["models"]["model"]
    assert {"period", "limits", "horizons", "drift", "bounds", "initial_rate"} <= set(model)
    assert model["horizons"]["slow"] == 2048
    assert data["http"]["listen"] == "127.0.0.1:9477"
    # inputs stand in the text as they are before the only source is filled in
    del model["inputs"]
    assert loads(as_yaml(data)).settings == loads(text).settings


def test_every_key_is_explained():
    lines = starter().splitlines()
    for before, line in pairwise(lines):
        if re.match(r"^ *(# )?(period|initial_rate|name|type|cooldown):", line):
            assert re.match(r"^ *# \S.*\.$", before), line


@pytest.mark.parametrize(
    ("source", "task", "message"),
    [
        ("kafak", "binary", "unknown source 'kafak'"),
        ("lnes", "binary", "did you mean lines?"),
        ("lines", "regresion", "did you mean regression?"),
    ],
)
def test_unknown_words_are_told(source, task, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        starter(source, task)
