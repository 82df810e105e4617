"""The commands ``dlq``, on a real store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrcontrol.commands.dlq import dlq
from lrcontrol.deadletters import DeadLetters, Replay, letter


@pytest.fixture
def store(tmp_path: Path) -> str:
    path = tmp_path / "letters.db"
    made = DeadLetters(path)
    made.add(
        [
            letter("clicks", "a", 10, "decode", "not JSON", b'{"x": \x1b[31m'),
            letter("clicks", "a", 20, "type", "'x' is an array", b'{"x": [1]}'),
            letter("views", "b", 7, "nonfinite", "'z' is nan", b"\xff\xfe", "ctr"),
            letter("views", "b", 9, "too_large", "longer than max_record", bytes(100_000)),
        ]
    )
    made.close()
    return str(path)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(dlq, list(arguments))


def test_list(store):
    result = call("list", store)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1] == "     2  type       clicks a@20  'x' is an array  {\"x\": [1]}"
    assert "\x1b" not in result.stdout  # nobody writes to our terminal
    assert result.stderr.startswith("4 letters, ")
    assert call("list", store, "--limit", "2").stderr.startswith("... more; go on with --after 2")
    rows = call("list", store, "--source", "views", "--format", "json").stdout.splitlines()
    assert [json.loads(row)["id"] for row in rows] == [3, 4]
    assert call("list", store, "--reason", "type", "--after", "2").stdout == ""


def test_show(store):
    shown = call("show", store, "2").stdout.splitlines()
    assert shown[:5] == [
        "id:        2",
        "source:    clicks",
        "origin:    a",
        "position:  20",
        "reason:    type",
    ]
    assert call("show", store, "3", "--raw").stdout_bytes == b"\xff\xfe"
    missing = call("show", store, "9")
    assert (missing.exit_code, "no letter 9" in missing.stderr) == (1, True)


def test_replay(store):
    assert call("replay", store, "2", "1").stdout == "2 letters are to be sent again\n"
    replayed = Replay(DeadLetters(Path(store)).database, "clicks")
    replayed.open({})
    assert replayed.poll(9).messages == [b'{"x": [1]}', b'{"x": \x1b[31m']
    again = call("replay", store, "2", "4", "99")
    assert again.exit_code == 1
    assert "3 cannot be (not there, cut short, or asked for already): 2, 4, 99" in again.stderr
    assert call("replay", store, "--all", "--source", "views").stdout.startswith("1 letters")


@pytest.mark.parametrize("arguments", [[], ["1", "--all"], ["1", "--reason", "type"]])
def test_replay_wants_to_know_which(store, arguments):
    result = call("replay", store, *arguments)
    assert result.exit_code == 2
    assert "name letters by number, or take --all" in result.stderr


def test_export(store):
    rows = [json.loads(line) for line in call("export", store).stdout.splitlines()]
    assert [row["position"] for row in rows] == [10, 20, 7, 9]
    assert (rows[2]["base64"], rows[2]["model"]) == ("//4=", "ctr")
    assert (len(rows[3]["message"]), rows[3]["whole"]) == (64 * 1024, False)
    raw = call("export", store, "--raw", "--reason", "type").stdout_bytes
    assert raw == b'{"x": [1]}\n'


def test_many_letters_are_read_in_pages(tmp_path):
    store = DeadLetters(tmp_path / "many.db")
    store.add(letter("clicks", "a", i, "type", "", b"x") for i in range(1201))
    store.close()
    assert len(call("export", str(tmp_path / "many.db")).stdout.splitlines()) == 1201


@pytest.mark.parametrize("command", ["list", "export"])
def test_a_store_that_is_not_there_is_an_error_and_none_is_made(tmp_path, command):
    result = call(command, str(tmp_path / "none.db"))
    assert result.exit_code == 1
    assert "none.db: unable to open database file" in result.stderr
    assert list(tmp_path.iterdir()) == []
