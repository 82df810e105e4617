import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.config.document import DEPTH_LIMIT, SIZE_LIMIT, parse, read
from lrcontrol.config.nodes import List, Map, plain
from lrcontrol.config.problems import ConfigError

#: Process time in which any hostile file must be refused.
REFUSED_IN = 0.5


def problems_of(text):
    with pytest.raises(ConfigError) as error:
        parse(text, "c.yaml")
    return [(p.line, p.column, p.path, p.message) for p in error.value.problems]


def test_every_node_keeps_its_place():
    root = parse("models:\n  fare:\n    period: 5\n    steps: [a, {class: b}]\n", "c.yaml")
    assert plain(root) == {"models": {"fare": {"period": 5, "steps": ["a", {"class": "b"}]}}}
    fare = root.get("models").get("fare")
    assert isinstance(fare, Map)
    assert fare.mark[:3] == ("c.yaml", 2, 3)  # a block is at the key that owns it
    assert fare.get("period").mark == ("c.yaml", 3, 13, "    period: 5")
    steps = fare.get("steps")
    assert isinstance(steps, List)
    assert [item.mark[1:3] for item in steps.items] == [(4, 13), (4, 16)]


def test_an_empty_text_is_an_empty_mapping():
    assert plain(parse("")) == {}
    assert plain(parse("# nothing here\n")) == {}


def test_columns_count_characters_not_bytes():
    assert problems_of("名😀: *x") == [
        (1, 5, "'名😀'", "alias *x: aliases are not supported, write it out")
    ]


def test_a_byte_order_mark_moves_nothing():
    assert problems_of(b"\xef\xbb\xbfa: *x")[0][:2] == (1, 4)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb:\n  a: 1\n  a: 2", 4, 3, "duplicate key, first in line 3"),
        ("a: &x 1", 1, 4, "anchor &x: anchors are not supported"),
        ("a: &x {}", 1, 4, "anchor &x: anchors are not supported"),
        ("a: !!str 1", 1, 4, "tag tag:yaml.org,2002:str: tags are not supported"),
        ("a: !!python/object:os.system x", 1, 4, "tags are not supported"),
        ("<<: {a: 1}", 1, 1, "merge keys"),
        ("1: a", 1, 1, "a key must be text, got 1"),
        ("true: a", 1, 1, "a key must be text, got true"),
        ("~: a", 1, 1, "a key must be text, got ~"),
        ("? [a]\n: b", 1, 3, "a key must be text"),
        ("a: 1\n---\nb: 2", 2, 1, "a second document"),
        ("a:\n\tb: 1", 2, 1, "tab in the indentation"),
        ("a: \x01", 1, 4, "character U+0001 is not allowed"),
        ("a: 1\u2028b: 2", 1, 5, "character U+2028 is not allowed"),
        (b"a: 1\nb: \xff", 2, 4, "byte 0xff is not UTF-8"),
        ("a: 1".encode("utf-16"), 1, 1, "is not UTF-8"),
        ("a: b: c", 1, 5, "mapping values are not allowed"),
        ("a: [1, 2", 1, 9, "',' or ']'"),
        ("a: 'x", 1, 6, "which starts in line 1"),
        ("a: @x", 1, 4, "cannot start any token"),
        ("[" * (DEPTH_LIMIT + 2), 1, DEPTH_LIMIT + 2, "nested deeper than 32"),
        ("%YAML 2.0\n---\na: 1", 1, 1, "incompatible YAML document"),
    ],
)
def test_what_is_refused_and_where(text, line, column, message):
    found = problems_of(text)
    assert [(line, column)] == [problem[:2] for problem in found]
    assert message in found[0][3]


def test_quoted_merge_and_number_keys_are_just_names():
    assert plain(parse('"<<": 1\n"1": 2\n"true": 3')) == {"<<": 1, "1": 2, "true": 3}


def test_several_mistakes_are_told_at_once():
    text = "a: &x 1\na: *x\nb: !t 2\n"
    assert [problem[:3] for problem in problems_of(text)] == [
        (1, 4, "a"),
        (2, 1, "a"),
        (2, 4, "a"),
        (3, 4, "b"),
    ]


def test_an_unquoted_reference_in_a_flow_list_says_what_to_do():
    with pytest.raises(ConfigError, match="needs a line of its own, or quotes to be text"):
        parse("a: [${X}]")


ALIAS_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{c}: &{c} [{','.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a0: &a0 {k: v}\n" + "".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}\n" for i in range(1, 9)
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ALIAS_BOMB, id="aliases"),
        pytest.param(MERGE_BOMB, id="merge keys"),
        pytest.param("[" * SIZE_LIMIT, id="brackets"),
        pytest.param("- " * (SIZE_LIMIT // 2), id="dashes"),
        pytest.param("{a: " * (SIZE_LIMIT // 4), id="braces"),
        pytest.param("&a " * (SIZE_LIMIT // 3), id="anchors"),
        pytest.param("a: 1\n" * (SIZE_LIMIT // 5), id="duplicates"),
        pytest.param("x" * (SIZE_LIMIT + 1), id="size"),
    ],
)
def test_a_bomb_is_refused_at_once(text):
    start = time.process_time()
    with pytest.raises(ConfigError):
        parse(text)
    assert time.process_time() - start < REFUSED_IN


def test_a_large_file_is_refused_without_being_read(tmp_path):
    path = tmp_path / "large.yaml"
    path.write_bytes(b"a: 1\n" * 2_000_000)
    start = time.process_time()
    with pytest.raises(ConfigError, match=r"large\.yaml: larger than 256 KiB$"):
        read(path)
    assert time.process_time() - start < REFUSED_IN


def test_a_pipe_is_read_as_well(tmp_path):
    reader, writer = os.pipe()
    os.write(writer, b"a: 1")
    os.close(writer)
    assert plain(read(f"/dev/fd/{reader}")) == {"a": 1}
    os.close(reader)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        read(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="Is a directory"):
        read(tmp_path)


@given(st.one_of(st.text(), st.text(alphabet="ab:-?[]{},#&*!|>'\"%@` \n\t\\<0.$"), st.binary()))
def test_whatever_the_text_it_is_read_or_refused_with_a_place(text):
    found = ()
    try:
        parse(text)
    except ConfigError as error:
        found = error.problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in found)
