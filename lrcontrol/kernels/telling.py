"""Says which kernel is being compiled, and afterwards how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

#: Told of a kernel, by its name, before it is compiled (None) and after so many seconds of it.
Tell = Callable[[str, float | None], None]


def silent(name: str, seconds: float | None) -> None:
    """Tell nobody."""


@contextmanager
def telling(tell: Tell) -> Iterator[None]:
    """Tell of the kernel that is compiled in the meantime.

    A kernel that is found on disk is not compiled, and nobody is told; other threads that compile
    something have to wait.
    """
    event: Any = import_module("numba.core.event")
    lock = import_module("numba.core.compiler_lock").global_compiler_lock
    begun: list[float] = []  # when the kernel, its part, and so on began

    def on_start(_: Any, heard: Any) -> None:
        begun.append(time.monotonic())
        if len(begun) == 1:
            tell(heard.data["dispatcher"].py_func.__name__, None)

    def on_end(_: Any, heard: Any) -> None:
        seconds = time.monotonic() - begun.pop()
        if not begun:
            tell(heard.data["dispatcher"].py_func.__name__, seconds)

    watch = type("Watch", (event.Listener,), {"on_start": on_start, "on_end": on_end})
    with lock, event.install_listener("numba:compile", watch()):
        yield
