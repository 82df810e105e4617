"""The commands that look at checkpoints."""

from __future__ import annotations

import json
import time

import pytest
from checkpoint.loops import loop, stream
from click.testing import CliRunner

from lrcontrol.checkpoint.content import Checkpoint, pack, prove
from lrcontrol.checkpoint.disk import Posix
from lrcontrol.checkpoint.frame import seal
from lrcontrol.checkpoint.keys import KEY, make_key
from lrcontrol.checkpoint.retention import Retention
from lrcontrol.checkpoint.store import Store
from lrcontrol.commands.checkpoint import checkpoint


@pytest.fixture
def folder(tmp_path):
    """Checkpoints after 100 and 200 records of a linear model, and of a tree as the third."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    key = make_key(Posix(), tmp_path / KEY)[0]
    shelf = Store(folder, Posix(), time.time, Retention())
    for model, step in (("linear", 100), ("linear", 200), ("tree", 100)):
        found, records = loop(model, "pid"), stream(model, step)
        found.learn(records)
        frame = prove(
            pack(Checkpoint({"step": step}, {"m": found})), {"m": [(r.x, r.y) for r in records]}
        )
        shelf.write(seal(frame, key))
    return folder


def run(*arguments):
    result = CliRunner().invoke(checkpoint, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_list_and_inspect_show_what_is_there_without_a_key(folder):
    (folder.parent / KEY).unlink()
    code, said = run("list", folder)
    assert code == 0
    assert [line.split()[-1] for line in said.splitlines()] == ["100", "200", "100"]
    code, said = run("inspect", folder, 2)
    assert json.loads(said)["meta"]["step"] == 200
    assert run("inspect", folder, 9)[0] == 65


def test_verify_says_which_are_good_and_fails_where_one_is_not(folder):
    code, said = run("verify", folder, "--load")
    assert (code, said.count(": ok")) == (0, 3)
    (newest, *_) = sorted(folder.glob("ck-*"))[::-1]
    newest.write_bytes(newest.read_bytes().replace(b"LRCKPEND", b"LRCKPENT"))
    code, said = run("verify", folder)
    assert code == 65
    assert said.count(": ok") == 2
    assert f"{newest.name}: length: the file is cut" in said
    assert run("verify", folder, 2)[0] == 0


def test_verify_without_the_right_key_trusts_nothing(folder):
    other = folder.parent / "other.key"
    make_key(Posix(), other)
    code, said = run("verify", folder, "--key", other)
    assert code == 65
    assert said.count("authentication") == 3
    (folder.parent / KEY).unlink()
    code, said = run("verify", folder)
    assert code == 65
    assert "is missing" in said


def test_export_prints_what_a_linear_model_learned_and_says_so_where_it_cannot(folder):
    code, said = run("export", folder, 2)
    assert code == 0
    found = json.loads(said)
    scaler, regression = (step for _, step in found["models"]["m"]["steps"])
    assert found["meta"]["step"] == 200
    assert dict(scaler["learned"]["counts"]["values"])["a"] == 200
    assert dict(regression["learned"]["_weights"]["values"])["a"] == pytest.approx(4, abs=3)
    code, said = run("export", folder)
    assert code == 65
    assert "m have no portable form" in said


def test_an_empty_folder_is_said_to_be_empty(tmp_path):
    assert "no checkpoints" in run("list", tmp_path)[1]
    assert run("inspect", tmp_path)[0] == 65
