"""Records that need no decoding, from data sets and generators."""

from __future__ import annotations

from typing import Any

from lrcontrol.decode.base import Decoded, Undecoded
from lrcontrol.record import Record


class Untouched:
    """Hands records on as they are, without the features in ``exclude``."""

    def __init__(self, exclude: tuple[str, ...] = ()) -> None:
        self._exclude = frozenset(exclude)

    def decode(self, batch: Undecoded) -> Decoded:
        """Return the batch's records; none is rejected."""
        records: Any = batch.messages
        if self._exclude:
            records = map(self._without, records)
        return Decoded(list(records), list(batch.positions), [])

    def _without(self, record: Record) -> Record:
        kept = {name: value for name, value in record.x.items() if name not in self._exclude}
        return record._replace(x=kept)
