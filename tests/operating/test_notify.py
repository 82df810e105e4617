import os
import socket
import time

import pytest

from lrcontrol.operating.notify import LONGEST_STATUS, PINGS, STATUS_EVERY, Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path):
    """A socket such as the service manager listens on; its name as the manager gives it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@lrcontrol-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0", 1))
        listening.setblocking(False)
        manager = Manager(name, listening)
        yield manager
        for notifier in manager.notifiers:
            notifier.close()


class Manager:
    def __init__(self, name, listening):
        self.name = name
        self._listening = listening
        self.notifiers = []

    def heard(self):
        """Return all that was said since the last call, each message as its lines."""
        said = []
        while True:
            try:
                said.append(self._listening.recv(4096).decode().split("\n"))
            except BlockingIOError:
                return said

    def notifier(self, clock=time.monotonic, **environ):
        self.notifiers.append(Notifier({"NOTIFY_SOCKET": self.name, **environ}, clock))
        return self.notifiers[-1]


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_a_life(manager):
    notifier = manager.notifier(Clock(), WATCHDOG_USEC="30000000")
    notifier.ready("learning")
    notifier.turned("learning")
    notifier.reloading()
    notifier.ready("learning again")
    notifier.stopping()
    notifier.close()
    assert manager.heard() == [
        ["READY=1", "STATUS=learning"],
        ["WATCHDOG=1"],
        ["RELOADING=1", "MONOTONIC_USEC=100000000"],
        ["READY=1", "STATUS=learning again"],
        ["STOPPING=1"],
    ]


def test_the_time_of_a_reload_is_that_of_the_manager(manager):
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    manager.notifier().reloading()
    ((_, told),) = manager.heard()
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert before - 1 <= int(told.removeprefix("MONOTONIC_USEC=")) <= after


def test_the_watchdog_is_fed_by_turns_often_enough_and_no_more(manager):
    clock = Clock()
    notifier = manager.notifier(clock, WATCHDOG_USEC="8000000", WATCHDOG_PID=str(os.getpid()))
    for _ in range(80):  # 8 s of turns
        notifier.turned()
        clock.now += 0.1
    fed = manager.heard()
    assert PINGS <= len(fed) <= PINGS + 1
    assert {*map(tuple, fed)} == {("WATCHDOG=1",)}


def test_a_loop_that_does_not_turn_feeds_nothing(manager):
    clock = Clock()
    notifier = manager.notifier(clock, WATCHDOG_USEC="8000000")
    notifier.turned()
    manager.heard()
    clock.now += 1000.0
    notifier.reloading()
    notifier.ready()
    assert "WATCHDOG=1" not in [line for message in manager.heard() for line in message]


@pytest.mark.parametrize(
    "environ",
    [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"},
     {"WATCHDOG_USEC": "soon"}],
)  # fmt: skip
def test_without_a_watchdog_of_ours_only_the_status_is_told_now_and_then(manager, environ):
    clock = Clock()
    notifier = manager.notifier(clock, **environ)
    for step in range(30):
        notifier.turned(f"step {step}")
        clock.now += STATUS_EVERY / 10
    assert manager.heard() == [["STATUS=step 0"], ["STATUS=step 10"], ["STATUS=step 20"]]


def test_a_status_is_one_short_line(manager):
    notifier = manager.notifier()
    notifier.ready("READY=0\nSTATUS=" + "x" * 1000)
    ((_, status),) = manager.heard()
    assert len(status) == len("STATUS=") + LONGEST_STATUS
    assert status.startswith("STATUS=READY=0 STATUS=xxx")


def test_what_nobody_reads_does_not_hold_it_up(manager):
    notifier = manager.notifier(Clock(), WATCHDOG_USEC="8000000")
    for n in range(10_000):  # far more than a socket's queue holds
        notifier.ready(str(n))
    heard = manager.heard()
    assert 1 <= len(heard) < 10_000
    notifier.turned("well again")
    assert manager.heard() == [["WATCHDOG=1", "STATUS=well again"]]


def test_a_manager_that_is_gone_is_no_reason_to_stop(tmp_path):
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "nowhere")})
    notifier.ready()
    notifier.turned()
    assert notifier.enabled
    notifier.close()
    notifier.stopping()
    assert not notifier.enabled


@pytest.mark.parametrize("named", ["", "relative", "vsock:2:1234"])
def test_without_a_socket_of_its_own_kind_nothing_is_sent(named):
    notifier = Notifier({"NOTIFY_SOCKET": named} if named else {})
    notifier.ready()
    notifier.stopping()
    assert not notifier.enabled
