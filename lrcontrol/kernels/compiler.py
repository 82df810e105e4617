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
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

#: Division by zero gives inf or NaN, as numpy does; Python's exception costs the vector units.
OPTIONS = {"error_model": "numpy", "nogil": True}

#: What is called inside kernels, each with what the compiler takes in its place.
_twins: list[tuple[Callable[..., Any], Callable[..., Any]]] = []


def inner(function: F) -> F:
    """Mark ``function`` as one that kernels call and the compiler takes as it is."""
    _twins.append((function, function))
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
        if self._compiled is None:
            self._compiled = _compile(self._function) if available() else self.plain
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
    compiles for itself, at 1 to 3 s a kernel.
    """
    try:
        compiled: Callable[..., R] = numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:  # "cannot cache function: no locator available"
        compiled = numba.njit(**OPTIONS)(function)
    return compiled


def _compile(function: Callable[..., R]) -> Callable[..., R]:
    numba = import_module("numba")
    _introduce()
    digest = edition()

    # numba's cache looks at the time and size of one file, while a kernel is made of many, and
    # wheels carry constant times: an update would run the old code. What a closure holds is part of
    # the cache's key, so this one holds a digest of the whole wing.
    def entry(*args):  # type: ignore[no-untyped-def]
        _ = digest
        return function(*args)

    return cached(numba, entry)


@cache
def _introduce() -> None:
    """Tell numba of every inner function, kernel and twin, once a process."""
    overload = import_module("numba.extending").overload
    for whole, twin in _twins:
        overload(whole, jit_options=OPTIONS, strict=False)(_implementation(twin))


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
