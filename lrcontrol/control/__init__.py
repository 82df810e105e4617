"""The controllers by name: numbers in, numbers out, nothing but the standard library."""

from __future__ import annotations

from typing import Any

from lrcontrol.control.auto import Auto
from lrcontrol.control.bank import Bank
from lrcontrol.control.base import Controller, Proposal, Reading, Schedule
from lrcontrol.control.bold_driver import BoldDriver
from lrcontrol.control.cosine import Cosine
from lrcontrol.control.cyclic import Cyclic
from lrcontrol.control.exponential import Exponential
from lrcontrol.control.fixed import Fixed
from lrcontrol.control.inverse_time import InverseTime
from lrcontrol.control.limits import Limited, Limits
from lrcontrol.control.mixture import Mixture
from lrcontrol.control.one_cycle import OneCycle
from lrcontrol.control.pid import PID
from lrcontrol.control.plateau import Plateau
from lrcontrol.control.polynomial import Polynomial
from lrcontrol.control.race import Race
from lrcontrol.control.step import Step
from lrcontrol.control.trace import Trace
from lrcontrol.control.warmup import Warmup
from lrcontrol.control.window import Averages, Horizons, read

#: Name in the configuration (``type:``) -> class. A plain table: greppable, no import side effects.
CONTROLLERS: dict[str, type[Controller[Any]]] = {
    "auto": Auto,
    "fixed": Fixed,
    "inverse_time": InverseTime,
    "step": Step,
    "exponential": Exponential,
    "polynomial": Polynomial,
    "cosine": Cosine,
    "cyclic": Cyclic,
    "one_cycle": OneCycle,
    "warmup": Warmup,
    "plateau": Plateau,
    "bold_driver": BoldDriver,
    "pid": PID,
    "trace": Trace,
    "bank": Bank,
    "race": Race,
    "mixture": Mixture,
}

__all__ = [
    "CONTROLLERS",
    "PID",
    "Auto",
    "Averages",
    "Bank",
    "BoldDriver",
    "Controller",
    "Cosine",
    "Cyclic",
    "Exponential",
    "Fixed",
    "Horizons",
    "InverseTime",
    "Limited",
    "Limits",
    "Mixture",
    "OneCycle",
    "Plateau",
    "Polynomial",
    "Proposal",
    "Race",
    "Reading",
    "Schedule",
    "Step",
    "Trace",
    "Warmup",
    "read",
]
