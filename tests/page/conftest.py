"""A browser for the tests of the page, and made-up daemons for it to look at."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack, contextmanager

import pytest
from page.devserver import Made, server

SELENIUM = "selenium is not installed (extra dev)"


@pytest.fixture(scope="session")
def started(program):
    """``started(*flags)``: a context manager that gives a fresh Chromium."""
    programs = program("chromium", "chromium"), program("chromedriver", "chromium-driver")
    try:
        from page.browser import chromium
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail(SELENIUM)
        pytest.skip(SELENIUM)
    return lambda *flags: chromium(*programs, *flags)


@pytest.fixture(scope="module")
def shared(started):
    """One Chromium for all tests of a module: to start one takes seconds."""
    with started() as browser:
        yield browser


@pytest.fixture
def browser(shared):
    """A Chromium whose console and requests begin with the test."""
    shared.look()
    shared.open("about:blank")
    shared.said(), shared.asked()
    return shared


class Served:
    """A made-up daemon that can be stopped, and come back at the same address as another one."""

    def __init__(self, stack: ExitStack, made: Made) -> None:
        self._stack = stack
        self.port = 0
        self.start(made)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self, made: Made) -> None:
        self.made = made
        self.port, self.stop = self._stack.enter_context(_serving(made, self.port))


@contextmanager
def _serving(made, port):
    running = server(made, port)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()

    def stop():
        made.over.set()
        running.shutdown()
        running.server_close()
        thread.join()

    try:
        yield running.server_address[1], stop
    finally:
        stop()


@pytest.fixture
def made():
    """``made(scene, token)``: a made-up daemon in that state."""
    with ExitStack() as stack:
        yield lambda scene="", token="": Served(stack, Made(scene, token))
