"""The daemon's life, in this process: its thread, its sockets, its models' fates."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from commands import LINEAR, until

from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.signals import Stop
from lrcontrol.sources.base import SourceFailed

FRAGILE = """
  fragile:
    factory: fragile:model
    controller: {type: fixed}
allow: [fragile]
"""


class Running:
    """A daemon that reads a pipe in a thread, and what may be asked of it."""

    def __init__(self, text: str, pipe: Path) -> None:
        os.mkfifo(pipe)
        text = text.replace("{type: lines,", f"{{type: lines, path: {pipe},")
        self.stop = Stop()
        self.daemon = Daemon(loads(text).settings, self.stop)
        self._thread = threading.Thread(target=self.daemon.run, args=(lambda status: None,))
        self._thread.start()
        self._feed = pipe.open("wb", buffering=0)

    def feed(self, *records: dict[str, float]) -> None:
        """Give records and wait until they were learned or refused by every running model."""
        wanted = self.taken() + len(records)
        self._feed.write(b"".join(json.dumps(r).encode() + b"\n" for r in records))
        until(lambda: self.taken() == wanted)

    def taken(self) -> int:
        """Return the records that the first model has learned or refused."""
        models = self.daemon.status().models
        loop = models[0].loop if models else None
        return loop.steps + sum(loop.rejected.values()) if loop else 0

    def end(self) -> None:
        """Close the pipe: the input ends, and with it the run."""
        self._feed.close()
        self._thread.join(60.0)
        assert not self._thread.is_alive()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Callable[[str], Running]]:
    begun: list[Running] = []

    def begin(text: str) -> Running:
        begun.append(Running(text, tmp_path / "pipe"))
        return begun[-1]

    yield begin
    for each in begun:
        each.end()


def served(text: str) -> str:
    return text.replace("listen: null", 'listen: "127.0.0.1:0"')


def port(running: Running) -> int:
    server = until(lambda: running.daemon.server)
    return int(server.port)


def get(running: Running, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{port(running)}{path}", timeout=30) as reply:
            return reply.status, reply.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_prometheus_shows_the_rate_that_the_weights_step_by(running, prometheus, promtool):
    run = running(served(LINEAR).replace("initial_rate: 0.01", "initial_rate: 0.0625"))
    run.feed({"a": 1.0, "b": -2.0, "y": 3.0})
    model = run.daemon.models["m"]
    before, intercept = dict(model.weights), model.intercept
    x, y = {"a": 0.5, "b": 1.5}, 2.0
    error = model.predict_one(x) - y
    run.feed({**x, "y": y})
    steps = {(before[name] - model.weights[name]) / (2 * error * v) for name, v in x.items()}
    steps.add((intercept - model.intercept) / (2 * error))

    shown = prometheus(port(run))
    for group in ("weights", "intercept"):
        rate = shown.value(f'lrcontrol_learning_rate{{group="{group}"}}')
        assert [rate] * len(steps) == pytest.approx(sorted(steps), rel=1e-12)
    assert shown.value("lrcontrol_learn_steps_total") == 2
    page = get(run, "/metrics")[1]
    checked = subprocess.run([promtool, "check", "metrics"], input=page.encode(), check=False)
    assert checked.returncode == 0


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/-/healthy", "/-/ready", "/v2/health/live", "/v2/health/ready"]
)
def test_a_learning_daemon_is_live_and_ready(running, path):
    run = running(served(LINEAR))
    run.feed({"a": 1.0, "y": 1.0})
    assert get(run, path)[0] == 200


@contextmanager
def importable(tmp_path, monkeypatch, text):
    (tmp_path / "fragile.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield


RAISING = """
from river import linear_model

class Fragile(linear_model.LinearRegression):
    def learn_one(self, x, y, w=1.0):
        if y == 13.0:
            raise ZeroDivisionError("thirteen")
        super().learn_one(x, y, w)

