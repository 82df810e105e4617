"""What a service manager hears of a daemon, from its start to its end, and of one that hangs."""

import os
import signal
import socket
import time
from contextlib import contextmanager, suppress

import pytest
from commands import LINEAR, PATIENCE, start

STUCK = """
from river import linear_model

class Stuck(linear_model.LinearRegression):
    def learn_one(self, x, y):
        open(PIPE).read()  # until somebody writes, which nobody does

def make():
    return Stuck()
"""
#: Seconds within which the watchdog is fed; short, so that a test can wait for several.
WATCHDOG = 2.0


class Manager:
    """Where ``sd_notify`` goes; each message as the set of its lines."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)

    def hear(self, wanted, patience=PATIENCE):
        """Return the messages up to the first with the line ``wanted``."""
        heard, deadline = [], time.monotonic() + patience
        while not heard or wanted not in heard[-1]:
            self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            heard.append(self._socket.recv(4096).decode().split("\n"))
        return heard

    def heard(self, seconds):
        """Return the messages that come within so many seconds."""
        found, deadline = [], time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            with suppress(TimeoutError):
                found.append(self._socket.recv(4096))
        return found

    def environ(self, **more):
        microseconds = str(int(WATCHDOG * 1e6))
        return {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": microseconds, **more}

    def close(self):
        self._socket.close()


@pytest.fixture
def manager(tmp_path):
    listening = Manager(tmp_path)
    yield listening
    listening.close()


@contextmanager
def running(manager, config, **environ):
    process = start("run", config, env={**os.environ, **manager.environ(**environ)})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(LINEAR)
    return path


def test_it_tells_its_life(manager, config):
    with running(manager, config) as process:
        assert manager.hear("READY=1")
        manager.hear("WATCHDOG=1")
        manager.hear("WATCHDOG=1")  # nothing comes in: idle turns count
        config.write_text(LINEAR + "\nversion: 2\n")  # twice there: refused
        process.send_signal(signal.SIGHUP)
        began = manager.hear("RELOADING=1")[-1]
        assert any(line.startswith("MONOTONIC_USEC=") for line in began)
        manager.hear("READY=1")
        manager.hear("WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        manager.hear("STOPPING=1")
        assert process.wait(PATIENCE) == 0


def test_a_loop_that_hangs_starves_the_watchdog(manager, tmp_path):
    pipe, module = tmp_path / "pipe", tmp_path / "hanging.py"
    os.mkfifo(pipe)
    module.write_text(f"PIPE = {str(pipe)!r}\n{STUCK}")
    config = tmp_path / "c.yaml"
    head, _, tail = LINEAR.partition("    pipeline:")
    rest = tail[tail.index("    controller:") :]
    config.write_text(f"allow: [hanging]\n{head}    factory: hanging:make\n{rest}")
    with running(manager, config, PYTHONPATH=str(tmp_path)) as process:
        manager.hear("READY=1")
        manager.hear("WATCHDOG=1")
        process.stdin.write(b'{"a": 1.0, "y": 1.0}\n')
        process.stdin.flush()
        assert len(manager.heard(3 * WATCHDOG)) <= 1  # one that was under way; else it were twelve
        assert process.poll() is None
