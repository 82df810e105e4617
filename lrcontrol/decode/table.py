"""CSV: lines of cells under a header."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from string import ascii_letters

from lrcontrol.decode.base import Decoded, Rows, Undecoded, Unfit, decode_each
from lrcontrol.decode.fields import Fields, Flat
from lrcontrol.record import Record

Cell = float | str | None
#: No number begins with one of these (inf, nan and their capitals do); saves an exception a cell.
LETTERS = frozenset(ascii_letters) - frozenset("iInN")


class CSV:
    """Decodes lines of comma-separated cells (RFC 4180, UTF-8).

    A cell that reads as a number is a float, ``nan`` and ``inf`` included (the guard refuses those
    with its own reason); another is a string; an empty one is a missing feature. The columns are
    those of the header that comes with the lines, or ``columns``.

    Not for cells with line breaks: a line is a message, so a quoted cell that goes on in the next
    line makes two messages that are rejected.
    """

    def __init__(
        self, fields: Fields, max_record: int, columns: tuple[str, ...] | None = None
    ) -> None:
        self._fields = fields
        self._flat = Flat(fields)
        self._max_record = max_record
        self._header: bytes | None = None
        self._fault = "no header"
        self._readers: list[Callable[[str], Cell]] = []
        self._numeric = False  # whether every column is read with ``float``
        self._columns = columns or ()
        if columns:
            self._arrange(columns)

    def decode(self, batch: Undecoded) -> Decoded:
        """Return every line of ``batch`` as a record or as a rejection, in order."""
        rows = batch.messages
        if isinstance(rows, Rows) and rows.header != self._header:
            self._header = rows.header
            self._read_header(rows.header)
        return decode_each(batch, self._record, self._max_record)

    def _read_header(self, header: bytes) -> None:
        if len(header) > self._max_record:
            self._fault = f"the header is longer than max_record ({self._max_record} bytes)"
            return
        try:
            self._arrange(tuple(name.strip() for name in _cells(header.decode("utf-8-sig"))))
        except (Unfit, UnicodeDecodeError) as error:
            self._fault = f"the header cannot be read: {error}"

    def _arrange(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._fault = next(_faults(columns, self._fields), "")
        as_text = {*self._fields.categorical, *self._fields.exclude, self._fields.id}
        self._readers = [_text if name in as_text else float for name in columns]
        self._numeric = as_text.isdisjoint(columns)

    def _record(self, line: bytes) -> Record:
        if self._fault:
            raise Unfit("schema", self._fault)
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise Unfit("decode", str(error)) from None
        cells = _cells(text) if '"' in text else text.split(",")
        if len(cells) != len(self._columns):
            raise Unfit("schema", f"has {len(cells)} cells, the header {len(self._columns)}")
        values = self._values(cells, plain="_" not in text)
        pairs = zip(self._columns, values, strict=True)
        return self._flat.record({name: value for name, value in pairs if value is not None})

    def _values(self, cells: list[str], plain: bool) -> list[Cell]:
        # A column is read with ``float`` until it holds something else once: that is three times
        # faster than to ask of each cell, and gives the same values, so it needs no checkpoint.
        if plain:  # float("1_0") is 10
            try:
                if self._numeric:
                    return list(map(float, cells))
                return [read(cell) for read, cell in zip(self._readers, cells, strict=True)]
            except ValueError:
                pass
        for at, read in enumerate(self._readers):
            if read is float and not isinstance(_value(cells[at]), float):
                self._readers[at] = _value
                self._numeric = False
        return [
            _value(cell) if read is float else read(cell)
            for read, cell in zip(self._readers, cells, strict=True)
        ]


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader((line,), strict=True), [""])
    except csv.Error as error:
        raise Unfit("decode", f"{error} (cells cannot contain line breaks)") from None


def _faults(columns: tuple[str, ...], fields: Fields) -> Iterator[str]:
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        yield f"{name!r} twice among the columns"
    for name in (fields.label, *(fields.listed or ())):
        if name not in columns:
            yield f"no {name!r} among the columns {', '.join(columns)}"


def _value(cell: str) -> Cell:
    if cell[:1] not in LETTERS and "_" not in cell:
        try:
            return float(cell)
        except ValueError:
            pass
    return _text(cell)


def _text(cell: str) -> str | None:
    return None if not cell or cell.isspace() else cell


def column_problems(
    format: str, columns: tuple[str, ...] | None, fields: Fields
) -> Iterator[tuple[str, bool, str]]:
    """Say what does not go together in the settings of a source of lines, for ``checks.check``."""
    if format != "csv":
        yield "columns", columns is not None, "only a CSV has columns; set format: csv"
        return
    inside = isinstance(fields.features, str)
    yield "fields", inside, f"features: {fields.features!r} is no list; a CSV has no objects inside"
    for fault in _faults(columns, fields) if columns is not None else ():
        yield "columns", True, fault
