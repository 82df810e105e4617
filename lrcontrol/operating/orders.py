"""What people ask of a running daemon, as data: one order, and what came of it.

An order is carried out by the learning thread between two blocks, at a position of the stream, and
answered once a checkpoint that holds its effect is durable (where checkpoints are kept): what was
answered with success survives a crash, and what was not may be asked again with the same key.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

#: ``hold`` keeps the rate where it is and goes on learning, ``set_rate`` moves it and holds it
#: there, ``resume`` gives it back to the controller and leaves every rung of the divergence ladder;
#: ``roll_back`` brings back the pinned good state, or that of a checkpoint; ``mend`` lets a source
#: go on that a breaker paused.
Action = Literal["hold", "set_rate", "resume", "roll_back", "checkpoint", "reload", "mend"]
#: Who gives the order that ends an override.
EXPIRY = "expiry"


class Order(NamedTuple):
    """One thing asked for; ``seconds`` until a hold or a set rate expires, 0 for never."""

    action: Action
    target: str = ""  # the model, or of ``mend`` the source; "" for the whole daemon
    rate: float = 0.0
    seconds: float = 0.0
    forced: bool = False  # whether limits do not bind the rate
    checkpoint: int = 0  # to roll back to, 0 for the pinned good state
    reason: str = ""
    actor: str = ""
    key: str = ""  # of idempotency: the same key again gives the same outcome, and nothing is done


class Outcome(NamedTuple):
    """What came of an order; ``code`` is an HTTP status, ``detail`` says what to do about it."""

    code: int
    detail: str
    target: str = ""
    mode: str = ""
    step: int = 0
    before: float = 0.0  # the rate
    applied: float = 0.0
    repeated: bool = False  # whether the key was known

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.code < 300
