"""Where clients leave records for the learning thread: bounded, and each delivery answered."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Condition
from typing import NamedTuple

#: Keys of deliveries that are remembered, newest; a client that sends again does so soon.
KEYS = 10_000


class Full(Exception):
    """Too much waits to be learned: nothing was taken; try again later."""


class TooMuch(Exception):
    """More than would ever fit: send fewer records at a time."""


class Closed(Exception):
    """Nobody takes records any more."""


class Delivery(NamedTuple):
    """Records sent together, the key of their client (or none), and whether they were known."""

    messages: Sequence[bytes]
    key: str
    known: Future[bool]

    @property
    def size(self) -> int:
        """Bytes of its messages."""
        return sum(map(len, self.messages))


class Inbox:
    """Deliveries that wait, at most ``most`` records and ``most_bytes`` bytes of them.

    ``put`` may be called by any thread, the rest is the learning thread's.

    >>> inbox = Inbox(most=2, most_bytes=100)
    >>> known = inbox.put([b"{}"], "k1")
    >>> inbox.put([b"{}", b"{}"])
    Traceback (most recent call last):
    ...
    lrcontrol.sources.inbox.Full: 1 records and 2 bytes wait to be learned
    >>> [delivery.key for delivery in inbox.take(timeout=0.0)]
    ['k1']
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._waiting: deque[Delivery] = deque()
        self._records = self._bytes = 0
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._changed = Condition()
        self._open = True

    def put(self, messages: Sequence[bytes], key: str = "") -> Future[bool]:
        """Leave records; the future tells, once they are taken up, whether their key was known.

        Raises Full, TooMuch, Closed.
        """
        delivery = Delivery(messages, key, Future())
        size = delivery.size
        if len(messages) > self._most or size > self._most_bytes:
            raise TooMuch(f"at most {self._most} records and {self._most_bytes} bytes at a time")
        with self._changed:
            if not self._open:
                raise Closed("the daemon takes no more records")
            if self._records + len(messages) > self._most or self._bytes + size > self._most_bytes:
                raise Full(f"{self._records} records and {self._bytes} bytes wait to be learned")
            self._waiting.append(delivery)
            self._records += len(messages)
            self._bytes += size
            self._changed.notify()
        return delivery.known

    def put_once(self, messages: Sequence[bytes], key: str) -> bool:
        """Leave records unless their key is known; return whether it is. For who keeps no journal.

        Raises Full, TooMuch, Closed.
        """
        with self._changed:
            if key and key in self._keys:
                self._keys.move_to_end(key)
                return True
        self.put(messages, key)
        if key:
            with self._changed:
                self._keys[key] = None
                if len(self._keys) > KEYS:
                    self._keys.popitem(last=False)
        return False

    def take(self, timeout: float) -> list[Delivery]:
        """Return all that waits, waiting up to ``timeout`` seconds for the first."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, timeout)
            found = list(self._waiting)
            self._waiting.clear()
            self._records = self._bytes = 0
        return found

    @property
    def waiting(self) -> int:
        """Records that wait."""
        return self._records

    def open(self) -> None:
        """Take records from now on."""
        with self._changed:
            self._open = True

    def close(self) -> None:
        """Take no more; who waits for an answer gets Closed."""
        with self._changed:
            self._open = False
            found = list(self._waiting)
            self._waiting.clear()
            self._records = self._bytes = 0
        for delivery in found:
            delivery.known.set_exception(Closed("the daemon stops; send it again"))
