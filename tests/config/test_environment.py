import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.config.document import parse
from lrcontrol.config.environment import escape, expand, substitute
from lrcontrol.config.nodes import plain
from lrcontrol.config.problems import Problems

ENVIRON = {"HOST": "db", "PORT": "9092", "EMPTY": "", "EVIL": "x\nhttp: {listen: 0.0.0.0:1}"}


def substituted(text):
    problems = Problems()
    data = plain(substitute(parse(text, "c.yaml"), ENVIRON, problems))
    return data, problems.found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${HOST}", "db"),
        ("${HOST}:${PORT}", "db:9092"),
        ("${NONE:-here}", "here"),
        ("${NONE:-}", None),
        ("${EMPTY}", None),
        ("${EMPTY:-full}", "full"),
        ("${HOST:-other}", "db"),
        ("${HOST:?needed}", "db"),
        ("$${HOST}", "${HOST}"),
        ("$$$${HOST}", "$${HOST}"),
        ("$HOST $5", "$HOST $5"),
        ("${NONE:-a:-b}", "a:-b"),
    ],
)
def test_references(text, value):
    assert substituted(f"key: {text}") == ({"key": value}, [])


def test_an_unquoted_value_gets_its_type_after_substitution_and_a_quoted_one_stays_text():
    text = "a: ${PORT}\nb: \"${PORT}\"\nc: '${NONE:-1e-3}'\nd: ${NONE:-1e-3}\ne: ${NONE:-off}"
    assert substituted(text)[0] == {"a": 9092, "b": "9092", "c": "1e-3", "d": 1e-3, "e": "off"}


def test_a_value_cannot_bring_structure():
    assert substituted("key: ${EVIL}")[0] == {"key": ENVIRON["EVIL"]}


def test_keys_are_left_alone():
    assert substituted("${HOST}: 1")[0] == {"${HOST}": 1}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${NONE}", "environment variable NONE is not set"),
        ("${NONE:?set it in the unit}", "set it in the unit"),
        ("${EMPTY:?}", "environment variable EMPTY is not set"),
        ("${}", "'${}' is no reference"),
        ("${1A}", "is no reference"),
        ("${HOST-x}", "is no reference"),
        ("${HOST", "is no reference"),
        ("${NONE:-${HOST}}", "is no reference"),
    ],
)
def test_what_has_no_value_is_told_with_its_place(text, message):
    _, (problem,) = substituted(f"list:\n- ok\n- {text}")
    assert (problem.line, problem.column, problem.path) == (3, 3, "list.1")
    assert message in problem.message


@given(st.text())
def test_what_is_escaped_comes_back(text):
    assert expand(escape(text), {}) == text
