"""JSON Schema (draft 7, what YAML editors read) from the same dataclasses that read the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import MappingProxyType, NoneType
from typing import Any, Literal

from lrcontrol.checks import Range
from lrcontrol.config.components import Kind, NotFound
from lrcontrol.config.convert import FromNode
from lrcontrol.config.docs import parameters, summary
from lrcontrol.config.hints import Hint, Pattern, default_of, hints_of, is_required, taken_apart
from lrcontrol.config.kinds import KINDS
from lrcontrol.config.settings import Settings
from lrcontrol.config.show import as_data
from lrcontrol.config.specs import Part, Steps
from lrcontrol.secret import Secret
from lrcontrol.units import Unit

Schema = dict[str, Any]

_BOUNDS = MappingProxyType(
    {
        "above": "exclusiveMinimum",
        "at_least": "minimum",
        "below": "exclusiveMaximum",
        "at_most": "maximum",
    }
)
_TYPES: Mapping[Any, str] = MappingProxyType(
    {int: "integer", float: "number", str: "string", bool: "boolean"}
)
#: Instead of any value that is not text: ${PORT} becomes a number when the file is loaded.
_REFERENCE = {"$ref": "#/definitions/reference"}
_DEFINITIONS: Mapping[str, Any] = MappingProxyType(
    {
        "reference": {"type": "string", "pattern": r"\$\{"},
        # not anyOf: of two that fail, a reader would be told neither
        "step": {"if": {"type": "array"}, "then": Steps.json_schema(), "else": Part.json_schema()},
    }
)


def json_schema() -> Schema:
    """Return the schema of the whole file.

    Looser than ``validate`` where a schema cannot say it: River's classes and their arguments,
    checks over several fields, components of other packages.
    """
    kinds = {kind.name: _kind(kind) for kind in KINDS.values()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "lrcontrol",
        **_section(Settings),
        "definitions": {**_DEFINITIONS, **kinds},
    }


def _kind(kind: Kind) -> Schema:
    names = {"anyOf": [{"enum": kind.names()}, {"type": "string", "pattern": ":"}]}
    return {
        "type": "object",
        "required": ["type"],
        "properties": {"type": names},
        "allOf": [rule for name in kind.table for rule in _rules(kind, name)],
    }


def _rules(kind: Kind, name: str) -> list[Schema]:
    try:
        section = _section(kind.find(name))
    except NotFound:  # an extra that is not installed: its fields cannot be told
        return []
    section["properties"] = {"type": {"const": name}, **section["properties"]}
    return [{"if": {"properties": {"type": {"const": name}}}, "then": section}]


def _section(kind: Any) -> Schema:
    texts, hints = parameters(kind), hints_of(kind)
    own = [field for field in fields(kind) if field.name in hints]
    section: Schema = {
        "type": "object",
        "description": summary(kind),
        "properties": {f.name: _field(f, hints[f.name], texts.get(f.name, "")) for f in own},
        "additionalProperties": False,
    }
    required = [field.name for field in own if is_required(field)]
    return {**section, "required": required} if required else section


def _field(field: Field[Any], hint: Any, text: str) -> Schema:
    schema = _schema(hint)
    if "$ref" in schema:  # draft 7 ignores what stands beside a reference
        schema = {"allOf": [schema]}
    if text:
        schema = {**schema, "description": text}
    default = default_of(field)
    return schema if default is MISSING else {**schema, "default": as_data(default, hint)}


def _schema(hint: Any) -> Schema:
    apart = taken_apart(hint)
    bare, origin = apart.bare, apart.origin
    if origin in KINDS:
        return {"$ref": f"#/definitions/{KINDS[origin].name}"}
    if isinstance(bare, type) and issubclass(bare, FromNode):
        return bare.json_schema()
    if apart.arms is not None:
        return _union([_schema(arm) for arm in apart.arms], NoneType in apart.args)
    if origin in (list, tuple):
        return {"type": "array", "items": _schema(apart.args[0])}
    if origin is dict:
        names = {"propertyNames": _text(taken_apart(apart.args[0]))}
        return {"type": "object", **names, "additionalProperties": _schema(apart.args[1])}
    if is_dataclass(bare):
        return _section(bare)
    return {} if bare is Any else _scalar(apart)


def _union(arms: list[Schema], nullable: bool) -> Schema:
    if len(arms) == 1 and isinstance(arms[0].get("type"), str) and nullable:
        return {**arms[0], "type": [arms[0]["type"], "null"]}
    if len(arms) == 1 and "anyOf" in arms[0]:
        arms = arms[0]["anyOf"]
    return {"anyOf": [*arms, {"type": "null"}] if nullable else arms}


def _scalar(hint: Hint) -> Schema:
    if hint.bare is Secret:
        return {"type": "string", "writeOnly": True}
    if hint.bare is str and not hint.extras:
        return {"type": "string"}
    if hint.unit is not None:
        return {"anyOf": [*_quantity(hint.unit), _REFERENCE]}
    if hint.origin is Literal:
        return {"anyOf": [{"enum": list(hint.args)}, _REFERENCE]}
    inner = _text(hint) if hint.bare is str else {"type": _TYPES[hint.bare], **_range(hint)}
    return {"anyOf": [inner, _REFERENCE]}


def _text(hint: Hint) -> Schema:
    schema = {"type": "string"}
    for extra in hint.extras:
        if isinstance(extra, Pattern):
            schema["pattern"] = f"^({extra.regex})$"
    return schema


def _range(hint: Hint) -> Schema:
    ranges = [extra._asdict() for extra in hint.extras if isinstance(extra, Range)]
    given = [(k, v) for each in ranges for k, v in each.items() if v is not None]
    return {_BOUNDS[name]: bound for name, bound in given}


def _quantity(unit: Unit) -> list[Schema]:
    bare = {"type": "integer", "minimum": 0} if unit.whole else {"const": 0}
    number = r"[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?"
    return [{"type": "string", "pattern": rf"^{number}\s*({'|'.join(unit.scales)})$"}, bare]
