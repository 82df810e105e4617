"""Hostile checkpoints: nothing runs, neither with a wrong seal nor with a right one."""

from __future__ import annotations

import fractions
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import river.stats  # noqa: F401 (an allowed class may be imported; here it would be heard)
from faults.hostile import call, payloads

from lrcontrol.checkpoint import content, unpickling
from lrcontrol.checkpoint.content import accept, versions
from lrcontrol.checkpoint.frame import Frame, seal
from lrcontrol.checkpoint.unusable import Unusable

KEY, OTHER = bytes(range(32)), bytes(32)
CANARY = Path("/tmp/lrcontrol-canary-that-nobody-makes")
#: What Python itself reports when something is run, whatever it is called.
DEEDS = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.connect",
         "ctypes.dlopen", "compile", "exec", "import", "shutil.copyfile", "open")  # fmt: skip

watched: list[str] | None = None


def _heard(event: str, arguments: object) -> None:
    if watched is not None and event in DEEDS:
        watched.append(f"{event} {arguments}"[:200])


sys.addaudithook(_heard)  # for good: there is no way to take one away, so it listens on demand


@contextmanager
def deeds() -> Iterator[list[str]]:
    """Collect what is run meanwhile."""
    global watched
    watched = found = []
    try:
        yield found
    finally:
        watched = None


def sealed(payload: bytes, key: bytes) -> bytes:
    """Return a checkpoint with a payload for a model."""
    frame = Frame({"versions": versions()}, {"model:m": payload, "probe:m": b"[[],[],[]]"})
    return b"".join(seal(frame, key))


@pytest.fixture(autouse=True)
def no_canary() -> Iterator[None]:
    CANARY.unlink(missing_ok=True)
    yield
    assert not CANARY.exists()


@pytest.mark.parametrize("name", payloads(CANARY))
def test_with_a_wrong_seal_nothing_is_even_looked_at(name, monkeypatch):
    reached = []
    monkeypatch.setattr(content.unpickling, "loads", reached.append)
    data = sealed(payloads(CANARY)[name], OTHER)
    with deeds() as done, pytest.raises(Unusable) as refusal:
        accept(data, [KEY])
    assert refusal.value.reason == "authentication"
    assert reached == []
    assert done == []


@pytest.mark.parametrize("name", payloads(CANARY))
def test_with_a_right_seal_nothing_is_run(name):
    data, modules = sealed(payloads(CANARY)[name], KEY), set(sys.modules)
    with deeds() as done, pytest.raises(Unusable) as refusal:
        accept(data, [KEY])
    assert refusal.value.reason == "content"
    assert done == []
    assert set(sys.modules) == modules


@pytest.mark.parametrize("name", ["os.system", "eval", "exec", "timeit", "global opcode"])
def test_nor_what_is_folded_into_the_copies_to_go_back_to(name):
    folded = payloads(CANARY)[name]
    pins = call("lrcontrol.pins", "unfolded", True, [], None, folded)
    with deeds() as done, pytest.raises(Unusable) as refusal:
        accept(sealed(pins, KEY), [KEY])
    assert refusal.value.reason == "content"
    assert done == []
    by_hand = call("lrcontrol.pins", "Pins", [])
    with pytest.raises(Unusable, match=r"lrcontrol\.pins\.Pins"):
        accept(sealed(by_hand, KEY), [KEY])


def test_the_canary_would_sing(tmp_path):
    """The same payloads through plain pickle do run, and are heard."""
    canary = tmp_path / "canary"
    for name in ("os.system", "posix.system", "eval", "exec", "timeit", "global opcode"):
        with deeds() as done:
            pickle.loads(payloads(canary)[name])
        assert done, name
        canary.unlink()  # raises where it is not there


def test_a_module_that_the_configuration_allows_is_found_and_others_of_its_kind_are_not():
    payload = payloads(CANARY)["runpy"]
    with pytest.raises(Unusable, match=r"runpy\.run_path"):
        unpickling.loads(payload, allow=["my_models"])
    half = pickle.dumps(fractions.Fraction(1, 2))
    assert unpickling.loads(half, allow=["fractions"]) == fractions.Fraction(1, 2)
    with pytest.raises(Unusable, match=r"fractions\.Fraction"):
        unpickling.loads(half)
    with pytest.raises(Unusable, match="operator"):  # found in the module, but not of it
        unpickling.loads(b"\x80\x04\x8c\x09fractions\x8c\x08operator\x93.", allow=["fractions"])
