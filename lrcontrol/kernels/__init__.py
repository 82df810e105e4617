"""Compiled mirrors of River's scaler and linear models, for many rates at once."""

from lrcontrol.kernels.compiler import available
from lrcontrol.kernels.losses import clamp, losses
from lrcontrol.kernels.scaler import Scaled, Scaler
from lrcontrol.kernels.shadows import Shadows
from lrcontrol.kernels.steps import OPTIMIZERS, Optimizer
from lrcontrol.kernels.traced import Traced

__all__ = [
    "OPTIMIZERS",
    "Optimizer",
    "Scaled",
    "Scaler",
    "Shadows",
    "Traced",
    "available",
    "clamp",
    "losses",
]
