"""River's pairs of features and target as records, and which of River's streams have such pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from itertools import islice
from numbers import Real
from typing import Any

from lrcontrol.checks import Invalid
from lrcontrol.record import Feature, Features, Record
from lrcontrol.sources.base import SourceFailed


def records(pairs: Iterable[tuple[Any, Any]], position: int = 0) -> Iterator[Record]:
    """Yield the pairs after the first ``position`` of them as records. Raises SourceFailed."""
    for x, y in islice(pairs, position, None):
        yield record(x, y)


def record(x: Mapping[Any, Any], y: Any) -> Record:
    """Return a pair as a record. Raises SourceFailed for a value that is no scalar.

    Names become strings and whole numbers floats, as from JSON. A date among the features is the
    record's time and no feature (UTC where it names no zone); None is a missing feature.

    >>> record({0: 3, "kind": "a", "day": datetime(2026, 11, 22)}, True)
    Record(x={'0': 3.0, 'kind': 'a'}, y=True, id=None, timestamp=1795305600.0)
    """
    features: Features = {}
    time: float | None = None
    for name, value in x.items():
        if isinstance(value, date):
            time = _seconds(value)
        elif value is not None:
            features[str(name)] = _scalar(name, value)
    return Record(features, _scalar("target", y), None, time)


def _scalar(name: object, value: Any) -> Feature:
    if type(value) in (float, str, bool):
        return value  # type: ignore[no-any-return]
    if isinstance(value, Real):
        return float(value)
    raise SourceFailed(f"{name}: is a {type(value).__name__}, not a number, string or boolean")


def _seconds(moment: date) -> float:
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def chosen(module: Any, field: str, name: str) -> Any:
    """Return the class ``name`` of River's ``module``. Raises Invalid naming ``field``."""
    classes = [n for n in module.__all__ if isinstance(getattr(module, n), type)]
    if name in classes:
        return getattr(module, name)
    close = get_close_matches(name, classes, n=1)
    hint = f"did you mean {close[0]}?" if close else f"one of {', '.join(classes)}"
    raise Invalid((field, f"{name!r} is not in {module.__name__}; {hint}"))


def single_output(stream: Any, field: str) -> None:
    """Raise Invalid naming ``field`` for a stream with several targets a record."""
    if "Multi-output" in stream.task:
        name = type(stream).__name__
        raise Invalid((field, f"{name} has several targets a record; a record here has one"))
