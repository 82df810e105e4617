"""Text that must not be shown: a password, a token."""

from __future__ import annotations

MASK = "***"


class Secret(str):
    """A string whose ``repr`` is masked, so that no dataclass, log line or traceback shows it.

    Declare a field ``Secret`` (or ``Secret | None``): the configuration makes one of it and shows
    ``***``. ``str`` methods and formatting give the text itself: this guards against showing by
    accident, not on purpose.

    >>> Secret("hunter2"), f"{Secret('hunter2')}"
    (***, 'hunter2')
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return MASK