class Locked(Fragile):
    # cannot be copied, so nothing brings it back

    def __reduce_ex__(self, protocol):
        raise TypeError("holds a lock")

def model():
    return Locked()

def recoverable():
    return Fragile()
"""


def test_one_model_s_failure_does_not_stop_another(running, tmp_path, monkeypatch):
    with importable(tmp_path, monkeypatch, RAISING):
        run = running(served(LINEAR).replace("http:", FRAGILE.lstrip("\n") + "http:"))
        run.feed({"a": 1.0, "y": 1.0}, {"a": 1.0, "y": 13.0}, {"a": 1.0, "y": 2.0})
        until(lambda: run.daemon.status().models[1].state == "failed")
        run.feed({"a": 1.0, "y": 4.0})
        sound, fragile = run.daemon.status().models
        assert (sound.state, sound.loop.steps) == ("running", 4)
        assert fragile.failure.startswith("NotRecoverable: ZeroDivisionError('thirteen')")
        code, said = get(run, "/readyz")
        assert code == 503
        assert "fragile" in said
        assert get(run, "/livez")[0] == 200


def test_a_record_that_makes_a_model_raise_is_taken_out(running, tmp_path, monkeypatch):
    with importable(tmp_path, monkeypatch, RAISING):
        text = LINEAR.replace("http:", FRAGILE.lstrip("\n") + "http:")
        run = running(text.replace("fragile:model", "fragile:recoverable"))
        run.feed(*({"a": 1.0, "y": y} for y in (1.0, 13.0, 2.0, 13.0)))
        until(lambda: run.daemon.status().models[1].loop.steps == 2)
        (source,), (sound, fragile) = run.daemon.status().sources, run.daemon.status().models
        assert (sound.loop.steps, fragile.state) == (4, "running")
        assert source.letters == {"failed": 2}


def test_a_block_never_waits_for_records_that_are_not_there(running):
    run = running(LINEAR)
    for i in range(3):  # each must be learned before the next one is written
        run.feed({"a": float(i), "y": 1.0})
    assert run.daemon.status().models[0].loop.steps == 3


def test_what_cannot_be_learned_is_counted_by_its_reason_and_skipped(running):
    run = running(LINEAR)
    run._feed.write(b'{"a": 1.0\n[1]\n{"a": 1.0}\n{"a": [1], "y": 1}\n')
    run.feed({"a": 1e300, "y": 1.0}, {"a": 1.0, "y": 1.0})
    (source,), (model,) = run.daemon.status().sources, run.daemon.status().models
    assert source.rejected == {"decode": 1, "schema": 2, "type": 1}
    assert model.loop.rejected == {"bounds": 1}
    assert model.loop.steps == 1


def test_a_source_that_cannot_open_says_so():
    text = LINEAR.replace("{type: lines, format: ndjson}", "{type: file, path: /nowhere.ndjson}")
    with pytest.raises(SourceFailed, match=r"/nowhere\.ndjson"):
        Daemon(loads(text).settings, Stop()).run(lambda status: None)


def test_two_sources_take_turns_into_one_model(tmp_path):
    for name in "ab":
        lines = (json.dumps({"x": float(i), "y": float(i)}) for i in range(200))
        (tmp_path / f"{name}.ndjson").write_text("\n".join(lines))
    sources = "".join(f"  {n}: {{type: file, path: {tmp_path}/{n}.ndjson}}\n" for n in "ab")
    text = LINEAR.replace("  in: {type: lines, format: ndjson}\n", sources)
    text = text.replace("  m:\n", "  m:\n    inputs: [a, b]\n")
    daemon = Daemon(loads(text).settings, Stop(), once=True)
    daemon.run(lambda status: None)
    assert [s.records for s in daemon.status().sources] == [200, 200]
    assert daemon.status().models[0].loop.steps == 400
    assert daemon.status().models[0].state == "ended"
