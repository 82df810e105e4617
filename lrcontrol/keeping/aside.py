"""What of a source was put aside: counted by its reason, watched by the breaker, sent again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lrcontrol.deadletters.breaker import Broken


class Aside(NamedTuple):
    """What is known of the messages of a source that could not be learned; a checkpoint holds it.

    ``letters`` counts them by reason, ``replayed`` those that were sent again, ``passed`` says up
    to which of these, by origin (see ``deadletters.replay``). ``paused`` says why reading stopped.
    """

    letters: Mapping[str, int] = {}
    broken: Broken = Broken()
    paused: str = ""
    replayed: int = 0
    passed: Mapping[str, int] = {}

    def counted(self, reasons: Mapping[str, int]) -> Aside:
        """Return this with so many more letters, by reason."""
        letters = dict(self.letters)
        for reason, count in reasons.items():
            letters[reason] = letters.get(reason, 0) + count
        return self._replace(letters=letters)

    def data(self) -> dict[str, Any]:
        """Return plain data for a checkpoint."""
        bits, times, paused = self.broken
        return {
            "letters": dict(self.letters),
            "broken": [f"{bits:x}", times, paused],  # as text: some readers know no long integers
            "replayed": self.replayed,
            "passed": dict(self.passed),
        }


def resumed(data: Mapping[str, Any]) -> Aside:
    """Return what ``data`` holds, with the breaker mended where it was broken.

    Somebody started the daemon, so somebody looked; where nobody did, reading stops again after
    half a window. Rejected: to stay paused until told otherwise, which a person who has just
    changed the configuration for it would have to find out.

    >>> resumed({"letters": {"type": 600}, "broken": ["fff", 1, True]}).broken
    Broken(bits=0, times=1, paused=False)
    """
    bits, times, paused = data.get("broken", ("0", 0, False))
    broken = Broken(times=times) if paused else Broken(int(bits, 16), times)
    letters, passed = data.get("letters", {}), data.get("passed", {})
    return Aside(dict(letters), broken, "", data.get("replayed", 0), dict(passed))
