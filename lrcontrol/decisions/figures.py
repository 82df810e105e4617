"""Numbers as a person says them."""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Any

#: Significant digits of a rate or a loss, and the most where two would look the same.
DIGITS = 3
MOST_DIGITS = 6


def figure(value: Any, digits: int = DIGITS) -> str:
    """Return a number in a few digits; null and NaN are "unknown".

    >>> figure(0.0123456), figure(1e-05), figure(None)
    ('0.0123', '1e-05', 'unknown')
    """
    if value is None or not isfinite(value):
        return "unknown"
    return f"{value + 0.0:.{digits}g}"  # + 0.0: there is no minus nothing


def apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers in as few digits as tell them apart.

    >>> apart(0.12345, 0.12346), apart(0.1, 0.2)
    (('0.12345', '0.12346'), ('0.1', '0.2'))
    """
    digits = DIGITS
    while digits < MOST_DIGITS and figure(one, digits) == figure(other, digits):
        digits += 1
    return figure(one, digits), figure(other, digits)


def times(after: float, before: float) -> str:
    """Return by what a rate was moved.

    >>> times(0.05, 0.1), times(0.1, 0.0999)
    ('0.5 times', '1.001 times')
    """
    if not before > 0.0 or not isfinite(after / before):
        return "from nothing"
    factor = after / before
    return f"{factor:.4g} times" if 0.9 < factor < 1.1 else f"{factor:.2g} times"


def counted(number: int, what: str) -> str:
    """Return how many of something.

    >>> counted(1, "record"), counted(12800, "record")
    ('1 record', '12,800 records')
    """
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def often(number: int) -> str:
    """Return how often.

    >>> often(1), often(1200)
    ('once', '1,200 times')
    """
    return "once" if number == 1 else f"{number:,} times"


def share(value: float, of: float) -> str:
    """Return how much above or below something is.

    >>> share(1.03, 1.0), share(0.5, 1.0), share(1.001, 1.0)
    ('3 % above', '50 % below', 'about')
    """
    percent = 100.0 * (value / of - 1.0)
    if abs(percent) < 1.0:
        return "about"
    far = f"{value / of:.2g} times" if percent >= 200.0 else f"{abs(percent):.0f} %"
    return far if percent >= 200.0 else f"{far} {'above' if percent > 0 else 'below'}"


def when(at: float) -> str:
    """Return a time since the epoch as a person writes it, UTC.

    >>> when(1.7e9)
    '2023-11-14 22:13:20 UTC'
    """
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def listed(parts: list[str]) -> str:
    """Return parts as a list in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def quoted(text: str) -> str:
    """Return what somebody wrote, on one line that no terminal obeys."""
    return f'"{"".join(c if c.isprintable() else "?" for c in text)}"'
