"""Pickles that try to run something, twenty kinds and more; each would leave a canary if it could.

None uses an object of ours: they are what somebody would write who has a key, or found a way in.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable, Mapping
from pathlib import Path


def call(module: str, name: str, *arguments: object) -> bytes:
    """Return a pickle that calls a function found by name."""
    parts = b"".join(_literal(argument) for argument in arguments)
    return b"\x80\x04" + _named(module, name) + b"(" + parts + b"tR."


def _named(module: str, name: str) -> bytes:
    return _literal(module) + _literal(name) + b"\x93"


def _literal(value: object) -> bytes:
    return pickle.dumps(value, 2)[2:-1]


def payloads(canary: Path) -> Mapping[str, bytes]:
    """Return the pickles by name; running any of them would make the file ``canary``."""
    touch, code = f"touch {canary}", f"__import__('pathlib').Path({str(canary)!r}).touch()"
    system = _named("os", "system")
    argument = b"(" + _literal(touch) + b"t"
    return {
        "os.system": call("os", "system", touch),
        "posix.system": call("posix", "system", touch),
        "subprocess": call("subprocess", "Popen", ["touch", str(canary)]),
        "eval": call("builtins", "eval", code),
        "exec": call("builtins", "exec", code),
        "compile": call("builtins", "compile", code, "x", "exec"),
        "open": call("builtins", "open", str(canary), "w"),
        "io.open": call("io", "open", str(canary), "w"),
        "import": call("builtins", "__import__", "antigravity"),
        "importlib": call("importlib", "import_module", "antigravity"),
        "runpy": call("runpy", "run_path", str(canary)),
        "timeit": call("timeit", "main", ["-n", "1", "-r", "1", code]),
        "pty.spawn": call("pty", "spawn", ["touch", str(canary)]),
        "webbrowser": call("webbrowser", "open", f"file://{canary}"),
        "socket": call("socket", "create_connection", ["127.0.0.1", 9]),
        "shutil": call("shutil", "copyfile", "/etc/hostname", str(canary)),
        "pathlib": call("pathlib", "Path.touch", str(canary)),
        "ctypes": call("ctypes", "CDLL", "libc.so.6"),
        "operator": call("operator", "methodcaller", "system", touch),
        "attrgetter": call("operator", "attrgetter", "__class__.__base__.__subclasses__"),
        "code object": call("types", "CodeType"),
        "function": call("types", "FunctionType"),
        "pickle.loads": call("pickle", "loads", call("os", "system", touch)),
        "numpy.load": call("numpy", "load", str(canary)),
        "numpy runstring": call("numpy.testing._private.utils", "runstring", code, {}),
        "river function": call("river.stream.iter_csv", "iter_csv", str(canary)),
        "river dataset": call("river.datasets.higgs", "Higgs"),
        "river module of a module": call("river.base.base", "inspect.os.system", touch),
        "river dotted": call("river.stats.mean", "Mean.__init__.__globals__"),
        "our shell": call("lrcontrol.daemon", "Daemon"),
        "our log": call("lrcontrol.log", "os.system", touch),
        "getattr on a class": call_method("river.stats.mean", "Mean", "__subclasses__"),
        "partial": b"\x80\x04" + _named("functools", "partial") + b"(" + system + b"tR" + argument
        + b"R.",
        "default factory": b"\x80\x04" + _named("collections", "defaultdict") + b"(" + system
        + b"tR.",
        "global opcode": b"cos\nsystem\n(S'" + touch.encode() + b"'\ntR.",
        "inst opcode": b"(S'" + touch.encode() + b"'\nios\nsystem\n.",
        "obj opcode": b"(cos\nsystem\nS'" + touch.encode() + b"'\no.",
        "newobj": b"\x80\x04" + system + argument + b"\x81.",
        "extension": b"\x80\x02\x82\x01.",
        "persistent": b"Panything\n.",
        "binary persistent": b"\x80\x04" + _literal("anything") + b"Q.",
        "class attributes": b"\x80\x04" + _named("lrcontrol.checkpoint.pickling", "restore")
        + b"(" + _named("river.stats.mean", "Mean") + _literal({"get": 1}) + b"tR.",
        "huge length": b"\x80\x04\x8e" + struct.pack("<Q", 2**62) + b"x.",
        "huge frame": b"\x80\x04\x95" + struct.pack("<Q", 2**62) + b"N.",
        "huge memo": b"\x80\x04Nr\xff\xff\xff\xff.",
        "nothing": b"",
        "empty stack": b"\x80\x04.",
        "no end": pickle.dumps([1, 2, 3])[:-1],
        "protocol 200": b"\x80\xc8N.",
    }  # fmt: skip


def call_method(module: str, name: str, method: str) -> bytes:
    """Return a pickle that calls ``getattr(thing, method)()``."""
    owner = _named(module, name) + _literal(method)
    return b"\x80\x04" + _named("builtins", "getattr") + b"(" + owner + b"tR(tR."


Payloads = Callable[[Path], Mapping[str, bytes]]
