"""From a file, ``--set`` values and the environment to settings, or to everything wrong with them.

Four levels: syntax, schema, topology, environment. The syntax must be right before anything else is
looked at; the problems of the other three are told together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lrcontrol.config.checkup import check_up
from lrcontrol.config.convert import Converter
from lrcontrol.config.document import parse, read
from lrcontrol.config.environment import substitute
from lrcontrol.config.hints import hints_of
from lrcontrol.config.kinds import KINDS
from lrcontrol.config.nodes import Map, Node
from lrcontrol.config.overrides import override
from lrcontrol.config.problems import REFUSED, ConfigError, Problem, Problems
from lrcontrol.config.settings import Settings
from lrcontrol.config.stdin import from_stdin
from lrcontrol.config.topology import join_inputs


class Loaded(NamedTuple):
    """Settings that can be used, and what is odd about them."""

    settings: Settings
    warnings: tuple[Problem, ...] = ()


def load(
    path: Path | str,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
    *,
    environment: bool = False,
    stdin: bool = False,
) -> Loaded:
    """Return the settings of a YAML file, with ``overrides`` such as ``models.m.period=32``.

    ``stdin`` puts standard input in the place of the file's only source. ``environment`` adds the
    last level: River is imported, every model built once, and sources asked whether what they name
    is there. Raises ConfigError with everything that is wrong.
    """
    return settle(tree(path, overrides, stdin), environ, environment)


def loads(
    text: str | bytes,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
    *,
    environment: bool = False,
    file: str = "<text>",
) -> Loaded:
    """Return the settings of a YAML text; see ``load``."""
    return settle(override(parse(text, file), overrides), environ, environment)


def validate(
    path: Path | str,
    overrides: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
    *,
    environment: bool = True,
) -> list[Problem]:
    """Return everything wrong or odd with a YAML file, in the order of its lines; never raises."""
    try:
        return list(load(path, overrides, environ, environment=environment).warnings)
    except ConfigError as error:
        return list(error.problems)


def tree(path: Path | str, overrides: Sequence[str] = (), stdin: bool = False) -> Node:
    """Return what is written in a YAML file, ``overrides`` in place. Raises ConfigError."""
    root = override(read(path), overrides)
    return from_stdin(root) if stdin else root


def settle(
    root: Node, environ: Mapping[str, str] = os.environ, environment: bool = False
) -> Loaded:
    """Return the settings that a tree stands for; see ``load``."""
    problems = Problems()
    root = substitute(root, environ, problems)
    root = join_inputs(root, problems)
    converter = Converter(problems, KINDS, _allow(root))
    settings = converter.convert(root, Settings)
    if environment:
        check_up(converter.made, converter.marks, problems)
    problems.raise_errors()
    assert settings is not REFUSED
    return Loaded(settings, tuple(problems.found))


def _allow(root: Node) -> tuple[str, ...]:
    # Needed before anything else is converted; what is wrong with it is told when its turn comes.
    node = root.get("allow") if isinstance(root, Map) else None
    made = node and Converter(Problems(), {}).convert(node, hints_of(Settings)["allow"])
    return made if isinstance(made, tuple) else ()
