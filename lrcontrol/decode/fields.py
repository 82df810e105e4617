"""Which field of a message is what: label, features, id and time."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lrcontrol.checks import check
from lrcontrol.decode.base import Unfit
from lrcontrol.record import Feature, Features, Record


@dataclass(frozen=True)
class Fields:
    """The parts of a message, by name.

    >>> Flat(Fields(label="fare", id="ride", exclude=("driver",))).record(
    ...     {"ride": "a7", "driver": "Jo", "km": 3.5, "fare": 12.0})
    Record(x={'km': 3.5}, y=12.0, id='a7', timestamp=None)

    Parameters
    ----------
    id
        Field that identifies the record; taken out of the features.
    timestamp
        Field with the time of the record, in seconds since 1970 or as ISO 8601 (UTC where it names
        no zone); taken out of the features.
    label
        Field with what is to be predicted. A message without it, or with null, is rejected.
    features
        Where the features are: a name for the field with an object that holds them, a list for
        these fields only, nothing for all the fields that are left.
    exclude
        Features to drop.
    categorical
        Features (or the label) to keep as strings even where they look like numbers, as ZIP codes.
    """

    id: str | None = None
    timestamp: str | None = None
    label: str = "y"
    features: str | tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check(self, *self._faults())

    def _faults(self) -> Iterator[tuple[str, bool, str]]:
        taken: set[str] = set()
        for key, name in self._parts():
            yield key, name in taken, f"{name!r} already has another part to play"
            # msgspec finds a key only where JSON writes it without escapes
            plain = json.dumps(name, ensure_ascii=False) == f'"{name}"'
            yield key, not plain, f"{name!r} has characters that JSON escapes"
            taken.add(name)
        yield "features", self.features == (), "is empty; leave it out to take all fields"
        if not isinstance(self.features, str):
            for key, names in (("features", self.listed or ()), ("exclude", self.exclude)):
                both = ", ".join(name for name in names if name in taken)
                yield key, bool(both), f"{both}: no feature, it has another part to play"

    def _parts(self) -> Iterator[tuple[str, str]]:
        inside = self.features if isinstance(self.features, str) else None
        named = {"label": self.label, "id": self.id, "timestamp": self.timestamp}
        for key, name in (named | {"features": inside}).items():
            if name is not None:
                yield key, name

    @property
    def parts(self) -> tuple[str, ...]:
        """The fields that are no features: label, id and timestamp, where they have a name."""
        return tuple(name for name in (self.label, self.id, self.timestamp) if name is not None)

    @property
    def listed(self) -> tuple[str, ...] | None:
        """The features that are named one by one, or None."""
        return self.features if isinstance(self.features, tuple) else None


class Flat:
    """Makes a record of a flat mapping: takes out what is no feature."""

    def __init__(self, fields: Fields) -> None:
        self._label = fields.label
        self._id = fields.id
        self._timestamp = fields.timestamp
        self._features = Selection(fields)

    def record(self, x: Features) -> Record:
        """Return ``x``, which is taken apart, as a record. Raises Unfit."""
        y = x.pop(self._label, None)
        if y is None:
            raise no_label(self._label)
        name = x.pop(self._id, None) if self._id else None
        time = x.pop(self._timestamp, None) if self._timestamp else None
        if self._features.all:
            if not x:
                raise Unfit("schema", "has no features")
        else:
            x = self._features.select(x)
            y = self._features.label(y)
        name = None if name is None else str(name)
        return Record(x, y, name, None if time is None else seconds(time))


class Selection:
    """Which features are kept, and which of them as strings; ``all`` where nothing is to do."""

    def __init__(self, fields: Fields) -> None:
        self._listed = fields.listed
        self._exclude = fields.exclude
        self._categorical = tuple(name for name in fields.categorical if name != fields.label)
        self._as_text = fields.label in fields.categorical
        self.all = not (self._listed or self._exclude or fields.categorical)

    def select(self, x: Features) -> Features:
        """Return the features that are wanted of ``x``, which may be changed. Raises Unfit."""
        if self._listed is not None:
            x = {name: x[name] for name in self._listed if name in x}
        for name in self._exclude:
            x.pop(name, None)
        for name in self._categorical:
            if name in x:
                x[name] = text(x[name])
        if not x:
            raise Unfit("schema", "has no features" if self._listed is None else self._nothing())
        return x

    def _nothing(self) -> str:
        return f"has none of the features {', '.join(self._listed or ())}"

    def label(self, y: Feature) -> Feature:
        """Return the label, as a string where that is asked for."""
        return text(y) if self._as_text else y


def no_label(name: str) -> Unfit:
    """Return the rejection of a message without a label."""
    return Unfit("schema", f"has no label {name!r}")


def text(value: Feature) -> str:
    """Return a category as it stands in JSON.

    >>> text(98101.0), text(1.5), text(True), text("NW")
    ('98101', '1.5', 'true', 'NW')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if value.is_integer() else repr(value)


def seconds(time: Feature) -> float:
    """Return seconds since 1970 for a number of them or an ISO 8601 time. Raises Unfit.

    >>> seconds("2026-11-22T06:00:00Z"), seconds("2026-11-22T06:00+06:00"), seconds(1.5)
    (1795327200.0, 1795305600.0, 1.5)
    """
    if isinstance(time, float) and math.isfinite(time):
        return time
    if isinstance(time, str):
        try:
            moment = datetime.fromisoformat(time)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except ValueError:
            pass
    raise Unfit("type", f"timestamp {time!r:.80} is neither seconds since 1970 nor ISO 8601")
