import pytest

from lrcontrol.config.nodes import Mark
from lrcontrol.config.problems import (
    MOST_PROBLEMS,
    ConfigError,
    Problem,
    Problems,
    closest,
    nearest,
)


def test_the_text_of_a_problem():
    problem = Problem("c.yaml", 14, 13, "models.m.low", "expected a number", "x?", "    low: 'x'")
    assert str(problem) == (
        "c.yaml:14:13 models.m.low: expected a number (x?)\n      low: 'x'\n              ^"
    )


def test_without_a_path_or_a_place_the_text_is_still_readable():
    assert str(Problem("c.yaml", 2, 1, "", "bad")) == "c.yaml:2:1: bad"
    assert str(Problem("c.yaml", 0, 0, "", "larger than 256 KiB")) == "c.yaml: larger than 256 KiB"
    assert str(Problem("c.yaml", 2, 1, "a", "odd", level="warning")) == "c.yaml:2:1 warning: a: odd"
    assert str(Problem("", 0, 0, "a", "bad")) == "a: bad"


def test_the_caret_is_under_the_character_in_a_long_line_and_after_wide_ones():
    line = "x" * 500 + "!" + "y" * 500
    shown, caret = str(Problem("c", 1, 501, "", "m", source=line)).splitlines()[1:]
    assert shown[caret.index("^")] == "!"
    assert len(shown) < 120
    wide = str(Problem("c", 1, 4, "", "m", source="名\t名!")).splitlines()
    assert wide[1:] == ["  名 名!", "       ^"]


def test_problems_come_in_the_order_of_the_lines():
    places = [("b", 1, 1), ("a", 2, 9), ("a", 2, 1), ("a", 10, 1)]
    error = ConfigError([Problem(*place, "", "m") for place in places])
    assert [(p.file, p.line, p.column) for p in error.problems] == sorted(places)


def test_the_data_form_has_all_but_the_line():
    error = ConfigError([Problem("c", 1, 2, "a.b", "bad", "did you mean c?", "a: b")])
    assert error.as_data() == [
        {
            "file": "c",
            "line": 1,
            "column": 2,
            "path": "a.b",
            "message": "bad",
            "hint": "did you mean c?",
            "level": "error",
        }
    ]


def test_a_flood_of_problems_is_cut():
    problems = Problems()

    def flood():
        for line in range(1, 10_000):
            problems.add(Mark("c", line, 1), "", "bad")

    with pytest.raises(ConfigError) as error:
        flood()
    assert len(error.value.problems) == MOST_PROBLEMS + 1
    assert "the rest is not looked at" in error.value.problems[-1].message


def test_warnings_alone_are_no_error():
    problems = Problems()
    problems.add(Mark("c", 1, 1), "", "odd", level="warning")
    problems.raise_errors()
    assert len(problems.found) == 1


def test_likely_names():
    assert nearest("kpp", ["kp", "ki"]) == "did you mean kp?"
    assert (
        closest("LOGISTICREGRESION", ["LinearRegression", "LogisticRegression"])
        == "LogisticRegression"
    )
    assert nearest("zebra", ["kp", "ki"]) == ""
    assert nearest("k" * 100_000, ["kp"]) == ""
