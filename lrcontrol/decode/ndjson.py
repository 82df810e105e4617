"""NDJSON: one JSON object a line, flat or with its features in an object of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import DecodeError, ValidationError

from lrcontrol.decode.alike import AlikeReader
from lrcontrol.decode.base import Decoded, Undecoded, Unfit, decode_each
from lrcontrol.decode.fields import Fields, Flat, Selection, no_label, seconds
from lrcontrol.record import Feature, Features, Record

Scalar = float | str | bool


class NDJSON:
    """Decodes JSON objects; numbers become floats, null is a missing feature.

    msgspec checks types while it parses, in C, on the way that good messages take. A message it
    refuses gets a second look, field by field, because the fault may lie in a field that is not
    wanted, and because a null is no fault. ``NaN`` and ``Infinity`` are no JSON and are rejected,
    and so is a number that no float holds (``1e999``).

    Not for objects in which one key stands twice: the last one wins, as everywhere.
    """

    def __init__(self, fields: Fields, max_record: int) -> None:
        self._fields = fields
        self._plain = fields == Fields(label=fields.label)
        self._max_record = max_record
        self._alike = AlikeReader(fields.label)
        self._any = msgspec.json.Decoder()
        self._key: Any = msgspec.json.Decoder(_key_of(fields.id)) if fields.id else None
        self._features = Selection(fields)
        self._flat = Flat(fields)
        if isinstance(fields.features, str):
            self._typed: Any = msgspec.json.Decoder(_envelope(fields, fields.features)).decode
            self._record = self._nested
        else:
            self._typed = msgspec.json.Decoder(dict[str, Scalar]).decode
            self._record = self._level

    def decode(self, batch: Undecoded) -> Decoded:
        """Return every message of ``batch`` as a record or as a rejection, in order."""
        if self._plain:
            alike = self._alike.read(batch.messages, self._max_record)
            if alike is not None:
                return Decoded(alike, list(batch.positions), [])
            try:
                return self._together(batch)
            except (KeyError, DecodeError, UnicodeDecodeError, Unfit):
                pass  # some message is out of the ordinary: one by one, to see which
        return decode_each(batch, self._record, self._max_record)

    def _together(self, batch: Undecoded) -> Decoded:
        # Half a microsecond a record cheaper than one by one: the loops run in C.
        messages: Any = batch.messages
        if max(map(len, messages), default=0) > self._max_record:
            raise Unfit("too_large", "one of them")
        xs = list(map(self._typed, messages))
        label = self._fields.label
        ys = [x.pop(label) for x in xs]
        if not all(xs):
            raise Unfit("schema", "one has no features")
        return Decoded(list(map(Record, xs, ys)), list(batch.positions), [])

    def _level(self, message: bytes) -> Record:
        try:
            x = self._typed(message)
        except ValidationError:
            x = self._second_look(message)
        except (DecodeError, UnicodeDecodeError) as error:
            raise Unfit("decode", str(error)) from None
        if self._key:
            self._restore(x, message)
        return self._flat.record(x)

    def _second_look(self, message: bytes) -> Features:
        wanted = self._parse(message)
        keep = self._fields.listed
        if keep is not None:
            parts = (*keep, *self._fields.parts)
            wanted = {name: wanted[name] for name in parts if name in wanted}
        return _scalars(wanted, self._fields.exclude)

    def _restore(self, x: Features, message: bytes) -> None:
        # A number used as an id has become a float: 2**53 + 1 would not come back as itself.
        key = self._fields.id or ""
        if isinstance(x.get(key), float):
            x[key] = str(self._key.decode(message).id)

    def _nested(self, message: bytes) -> Record:
        try:
            found = self._typed(message)
            x, y, key, time = found.x, found.y, found.id, found.timestamp
        except ValidationError:
            x, y, key, time = self._unpack(message)
        except (DecodeError, UnicodeDecodeError) as error:
            raise Unfit("decode", str(error)) from None
        except RecursionError:
            raise Unfit("decode", "nested too deeply") from None
        if y is None:
            raise no_label(self._fields.label)
        if not self._features.all:
            x, y = self._features.select(x), self._features.label(y)
        elif not x:
            raise Unfit("schema", "has no features")
        key = None if key is None else str(key)
        return Record(x, y, key, None if time is None else seconds(time))

    def _unpack(self, message: bytes) -> tuple[Features, Any, Any, Any]:
        fields, found = self._fields, self._parse(message)
        inside = str(fields.features)
        x = found.get(inside)
        if not isinstance(x, dict):
            raise Unfit("schema", f"has no object {inside!r} with the features")
        parts = {name: found.get(name) for name in fields.parts}
        values = _scalars(parts)
        key = parts[fields.id] if fields.id else None  # not as a float: an id keeps its digits
        time = values.get(fields.timestamp) if fields.timestamp else None
        return _scalars(x, fields.exclude), values.get(fields.label), key, time

    def _parse(self, message: bytes) -> dict[str, Any]:
        try:
            found = self._any.decode(message)
        except ValidationError as error:
            raise Unfit("type", str(error)) from None
        except (DecodeError, UnicodeDecodeError) as error:
            raise Unfit("decode", str(error)) from None
        except RecursionError:
            raise Unfit("decode", "nested too deeply") from None
        if not isinstance(found, dict):
            raise Unfit("schema", "is not an object")
        return found


def _envelope(fields: Fields, inside: str) -> type:
    """Return a type with our names for the parts, whatever the stream calls them."""
    parts = {
        "x": (inside, dict[str, Scalar]),
        "y": (fields.label, Scalar | None),
        "id": (fields.id, str | int | float | None),
        "timestamp": (fields.timestamp, float | str | None),
    }
    found = [(name, kind, None) for name, (key, kind) in parts.items() if key and name != "x"]
    return msgspec.defstruct(
        "Envelope",
        [("x", parts["x"][1]), *found],
        rename={name: key for name, (key, _) in parts.items() if key},
        namespace={name: None for name, (key, _) in parts.items() if not key},
        gc=False,
    )


def _key_of(name: str) -> type:
    return msgspec.defstruct("Key", [("id", str | int | float)], rename={"id": name})


def _scalars(values: Mapping[str, Any], exclude: tuple[str, ...] = ()) -> Features:
    """Return what is neither null nor excluded, numbers as floats. Raises Unfit for the rest."""
    kept = ((name, value) for name, value in values.items() if name not in exclude)
    return {name: _scalar(name, value) for name, value in kept if value is not None}


def _scalar(name: str, value: Any) -> Feature:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise Unfit("type", f"{name!r:.80} is a number that no float holds") from None
    if not isinstance(value, (float, str, bool)):
        kind = "object" if isinstance(value, dict) else "array"
        raise Unfit("type", f"{name!r:.80} is an {kind}, not a number, string or boolean")
    return value
