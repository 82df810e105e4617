"""A record: one decoded example of the stream."""

from __future__ import annotations

from typing import NamedTuple

Feature = float | str | bool
Features = dict[str, Feature]
Target = float | str | bool


class Record(NamedTuple):
    """One example: features by name, the target, and where the stream gives them, id and time.

    ``timestamp`` is in seconds since the Unix epoch. Categorical features are strings.
    """

    x: Features
    y: Target
    id: str | None = None
    timestamp: float | None = None
