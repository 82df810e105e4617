"""The wing that reads the configuration: YAML in, frozen dataclasses or all its mistakes out.

Nothing here imports River until a model is built or checked.
"""

from __future__ import annotations

from lrcontrol.config.load import Loaded, load, loads, validate
from lrcontrol.config.models import ModelSettings
from lrcontrol.config.problems import ConfigError, Problem
from lrcontrol.config.schema import json_schema
from lrcontrol.config.settings import Settings
from lrcontrol.config.show import as_yaml, effective
from lrcontrol.config.starter import starter

__all__ = [
    "ConfigError",
    "Loaded",
    "ModelSettings",
    "Problem",
    "Settings",
    "as_yaml",
    "effective",
    "json_schema",
    "load",
    "loads",
    "starter",
    "validate",
]
