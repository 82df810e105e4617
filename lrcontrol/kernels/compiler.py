"""Compiles the functions of this wing where numba is installed; where it is not, numpy runs them.

There is one source. A ``kernel`` is what the rest of the program calls. What it calls in turn is
either an ``inner`` function, written so that the compiler and the interpreter both take it, or one
that works on whole numpy arrays and has a twin written as ``loops``, which the compiler puts in its
place. Both give the same numbers: same operations, same order, nothing reassociated.

numba (the extra ``fast``) is imported at the first call of a kernel: 0.3 to 1 s and 50 MB, which a
program that never calls one does not pay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CellType, FunctionType
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

from lrcontrol.kernels.parts import part
from lrcontrol.kernels.telling import Tell, silent, telling

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

#: Division by zero gives inf or NaN, as numpy does; Python's exception costs the vector units.
OPTIONS = {"error_model": "numpy", "nogil": True}

#: Kernels are called from Python, never from C.
ENTRY = {**OPTIONS, "no_cfunc_wrapper": True}

#: What the daemon replaces by a function that logs: called with a kernel's name and None before it
#: is compiled, with the name and the seconds after.
tell: Tell = silent

#: What is called inside kernels, each with what the compiler takes in its place.
_twins: list[tuple[Callable[..., Any], Callable[..., Any]]] = []
#: Those of them that make arrays.
_makers: set[Callable[..., Any]] = set()


def inner(function: F) -> F:
    """Mark ``function`` as one that kernels call and the compiler takes as it is."""
    _twins.append((function, function))
    return function


def making(function: F) -> F:
    """Mark ``function``, an inner one or a twin, as one that makes arrays or returns a part of one.

    A mark that is missing is an error when compiled.
    """
    _makers.add(function)
    return function


def loops(whole: Callable[P, R]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a function as what the compiler takes in place of ``whole``, which numpy runs."""

    def mark(twin: Callable[P, R]) -> Callable[P, R]:
        _twins.append((whole, twin))
        return twin

    return mark


class Kernel(Generic[P, R]):
    """A function that is compiled at its first call where numba is installed.

    ``plain`` is the same function run by the interpreter and numpy. Arrays must be of float64,
    C-contiguous and writable: each other kind would be compiled anew.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._compiled: Callable[P, R] | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self._compiled is not None:
            return self._compiled(*args, **kwargs)
        if not available():
            self._compiled = self.plain
            return self.plain(*args, **kwargs)
        self._compiled = _compile(self._function)
        with telling(tell):
            return self._compiled(*args, **kwargs)

    def plain(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function without a compiler; numbers that overflow become inf, silently."""
        with np.errstate(all="ignore"):
            return self._function(*args, **kwargs)


def available() -> bool:
    """Return whether numba is installed, so that kernels run compiled."""
    return find_spec("numba") is not None


def cached(numba: Any, function: Callable[..., R]) -> Callable[..., R]:
    """Return ``function`` compiled, and kept on disk where there is a place to keep it.

    numba keeps it in ``__pycache__`` beside the source, else in the user's cache directory. Where
    neither can be written (a read-only container without a home) it raises; then each process
    compiles for itself, at 2 to 10 s a kernel.
    """
    try:
        compiled: Callable[..., R] = numba.njit(cache=True, **ENTRY)(function)
    except RuntimeError:  # "cannot cache function: no locator available"
        compiled = numba.njit(**ENTRY)(function)
    return compiled


def _compile(function: Callable[..., R]) -> Callable[..., R]:
    numba = import_module("numba")
    _introduce()
    return cached(numba, _dated(function))


def _dated(function: Callable[..., R]) -> Callable[..., R]:
    """Return the function as a closure that holds a digest of the wing, of which it makes no use.

    numba's cache looks at the time and size of one file, while a kernel is made of many, and wheels
    carry constant times: an update would run the old code. What a closure holds is part of the
    cache's key. (A function around this one would do, and be optimised and emitted once more.)
    """
    code = function.__code__.replace(co_freevars=("edition",))
    cells = (CellType(edition()),)
    name, defaults = function.__name__, function.__defaults__
    return FunctionType(code, function.__globals__, name, defaults, cells)


@cache
def _introduce() -> None:
    """Tell numba of every inner function, kernel and twin, once a process."""
    overload = import_module("numba.extending").overload
    for whole, twin in _twins:
        makes = twin in _makers
        if not part(whole, twin, makes):
            overload(whole, {**ENTRY, "_nrt": makes}, strict=False)(_implementation(twin))


def _implementation(twin: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *types, **named: twin


@cache
def edition() -> str:
    """Return a digest of every source of the wing."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def kernel(function: Callable[P, R]) -> Kernel[P, R]:
    """Mark ``function`` as one that the rest of the program calls."""
    inner(function)
    return Kernel(function)
