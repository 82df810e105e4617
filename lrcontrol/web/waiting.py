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
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    def told(_: Future[T]) -> None:
        with suppress(RuntimeError):  # the server has stopped: nobody waits any more
            loop.call_soon_threadsafe(wake)

    future.add_done_callback(told)
    late = loop.call_later(patience, wake)
    try:
        await woken
    finally:
        late.cancel()
    if not future.done():
        raise NoAnswer(f"no answer within {patience:g} s")
    return future.result()
