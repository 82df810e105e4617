"""The README's examples do what they say; its commands are run as written by .ci/run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lrcontrol.config import ConfigError, loads

README = (Path(__file__).parent.parent / "README.md").read_text()


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_yaml_is_a_configuration():
    settings = loads(block("yaml")).settings
    assert list(settings.models) == ["fare"]
    settings.models["fare"].build()


def test_the_library_example_runs():
    names: dict[str, object] = {}
    exec(block("python"), names)
    assert 0.0 < names["model"]["ControlledClassifier"].loop.gain.rate < 1.0


def test_the_picture_of_a_mistake_is_what_validate_says():
    text = re.sub(r"\{type: auto\}.*", "\n      type: pid\n      kpp: 1", block("yaml"))
    with pytest.raises(ConfigError) as caught:
        loads(text, file="lrcontrol.yaml")
    assert str(caught.value) in README
