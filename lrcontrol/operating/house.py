"""What the clerk wants of those around it: the models, and the rest of the daemon."""

from __future__ import annotations

from typing import Protocol

from lrcontrol.loop import Loop


class Model(Protocol):
    """What the clerk wants of a served model."""

    name: str
    failure: Exception | None

    @property
    def loop(self) -> Loop:
        """What learns it."""
        ...

    def moved(self) -> None:
        """Note that the loop was moved by hand: what is gone back to after a raise must know."""
        ...

    def predicted(self, seconds: float) -> None:
        """Count a prediction for a client."""
        ...


class House(Protocol):
    """What the clerk wants of the daemon, for orders that are not about one rate."""

    @property
    def keeps(self) -> bool:
        """Whether there are checkpoints."""
        ...

    def show(self) -> None:
        """Let the status show what was just done: who is answered may look at once."""
        ...

    def keep_soon(self) -> None:
        """Write a checkpoint at the next turn, whatever the cadence says."""
        ...

    def loop_of(self, model: str, checkpoint: int) -> Loop:
        """Return a model's loop as a checkpoint holds it, 0 for the newest good one.

        Raises LookupError that says which there are.
        """
        ...

    def reload(self) -> str:
        """Read the configuration again; return what changed. Raises ValueError with all of it."""
        ...

    def mend(self, source: str) -> None:
        """Let a paused source go on. Raises LookupError."""
        ...
