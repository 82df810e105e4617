"""The ``dataset`` source: River's data sets by name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrcontrol.checks import Count, Invalid, Natural, Positive, check
from lrcontrol.decode import Decoder, Untouched
from lrcontrol.sources.base import Source, SourceFailed
from lrcontrol.sources.iterated import Iterated, Records
from lrcontrol.sources.options import wrapped
from lrcontrol.sources.pairs import chosen, records, single_output


@dataclass(frozen=True)
class Dataset:
    """The records of one of River's data sets, in their order.

    A date among the features becomes the record's time and is no feature: ``AirlinePassengers`` and
    ``WaterFlow`` have nothing else, so a model sees empty records of them and learns a mean.

    Parameters
    ----------
    name
        The data set's class in ``river.datasets``, such as ``Phishing``. Those that River must
        download are read where they have been downloaded already.
    exclude
        Features to drop.
    speed
        Records a second at most; as fast as possible where not given.
    repeat
        How many times to read it; 0 for ever.
    limit
        Records after which the stream ends, those before a restart included.
    """

    name: str
    exclude: tuple[str, ...] = ()
    speed: Positive | None = None
    repeat: Natural = 1
    limit: Count | None = None

    def __post_init__(self) -> None:
        check(self)

    def build(self) -> Source:
        """Return the source, not yet open."""
        return wrapped(
            lambda: Iterated(self.name, self._load),
            speed=self.speed,
            limit=self.limit,
            repeat=self.repeat,
        )

    def _load(self) -> Records:
        try:
            found = _find(self.name)
        except Invalid as error:
            raise SourceFailed(str(error)) from error
        return Records(lambda position: records(found, position), found.n_samples)

    def decoder(self) -> Decoder:
        """Return what hands its records on."""
        return Untouched(self.exclude)

    def problems(self) -> Iterator[tuple[str, str]]:
        """Say what of the environment is not as this source needs it; imports River."""
        try:
            _find(self.name)
        except Invalid as error:
            yield from error.problems


def _find(name: str) -> Any:
    """Return the data set, ready to iterate. Raises Invalid."""
    from river import datasets  # seconds to import; only who uses it waits

    kind = chosen(datasets, "name", name)
    found = kind()
    single_output(found, "name")
    if isinstance(found, datasets.base.RemoteDataset) and not _downloaded(found):
        how = f"from river.datasets import {name}; {name}().download()"
        raise Invalid(("name", f"{name} is not on this machine; run python -c '{how}' once"))
    return found


def _downloaded(found: Any) -> bool:
    # River's own check makes the folder where there is none, in a home that may be read-only.
    home = os.path.expanduser(os.environ.get("RIVER_DATA", os.path.join("~", "river_data")))
    return Path(home).is_dir() and bool(found.is_downloaded)
