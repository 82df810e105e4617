from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

import pytest

from lrcontrol.checks import Count, Fraction, Positive, Range, check
from lrcontrol.config.components import Kind
from lrcontrol.config.convert import Converter
from lrcontrol.config.document import parse
from lrcontrol.config.hints import Pattern
from lrcontrol.config.problems import REFUSED, Problems
from lrcontrol.secret import Secret
from lrcontrol.units import SIZE, Duration, Size


class Shape(Protocol):
    def area(self) -> float: ...


@dataclass(frozen=True)
class Square:
    side: Positive

    def __post_init__(self):
        check(self)


@dataclass(frozen=True)
class Scaled:
    of: Shape
    factor: Fraction = 0.5


@dataclass(frozen=True)
class Band:
    low: Positive = 1.0
    high: Positive = 2.0

    def __post_init__(self):
        check(self, ("low", self.low >= self.high, f"must be below high ({self.high:g})"))


@dataclass(frozen=True)
class Everything:
    name: str
    count: Count = 1
    rate: Positive = 1.0
    on: bool = False
    mode: Literal["fast", "slow", 3] = "fast"
    wait: Annotated[Duration, Range(above=0)] = 1.0
    size: Size = 1
    password: Secret | None = None
    words: tuple[str, ...] = ()
    rates: list[Positive] = field(default_factory=list)
    by_name: dict[Annotated[str, Pattern("[a-z]+", "small letters")], int] = field(
        default_factory=dict
    )
    band: Band = field(default_factory=Band)
    shape: Shape | None = None
    several: str | list[str] | float = ""
    anything: Any = None


KINDS = {Shape: Kind("shape", {"square": Square, "scaled": f"{__name__}:Scaled"}, "none.such")}


def converted(text, kind=Everything):
    problems = Problems()
    converter = Converter(problems, KINDS)
    made = converter.convert(parse(text, "c"), kind)
    return made, problems.found


def told(text, kind=Everything):
    made, found = converted(text, kind)
    assert made is REFUSED
    return [(p.line, p.column, p.path, p.message, p.hint) for p in found]


def test_everything_at_once():
    made, found = converted("""
name: x
count: 3
rate: 2
on: true
mode: 3
wait: 250ms
size: 64MiB
password: hunter2
words: [a, "1"]
rates: [1e-3, 1]
by_name: {a: 1}
band: {low: 0.5}
shape: {type: scaled, of: {type: square, side: 1e-5}}
several: [a]
anything: {a: [1, null]}
""")
    assert found == []
    assert made == Everything(
        "x", 3, 2.0, True, 3, 0.25, 2**26, Secret("hunter2"), ("a", "1"), [1e-3, 1.0], {"a": 1},
        Band(0.5), Scaled(Square(1e-5)), ["a"], {"a": [1, None]},
    )  # fmt: skip
    assert type(made.rate) is float
    assert isinstance(made.password, Secret)
    assert "hunter2" not in repr(made)


def test_defaults_stay():
    assert converted("name: x")[0] == Everything("x")
    assert converted("name: x\npassword:\nshape: ~")[0] == Everything("x")


