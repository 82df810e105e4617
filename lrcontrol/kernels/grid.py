"""Records that hold the same numbers under the same names, kept as one array."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

from lrcontrol.kernels.arrays import Array


class Grid(Sequence[dict[str, Any]]):
    """A sequence of n dictionaries of the same d names, each made when somebody looks at it.

    ``names`` (d), no name twice; ``values`` (n, d) float64, C-contiguous. Kernels take ``values``
    as they are: dictionaries of ten numbers cost more to make and to take apart than to learn from.

    >>> import numpy as np
    >>> grid = Grid(("a", "b"), np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> grid[1], len(grid[:1])
    ({'a': 3.0, 'b': 4.0}, 1)
    """

    __slots__ = ("names", "values")

    def __init__(self, names: tuple[str, ...], values: Array) -> None:
        self.names = names
        self.values = values

    @property
    def reach(self) -> float:
        """The largest magnitude there is."""
        return max(float(self.values.max(initial=0.0)), -float(self.values.min(initial=0.0)))

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> Grid: ...
    def __getitem__(self, at: int | slice) -> dict[str, Any] | Grid:
        if isinstance(at, slice):
            return Grid(self.names, self.values[at])
        return dict(zip(self.names, self.values[at].tolist(), strict=True))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = self.names
        return (dict(zip(names, line, strict=True)) for line in self.values.tolist())
