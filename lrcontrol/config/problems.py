"""What is wrong with a configuration: where, what, and what was likely meant, all of it at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Literal, NamedTuple
from unicodedata import east_asian_width

from lrcontrol.config.nodes import Mark

#: Problems told at once; a file with more is better read again from the top. Bounds the work spent
#: on likely names too, which grows with problems times names.
MOST_PROBLEMS = 100
#: Columns of a source line that are shown around the caret.
WINDOW = 100
#: Longer words are no misspelt key.
LONGEST_WORD = 60
#: Names that a word is compared with; River has 500, and comparing takes 10 us each.
NAMES_COMPARED = 600
#: How alike a name must be to be suggested; 0.6 is difflib's own, good for one or two slips.
ALIKE = 0.6

Level = Literal["error", "warning"]


class Refused:
    """Stands for a value that could not be made; why is among the problems."""


REFUSED = Refused()


def refused(values: Iterable[object]) -> bool:
    """Return whether one of ``values`` is REFUSED; by identity, as River objects compare oddly."""
    return any(value is REFUSED for value in values)


class Problem(NamedTuple):
    """One thing wrong; ``hint`` says what was likely meant, ``source`` is the line."""

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""
    source: str = ""
    level: Level = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        level = "" if self.level == "error" else f"{self.level}: "
        where = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        start = f"{place}{' ' if self.path else ': '}" if place else ""
        return f"{start}{level}{where}{self.message}{hint}{self._excerpt()}"

    def _excerpt(self) -> str:
        if not self.source.strip():
            return ""
        start = max(0, self.column - 1 - WINDOW // 2) if len(self.source) > WINDOW else 0
        shown = "".join(c if c.isprintable() else " " for c in self.source[start:][:WINDOW])
        before = shown[: self.column - 1 - start]
        indent = sum(2 if east_asian_width(c) in "WF" else 1 for c in before)
        return f"\n  {shown}\n  {' ' * indent}^"

    def as_data(self) -> dict[str, str | int]:
        """Return the problem as JSON-able data, for editors and CI."""
        return {name: value for name, value in self._asdict().items() if name != "source"}


class ConfigError(ValueError):
    """The configuration cannot be used; ``problems`` says everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column)))
        super().__init__("\n".join(map(str, self.problems)))

    def as_data(self) -> list[dict[str, str | int]]:
        """Return the problems as JSON-able data."""
        return [problem.as_data() for problem in self.problems]


class Problems:
    """Collects problems while there is more to read; raises ``ConfigError`` when told to, or full.

    >>> found = Problems()
    >>> found.add(Mark("c.yaml", 2, 5, "    kpp: 1"), "controller.kpp", "unknown key",
    ...           nearest("kpp", ["kp", "ki"]))
    >>> found.raise_errors()
    Traceback (most recent call last):
    ...
    lrcontrol.config.problems.ConfigError: c.yaml:2:5 controller.kpp: unknown key (did you mean kp?)
          kpp: 1
          ^
    """

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(
        self, mark: Mark, path: str, message: str, hint: str = "", level: Level = "error"
    ) -> None:
        """Note a problem."""
        file, line, column, source = mark
        self.found.append(Problem(file, line, column, path, message, hint, source, level))
        if len(self.found) >= MOST_PROBLEMS:
            note = f"more than {MOST_PROBLEMS} problems, the rest is not looked at"
            raise ConfigError([*self.found, Problem(file, line, column, "", note)])

    def stop(self, mark: Mark, path: str, message: str, hint: str = "") -> ConfigError:
        """Return the error to raise when reading cannot go on after this problem."""
        self.add(mark, path, message, hint)
        return ConfigError(self.found)

    def raise_errors(self) -> None:
        """Raise ConfigError if there is an error among the problems; warnings alone do not."""
        if any(problem.level == "error" for problem in self.found):
            raise ConfigError(self.found)


def nearest(word: str, names: Iterable[str]) -> str:
    """Return the hint naming what ``word`` was likely meant to be, or "" where nothing is near.

    >>> nearest("linear_model.linearregresion", ["linear_model.LinearRegression"])
    'did you mean linear_model.LinearRegression?'
    """
    near = closest(word, names)
    return f"did you mean {near}?" if near else ""


def closest(word: str, names: Iterable[str]) -> str:
    """Return the name nearest to ``word``, whatever the case, or "" where nothing is near."""
    if len(word) > LONGEST_WORD:
        return ""
    lower = {name.lower(): name for name in islice(names, NAMES_COMPARED)}
    near = get_close_matches(word.lower(), lower, n=1, cutoff=ALIKE)
    return lower[near[0]] if near else ""
