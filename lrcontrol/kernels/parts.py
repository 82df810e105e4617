"""Puts the parts of a kernel into the kernel's own library, which is optimised and emitted once.

numba makes a library of each function that a kernel calls, with all in it that this one calls in
turn, and optimises and emits every one of them: a bank of five levels took 20 s, half of it on code
that nobody calls. numba's own subroutines are lowered into their caller; so are ours.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any
from weakref import WeakKeyDictionary

#: Bytes of bytecode below which a part is inlined whatever LLVM thinks of it: it counts some
#: hundred values that arrays are passed as against it. Inlining all took half as long again.
SHORT = 1000


def part(whole: Callable[..., Any], twin: Callable[..., Any], makes: bool) -> bool:
    """Tell numba to lower ``twin`` into the kernels that call ``whole``; return whether it can.

    What a part returns must be told by its annotation: None, float, int or bool. ``makes``: whether
    it makes arrays, or returns a part of one; what does not needs no reference counts.
    """
    types, extending = import_module("numba.core.types"), import_module("numba.extending")
    signature = import_module("numba.core.typing").signature
    returned = _returned(types).get(str(twin.__annotations__.get("return")))
    if returned is None:
        return False

    def typing(_context: Any) -> Callable[..., Any]:
        def typer(*args: Any) -> Any:
            return signature(returned, *map(types.unliteral, args))

        typer.pysig = inspect.signature(whole)  # type: ignore[attr-defined]
        return typer

    made: WeakKeyDictionary[Any, dict[Any, Any]] = WeakKeyDictionary()  # by library, by types

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        known = made.setdefault(context.active_code_library, {})
        if sig.args not in known:
            known[sig.args] = _lowered(twin, makes, context, sig)
        return context.call_internal(builder, known[sig.args], sig, args)

    extending.type_callable(whole)(typing)
    extending.lower_builtin(whole, types.VarArg(types.Any))(lower)
    return True


def _returned(types: Any) -> dict[str, Any]:
    return {
        "None": types.none, "float": types.float64, "int": types.int64, "bool": types.boolean,
    }  # fmt: skip


def _lowered(twin: Callable[..., Any], makes: bool, context: Any, sig: Any) -> Any:
    """Lower a part into the library that is being made; return numba's description of it."""
    compiler = import_module("numba.core.compiler")
    flags = compiler.Flags()
    flags.nrt = makes
    flags.error_model = "numpy"
    flags.forceinline = len(twin.__code__.co_code) < SHORT
    flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    library, types = context.active_code_library, context.typing_context
    made = compiler.Compiler(types, context, library, sig.args, sig.return_type, flags, {})
    return made.compile_extra(twin).fndesc
