"""What must be equal, to the last bit, between two daemons that learned the same records."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from lrcontrol.checkpoint import exact, state
from lrcontrol.daemon import Daemon
from lrcontrol.deadletters.store import DeadLetters
from lrcontrol.loop import Loop

#: What is no state: stopwatches, ways into the model that are found again, and the names the guard
#: saw last, which only spare it a look. And what is compared
#: by its content (``_held``): records held in blocks, and copies that are bytes or not.
TRANSIENT = ("watch", "_path", "_usual", "_blocks", "_marked", "_pinned")
#: Each number of the state by its path: shown where something differs.
LEAVES = "leaves"


def outcome(daemon: Daemon, letters: Path) -> dict[str, Any]:
    """Return everything that must be equal, to the last bit; ``letters`` are the dead ones."""
    (served,), (intake,) = daemon._served, daemon._intakes
    loop, place = served.loop, intake.place()
    rng = random.Random(5)
    probes = [{name: rng.gauss(0, 2) for name in "abc"} for _ in range(20)]
    return {
        "held": _held(loop),
        "state": state.digest(loop, skip=TRANSIENT),
        LEAVES: {path: repr(value) for path, value in state.leaves(loop, skip=TRANSIENT)},
        "predictions": exact.dumps([loop.predict_one(x) for x in probes]),
        "counters": repr(loop.status),
        "positions": dict(place.positions),
        "read": dict(place.counters),
        "letters": _letters(letters),
        "failure": repr(served.failure),
        "put aside": daemon.status().checkpoint.put_aside if daemon.status().checkpoint else 0,
    }


def _letters(path: Path) -> list[tuple[Any, ...]]:
    """Return what each dead letter tells, in the order of the stream."""
    store = DeadLetters(path, create=False)
    try:
        found = [kept.letter for kept in store.letters(limit=10**6)]
    finally:
        store.close()
    return sorted((one.position, one.model, one.reason, one.error, one.message) for one in found)


def _held(loop: Loop) -> str:
    """Return a digest of what the watch over divergence holds back."""
    watched: Any = getattr(loop, "watched", None)
    if watched is None:
        return "nothing"
    # Least records between two copies, from the bytes of a pickle: a few more or less of them after
    # a restart. What comes of it, other copies, is compared here.
    watched.state = watched.state._replace(spacing=0)
    records = [pair for xs, ys in watched._blocks for pair in zip(xs, ys, strict=True)]
    pins = watched._pins
    copies = (pins._marked, pins._pinned)
    loaded = [pins._loaded(copy) if isinstance(copy, bytes) else copy for copy in copies]
    return state.digest([records, loaded], skip=TRANSIENT)
