"""A cap on feature names: what a model remembers of names that never end.

River models keep a weight, a mean and an optimizer's moments for each name they have ever seen (130
to 490 bytes), and Adam walks over all of them on each record: 777 records a second at 5,000 names
are 97 at 20,000.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, filterfalse
from typing import Literal
from zlib import crc32

from lrcontrol.checks import Count, Natural, check
from lrcontrol.record import Feature, Features

#: What shared features are called, before their number; a name of the stream's own that looks so is
#: hashed, as it might come to mean one of them.
SHARED = "#"
#: The category that stands for all those there is no room for. It takes none itself, so that one
#: for each name of categories may come out beyond ``most``.
OTHER = "#other"


@dataclass(frozen=True)
class NameCap:
    """What becomes of feature names beyond the most that are kept apart.

    Parameters
    ----------
    most
        Names that are kept as they are: the first ones to come.
    beyond
        Any later name: ``hash`` adds its value to that of one of ``buckets`` shared features,
        ``drop`` leaves the feature out, ``refuse`` the whole record. A category of a known name
        counts as a name; any later one becomes the category ``#other`` under ``hash``.
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

    No more than ``most + buckets`` names ever come out, a category counting as one. The hash is
    CRC-32, the same in every process (Python's own is not). The category of a hashed name counts as
    1 under its name and value together, and all hashed values may cancel out, so not for a stream
    whose late names matter most: raise ``most``. ``beyond`` counts features that were hashed,
    dropped or in a refused record; ``known`` tells of a name whether it is one of categories.

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
        self.known: dict[str, bool] = {}  # in the order they came, as a set has none to pickle
        self.categorical: set[str] = set()  # those of them that are names of categories
        self._categories: dict[tuple[str, Feature], None] = {}

    def admit(self, xs: Sequence[Features]) -> list[Features | None]:
        """Return each record as the model may see it, None where it is refused."""
        return [self.one(x) for x in xs]

    def one(self, x: Features) -> Features | None:
        """Return a record as the model may see it, or None where it is refused."""
        late = self._late(x)
        if not late:
            return x
        self.beyond += len(late)
        if self.cap.beyond == "refuse":
            return None
        return self._out(x, late)

    @property
    def room(self) -> int:
        """Names that may still be kept apart, a category counting as one."""
        names = len(self.known) - len(self.categorical) + len(self._categories)
        return max(self.cap.most - names, 0)

    def show(
        self, xs: Sequence[Features], longest: int, most: float
    ) -> tuple[Sequence[Features], float] | None:
        """Return records of numbers as the model may see them, and the largest sum there may be.

        All at once, or None and nothing has changed: where only a look at each can tell, as some
        names only just fit in, a name is ``longest`` or no text, or a sum is beyond ``most``.
        """
        try:
            if self.room:
                return (xs, 0.0) if self._take_all(xs, longest) else None
            if self.cap.beyond == "hash":
                return self._hash(xs, longest, most)
            return self._drop(xs, longest) if self.cap.beyond == "drop" else None
        except (TypeError, AttributeError, UnicodeEncodeError):  # no text, or half a character
            return None

    def _take_all(self, xs: Sequence[Features], longest: int) -> bool:
        late = dict.fromkeys(filterfalse(self.known.__contains__, chain.from_iterable(xs)), False)
        fit = len(late) <= self.room and max(map(str.__len__, late), default=0) <= longest
        if not fit or (self.cap.beyond == "hash" and any(map(_is_shared, late))):
            return False
        self.known.update(late)
        return True

    def _drop(
        self, xs: Sequence[Features], longest: int
    ) -> tuple[Sequence[Features], float] | None:
        if max(map(str.__len__, chain.from_iterable(xs)), default=0) > longest:
            return None
        known = self.known
        shown = [{name: value for name, value in x.items() if name in known} for x in xs]
        self.beyond += sum(map(len, xs)) - sum(map(len, shown))
        return shown, 0.0

    def _hash(
        self, xs: Sequence[Features], longest: int, most: float
    ) -> tuple[Sequence[Features], float] | None:
        known, seed, shared = self.known, self.cap.seed, _shared(self.cap.buckets)
        count, beyond, sums = len(shared), 0, [0.0]
        shown: list[Features] = []
        for x in xs:  # without a call that not each name needs: this is what a late one costs
            out: Features = {}
            for name, value in x.items():
                if name in known:
                    out[name] = value
                elif len(name) > longest:
                    return None
                else:
                    beyond += 1
                    out[shared[crc32(name.encode(), seed) % count]] = value
            if len(out) < len(x):  # two of its names share a bucket
                out = self._out(x, set(x).difference(known))
                sums += map(abs, map(float, out.values()))
            shown.append(out)
        if max(sums) > most:
            return None
        self.beyond += beyond
        return shown, max(sums)

    def glance(self, x: Features) -> Features:
        """Return a record to predict from as the model would see it; nothing is taken in.

        >>> names = Names(NameCap(most=1, buckets=8))
        >>> names.admit([{"a": 1.0}]), names.glance({"a": 1.0, "c": 3.0})
        ([{'a': 1.0}], {'a': 1.0, '#1': 3.0})
        """
        known, categories = self.known, self._categories
        late = {n for n, v in x.items() if n not in known or _is_new(n, v, categories)}
        if not late or self.room:
            return x
        return self._out(x, late)

    def _late(self, x: Features) -> Set[str]:
        """Return the names there is no room for; a refused record takes no room either."""
        known, categories = self.known, self._categories
        new = [(n, v) for n, v in x.items() if n not in known or _is_new(n, v, categories)]
        if not new:
            return frozenset()
        room = self.room
        hashes = self.cap.beyond == "hash"
        own = [(n, v) for n, v in new if not (hashes and _is_shared(n))]
        if self.cap.beyond != "refuse" or len(own) <= room:
            for name, value in own[:room]:
                self._take(name, value)
        taken = dict(own[:room])
        return {name for name, _ in new if name not in taken}

    def _take(self, name: str, value: Feature) -> None:
        text = isinstance(value, str)
        self.known.setdefault(name, text)
        if text:
            self.categorical.add(name)
            self._categories[name, value] = None

    def _out(self, x: Features, late: Set[str]) -> Features:
        """Return a record whose late names share, each where the first of those with it is."""
        out: Features = {}
        hashes = self.cap.beyond == "hash"
        for name, value in x.items():
            if name not in late:
                out[name] = value
            elif hashes:
                self._add(out, name, value)
        return out

    def _add(self, out: Features, name: str, value: Feature) -> None:
        if isinstance(value, str):
            if name in self.known:
                out[name] = OTHER
                return
            name, value = f"{name}={value}", 1.0
        raw = str(name).encode("utf-8", "surrogatepass")
        bucket = _shared(self.cap.buckets)[crc32(raw, self.cap.seed) % self.cap.buckets]
        before = out.get(bucket)
        assert not isinstance(before, str)  # no name of the stream's begins so, if hashed
        out[bucket] = value if before is None else float(value) + float(before)


@lru_cache(maxsize=4)
def _shared(buckets: int) -> tuple[str, ...]:
    # The same objects each time: their hashes are known, and to compare them is to look where they
    # are. Kept here and not in ``Names``, as it is no state.
    return tuple(f"{SHARED}{at}" for at in range(buckets))


def _is_shared(name: str) -> bool:
    return isinstance(name, str) and name[:1] == SHARED and name[1:].isdigit()


def _is_new(name: str, value: Feature, categories: dict[tuple[str, Feature], None]) -> bool:
    return isinstance(value, str) and (name, value) not in categories
