"""Online learning in production: River models whose learning rate is a controlled gain.

The names below are the library. They load on first use: importing River takes seconds, and the
daemon must hear signals before that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lrcontrol._version import __version__

if TYPE_CHECKING:
    from lrcontrol.control import Limits
    from lrcontrol.estimator import ControlledClassifier, ControlledRegressor
    from lrcontrol.gain import Gain, attach
    from lrcontrol.loop import Loop
    from lrcontrol.mixture import MixtureClassifier, MixtureRegressor
    from lrcontrol.record import Record

_HOMES = {
    "ControlledClassifier": "lrcontrol.estimator",
    "ControlledRegressor": "lrcontrol.estimator",
    "Gain": "lrcontrol.gain",
    "Limits": "lrcontrol.control",
    "Loop": "lrcontrol.loop",
    "MixtureClassifier": "lrcontrol.mixture",
    "MixtureRegressor": "lrcontrol.mixture",
    "Record": "lrcontrol.record",
    "attach": "lrcontrol.gain",
}

__all__ = [
    "ControlledClassifier",
    "ControlledRegressor",
    "Gain",
    "Limits",
    "Loop",
    "MixtureClassifier",
    "MixtureRegressor",
    "Record",
    "__version__",
    "attach",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
