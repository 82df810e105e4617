"""The station after the source: messages become records, or rejections with a reason."""

from __future__ import annotations

from typing import Literal

from lrcontrol.decode.base import Decoded, Decoder, Reason, Rejection, Rows
from lrcontrol.decode.fields import Fields
from lrcontrol.decode.ndjson import NDJSON
from lrcontrol.decode.table import CSV
from lrcontrol.decode.untouched import Untouched

__all__ = [
    "CSV", "NDJSON", "Decoded", "Decoder", "Fields", "Format", "Reason", "Rejection", "Rows",
    "Untouched", "decoder",
]  # fmt: skip

Format = Literal["ndjson", "csv"]


def decoder(
    format: Format, fields: Fields, max_record: int, columns: tuple[str, ...] | None = None
) -> Decoder:
    """Return the decoder of a format; ``columns`` name those of a CSV without a header."""
    if format == "csv":
        return CSV(fields, max_record, columns)
    return NDJSON(fields, max_record)
