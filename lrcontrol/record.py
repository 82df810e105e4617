"""A record: one decoded example of the stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, overload

if TYPE_CHECKING:
    from lrcontrol.kernels.grid import Grid

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


class Alike(Sequence[Record]):
    """Records with the same numbers as features, in order, without id and time.

    ``x`` are their features in columns, ``y`` their targets. Each record is made when somebody
    looks at it; whoever learns all of them in a kernel takes the columns as they are.
    """

    __slots__ = ("x", "y")

    def __init__(self, x: Grid, y: list[float]) -> None:
        self.x = x
        self.y = y

    def __len__(self) -> int:
        return len(self.y)

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> Alike: ...
    def __getitem__(self, at: int | slice) -> Record | Alike:
        if isinstance(at, slice):
            return Alike(self.x[at], self.y[at])
        return Record(self.x[at], self.y[at])

    def __iter__(self) -> Iterator[Record]:
        return map(Record, iter(self.x), self.y)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]
