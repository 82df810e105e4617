"""A cap on feature names: what a model remembers of names that never end.

River models keep a weight, a mean and an optimizer's moments for each name they have ever seen (130
to 490 bytes), and Adam walks over all of them on each record: 777 records a second at 5,000 names
are 97 at 20,000.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal
from zlib import crc32

from lrcontrol.checks import Count, Natural, check
from lrcontrol.record import Feature, Features


@dataclass(frozen=True)
class NameCap:
    """What becomes of feature names beyond the most that are kept apart.

    Parameters
    ----------
    most
        Names that are kept as they are: the first ones to come.
    beyond
        Any later name: ``hash`` adds its value to that of one of ``buckets`` shared features,
        ``drop`` leaves the feature out, ``refuse`` the whole record.
    buckets
        Shared features that later names are hashed into.
    seed
        Of that hash; another one mixes other names.
    """

    most: Count = 10_000
    beyond: Literal["hash", "drop", "refuse"] = "hash"
    buckets: Count = 4096
    seed: Natural = 1

    def __post_init__(self) -> None:
        check(self)


class Names:
    """Lets known names through and new ones while there is room; the rest by the cap's policy.

    No more than ``most + buckets`` names ever come out. The hash is CRC-32, the same in every
    process (Python's own is not). A hashed category counts as 1 under its name and value together,
    and all hashed values may cancel out, so not for a stream whose late names matter most: raise
    ``most``. ``beyond`` counts features that were hashed, dropped or in a refused record.

    Examples
    --------
    >>> names = Names(NameCap(most=2, buckets=8))
    >>> names.admit([{"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 3.0, "d": 4.0}])
    [{'a': 1.0, 'b': 2.0}, {'a': 1.0, '#1': 3.0, '#2': 4.0}]
    >>> Names(NameCap(most=2, beyond="refuse")).admit([{"a": 1.0, "b": 2.0}, {"c": 3.0}])
    [{'a': 1.0, 'b': 2.0}, None]
    """

    def __init__(self, cap: NameCap | None = None) -> None:
        self.cap = cap or NameCap()
        self.beyond = 0
        self._known: dict[str, None] = {}  # in the order they came, as a set has none to pickle

    def admit(self, xs: Sequence[Features]) -> list[Features | None]:
        """Return each record as the model may see it, None where it is refused."""
        if self._known.keys() >= set(chain.from_iterable(xs)):  # nearly always
            return list(xs)
        return [self._one(x) for x in xs]

    def _one(self, x: Features) -> Features | None:
        late = self._late(x)
        if not late:
            return x
        self.beyond += len(late)
        if self.cap.beyond == "refuse":
            return None
        out = {name: value for name, value in x.items() if name not in late}
        if self.cap.beyond == "hash":
            for name in late:
                self._add(out, name, x[name])
        return out

    def _late(self, x: Features) -> dict[str, None]:
        """Return the names there is no room for; a refused record takes no room either."""
        known = self._known
        new = [name for name in x if name not in known]
        room = self.cap.most - len(known)
        if self.cap.beyond != "refuse" or len(new) <= room:
            known.update(dict.fromkeys(new[: max(room, 0)]))
        return dict.fromkeys(new[max(room, 0) :])

    def _add(self, out: Features, name: str, value: Feature) -> None:
        if isinstance(value, str):
            name, value = f"{name}={value}", 1.0
        raw = name.encode("utf-8", "surrogatepass")
        bucket = f"#{crc32(raw, self.cap.seed) % self.cap.buckets}"
        before = out.get(bucket, 0.0)
        out[bucket] = value + (0.0 if isinstance(before, str) else before)