@pytest.mark.parametrize(
    ("line", "column", "message", "hint"),
    [
        ("count: true", 8, "expected an integer, got true", ""),
        ("count: 3.5", 8, "expected an integer, got 3.5", ""),
        ("count: 1e3", 8, "expected an integer, got 1000.0", "write 1000"),
        ('count: "3"', 8, "expected an integer, got '3'", "leave out the quotes"),
        ("count: 0", 8, "must be >= 1, got 0", ""),
        ("count: [1]", 8, "expected an integer, got a list", ""),
        ("count:", 7, "expected an integer, got nothing", ""),
        ("rate: fast", 7, "expected a number, got 'fast'", ""),
        ("rate: .nan", 7, "must be finite, got nan", ""),
        ("rate: .inf", 7, "must be finite, got inf", ""),
        ("rate: -1", 7, "must be > 0, got -1", ""),
        ("rate: off", 7, "expected a number, got 'off'", ""),
        ("on: yes", 5, "expected true or false, got 'yes'", ""),
        ("on: 1", 5, "expected true or false, got 1", ""),
        ("mode: fats", 7, "expected one of 'fast', 'slow', 3, got 'fats'", "did you mean fast?"),
        ("mode: true", 7, "expected one of 'fast', 'slow', 3, got true", ""),
        ("wait: 30", 7, "expected a duration such as 30s (us, ms, s, m, h, d), got 30", ""),
        ("wait: 0", 7, "must be > 0, got 0", ""),
        ("size: x", 7, f"expected {SIZE.expected}, got 'x'", ""),
        ("size: 1.5", 7, f"expected {SIZE.expected}, got 1.5", ""),
        ("size: -1", 7, "must be >= 0, got -1", ""),
        ("words: a", 8, "expected a list, got 'a'", ""),
        ("words: [a, 1]", 12, "expected text, got 1", 'write "1"'),
        ("rates: [1, 0]", 12, "must be > 0, got 0", ""),
        ("by_name: [a]", 10, "expected a mapping, got a list", ""),
        ("by_name: {A: 1}", 11, "expected small letters, got 'A'", ""),
        ("by_name: {a: x}", 14, "expected an integer, got 'x'", ""),
        ("band: 1", 7, "expected a mapping, got 1", ""),
        ("band: {low: 3}", 13, "must be below high (2)", ""),
        ("shape: x", 8, "expected a mapping with a type, got 'x'", "write {type: x}"),
        ("shape: {side: 1}", 8, "missing", "one of square, scaled"),
        ("shape: {type: 1}", 15, "expected the name of a shape, got 1", ""),
        ("shape: {type: sqare}", 15, "unknown shape 'sqare'", "did you mean square?"),
        ("shape: {type: square}", 8, "missing", ""),
        ("several: {a: 1}", 10, "expected text or a list or a number, got a mapping", ""),
        ("sieze: 1", 1, "unknown key", "did you mean size?"),
        ("nme: 1", 1, "unknown key", "did you mean name?"),
    ],
)  # fmt: skip
def test_what_is_wrong_and_where(line, column, message, hint):
    assert [problem[:2] + problem[3:] for problem in told(f"name: x\n{line}")] == [
        (2, column, message, hint)
    ]


def test_all_problems_are_told_each_with_its_path():
    text = "count: x\nband:\n  low: -1\n  hihg: 3\n"
    text += "shape:\n  type: scaled\n  of: {type: square, side: 0}\n"
    assert [problem[:4] for problem in told(text)] == [
        (1, 8, "count", "expected an integer, got 'x'"),
        (3, 8, "band.low", "must be > 0, got -1"),
        (4, 3, "band.hihg", "unknown key"),
        (7, 28, "shape.of.side", "must be > 0, got 0"),
        (1, 1, "name", "missing"),
    ]


def test_a_missing_key_is_told_at_the_key_of_its_section():
    assert told("name: x\nshape:\n  type: scaled\n  factor: 0.1\n") == [
        (2, 1, "shape.of", "missing", "")
    ]


def test_an_unknown_key_that_is_near_to_nothing_lists_what_there_is():
    assert told("zebra: 1", Band) == [(1, 1, "zebra", "unknown key", "one of low, high")]


def test_a_secret_is_not_shown_even_when_it_is_wrong():
    _, found = converted("name: x\npassword: 123456")
    assert [(p.message, p.hint, p.source) for p in found] == [
        ("expected text, got ***", "quote it", "")
    ]


def test_the_place_of_each_value_is_kept():
    converter = Converter(Problems(), KINDS)
    converter.convert(parse("name: x\nband:\n  low: 0.5\nwords: [a, b]", "c"), Everything)
    places = {path: mark[1:3] for path, mark in converter.marks.items()}
    assert places == {
        "": (1, 1),
        "name": (1, 7),
        "band": (2, 1),
        "band.low": (3, 8),
        "words": (4, 8),
        "words.0": (4, 9),
        "words.1": (4, 12),
    }


def test_what_could_be_made_is_kept_even_when_the_whole_could_not():
    converter = Converter(Problems(), KINDS)
    text = "name: 1\nband: {low: 0.5}\nshape: {type: square, side: 2}"
    assert converter.convert(parse(text, "c"), Everything) is REFUSED
    assert converter.made == {"band": Band(0.5), "shape": Square(2.0)}
