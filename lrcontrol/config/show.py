"""The settings in force back as data and as YAML that can be read again, without the secrets."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, Literal

import yaml

from lrcontrol.config.convert import FromNode
from lrcontrol.config.document import FORBIDDEN
from lrcontrol.config.environment import escape
from lrcontrol.config.hints import WORDS, Hint, hints_of, taken_apart
from lrcontrol.config.kinds import KINDS
from lrcontrol.config.scalars import resolve
from lrcontrol.config.settings import Settings
from lrcontrol.config.values import is_a
from lrcontrol.secret import MASK, Secret

#: Wider than any line here, so that no value is folded: folded text cannot be grepped.
WIDTH = 10_000


def as_data(value: Any, hint: Any) -> Any:
    """Return ``value``, of the type ``hint``, as JSON-able data the way it is written in YAML.

    Durations and sizes with their unit, components with their ``type``, secrets as ``***``. Values
    that came from the environment are shown unless their field is a secret.

    >>> from lrcontrol.config.settings import Log
    >>> as_data(Log(), Log)
    {'level': 'info', 'format': 'auto'}
    """
    apart = taken_apart(hint)
    if apart.arms is not None:
        return None if value is None else as_data(value, _arm(value, apart.arms))
    if apart.origin in KINDS:
        return {"type": KINDS[apart.origin].name_of(value), **as_data(value, type(value))}
    if isinstance(value, Secret) or apart.bare is Secret:
        return MASK
    if isinstance(value, FromNode):
        return value.as_data()
    if is_dataclass(value):
        own: Any = type(value)
        return {name: as_data(getattr(value, name), h) for name, h in hints_of(own).items()}
    return _plain(value, apart)


def _plain(value: Any, hint: Hint) -> Any:
    if hint.unit is not None:
        return hint.unit.format(value)
    if isinstance(value, dict):
        inner = hint.args[1] if hint.args else Any
        return {name: as_data(item, inner) for name, item in value.items()}
    if isinstance(value, list | tuple):
        inner = hint.args[0] if hint.args else Any
        return [as_data(item, inner) for item in value]
    return value


def _arm(value: Any, arms: tuple[Any, ...]) -> Any:
    if len(arms) == 1:
        return arms[0]
    return next((arm for arm in arms if _holds(value, taken_apart(arm))), Any)


def _holds(value: Any, hint: Hint) -> bool:
    if hint.origin is Literal:
        return value in hint.args
    return is_a(value, hint.bare) if hint.bare in WORDS else isinstance(value, hint.origin)


def effective(settings: Settings) -> dict[str, Any]:
    """Return all settings as data, with every default in place."""
    data: dict[str, Any] = as_data(settings, Settings)
    return data


def as_yaml(data: Any) -> str:
    """Return data as YAML text that ``loads`` reads back the same.

    >>> print(as_yaml({"rate": 1e-5, "mode": "off", "price": "1e-5", "of": "${A}"}), end="")
    rate: 1.0e-05
    mode: 'off'
    price: "1e-5"
    of: $${A}
    """
    return yaml.dump(
        _escaped(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH
    )


def _escaped(data: Any) -> Any:
    if isinstance(data, dict):
        return {name: _escaped(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_escaped(value) for value in data]
    return escape(data) if isinstance(data, str) else data


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML 1.2 would not take for text, indents lists, and never writes an alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    safe = isinstance(resolve(text), str) and not FORBIDDEN.search(text)
    style = None if safe else '"'  # where anything can be escaped
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _text)
