"""Waiting in the server's thread for what the learning thread answers."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

#: Seconds, less than a connection lives: an order may have to wait for a durable checkpoint.
PATIENCE = 6.0


class NoAnswer(Exception):
    """Nothing was answered in time; what was asked for may still happen."""


async def answered(future: Future[T], patience: float) -> T:
    """Return what comes of ``future``, or raise what it raises, or NoAnswer.

    The future is never cancelled, as ``asyncio.wrap_future`` would do when a client goes: the
    learning thread would then fail on setting its result.
    """
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def wake(_: Future[T]) -> None:
        with suppress(RuntimeError):  # the server has stopped: nobody waits any more
            loop.call_soon_threadsafe(done.set)

    future.add_done_callback(wake)
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await done.wait()
    if not future.done():
        raise NoAnswer(f"no answer within {patience:g} s")
    return future.result()
