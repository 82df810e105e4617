"""What a loop shows of itself: its counts, and what its parts say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrcontrol.status import LoopStatus

if TYPE_CHECKING:
    from lrcontrol.loop import Loop


def overview(loop: Loop) -> LoopStatus:
    """Return the immutable view of a loop as it is now."""
    averages, altered, learner = loop.averages, loop.guard.altered, loop.learner
    watched = loop.watched
    return loop.tally.status()._replace(
        replaced=altered.replaced,
        beyond=altered.beyond,
        fast=averages.fast,
        slow=averages.slow,
        noise=averages.noise,
        rate=learner.rate,
        low=loop.limits.low,
        high=loop.limits.high,
        rates=learner.read_back(),
        metrics=learner.readings(),
        members=learner.members(),
        rung=watched.state.rung if watched else "",
        rulings=dict(watched.rulings) if watched else {},
        chosen=type(loop.controller).__name__.lower() if loop.why else "",
        why=loop.why,
        arms=loop.arms.status if loop.arms else (),
        mode="automatic" if loop.override is None else "manual",
    )
