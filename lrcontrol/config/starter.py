"""A commented file to start from: every key there is, what it means, and what it is when left out.

Generated from the dataclasses and their docstrings, so it cannot fall behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from textwrap import indent, wrap
from types import MappingProxyType
from typing import Any, NamedTuple

from lrcontrol.config.components import Kind
from lrcontrol.config.docs import parameters
from lrcontrol.config.hints import default_of, hints_of, is_required, taken_apart
from lrcontrol.config.kinds import KINDS
from lrcontrol.config.problems import nearest
from lrcontrol.config.settings import Settings
from lrcontrol.config.show import as_data, as_yaml

#: Columns of a comment.
WIDTH = 92
#: Any whole number does.
SEED = 42

HEADER = """\
# Configuration of lrcontrol. Check it with `lrcontrol validate FILE`, see what is in force with
# `lrcontrol config show FILE`. Keys with a # in front show what holds when they are left out.
# ${VAR}, ${VAR:-default} and ${VAR:?message} take values from the environment; $$ is a dollar sign.

"""


class Task(NamedTuple):
    """What shows a task: a data set, a synthetic stream, and the last step of the pipeline."""

    dataset: str
    synthetic: Mapping[str, str]
    estimator: str


TASKS: Mapping[str, Task] = MappingProxyType(
    {
        "regression": Task("TrumpApproval", {"stream": "linear"}, "linear_model.LinearRegression"),
        "binary": Task("Phishing", {"stream": "logistic"}, "linear_model.LogisticRegression"),
        "multiclass": Task("ImageSegments", {"generator": "LED"}, "linear_model.SoftmaxRegression"),
    }
)


def starter(source: str = "dataset", task: str = "regression") -> str:
    """Return the text of a file with one source of the type ``source`` and one model.

    ``task`` is regression, binary or multiclass. Raises ValueError for an unknown one of either.
    """
    shown = _known(TASKS, "task", task)
    sources = {
        "dataset": {"name": shown.dataset},
        "file": {"path": "records.ndjson"},
        "lines": {},
        "push": {},
        "synthetic": {"seed": SEED, **shown.synthetic},
    }
    given = _known(sources, "source", source)
    name = shown.dataset.lower() if source == "dataset" else source
    pipeline = [{"class": "preprocessing.StandardScaler"}, {"class": shown.estimator}]
    controller = {"type": "auto"}
    data = {
        "version": 1,
        "sources": {name: {"type": source, **given}},
        "models": {"model": {"pipeline": pipeline, "task": task, "controller": controller}},
    }
    return HEADER + "\n".join(_section(Settings, data)).rstrip() + "\n"


def _known(table: Mapping[str, Any], what: str, name: str) -> Any:
    if name not in table:
        hint = nearest(name, table) or f"one of {', '.join(table)}"
        raise ValueError(f"unknown {what} {name!r} ({hint})")
    return table[name]


def _section(kind: Any, data: Mapping[str, Any]) -> Iterator[str]:
    texts, hints = parameters(kind), hints_of(kind)
    top = kind is Settings
    for field in fields(kind):
        if field.name not in hints or (field.name not in data and is_required(field)):
            continue
        yield from _comment(texts.get(field.name, ""))
        if field.name in data:
            yield from _given(field.name, hints[field.name], data[field.name])
        else:
            default = _yaml(field.name, as_data(default_of(field), hints[field.name]))
            yield from (f"# {line}" for line in default)
        if top:
            yield ""


def _given(name: str, hint: Any, value: Any) -> Iterator[str]:
    apart = taken_apart(hint)
    inner = apart.args[1] if apart.origin is dict else None
    if inner is not None:
        yield f"{name}:"
        for key, item in value.items():
            yield from (indent(line, "  ") for line in _given(key, inner, item))
    elif apart.origin in KINDS:
        yield f"{name}:"
        yield from (indent(line, "  ") for line in _component(KINDS[apart.origin], value))
    elif is_dataclass(apart.bare):
        yield f"{name}:"
        yield from (indent(line, "  ") for line in _section(apart.bare, value))
    else:
        yield from _yaml(name, value)


def _component(kind: Kind, value: Mapping[str, Any]) -> Iterator[str]:
    yield from _comment(f"One of {', '.join(kind.names())}.")
    yield f"type: {value['type']}"
    yield from _section(kind.find(value["type"]), value)


def _yaml(name: str, value: Any) -> list[str]:
    return as_yaml({name: value}).splitlines()


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in wrap(text.replace("``", ""), WIDTH)]
