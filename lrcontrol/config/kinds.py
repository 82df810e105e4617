"""The kinds of component that a ``type:`` chooses: controllers and sources."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lrcontrol.config.components import Kind
from lrcontrol.config.sources import SourceSettings
from lrcontrol.control import CONTROLLERS
from lrcontrol.control.base import Controller
from lrcontrol.sources import SOURCES

CONTROLLER = Kind("controller", CONTROLLERS, "lrcontrol.controllers")
SOURCE = Kind("source", SOURCES, "lrcontrol.sources")
#: A field of one of these types is chosen by ``type:``.
KINDS: Mapping[Any, Kind] = MappingProxyType({Controller: CONTROLLER, SourceSettings: SOURCE})
