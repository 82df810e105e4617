"""Compiled mirrors of River's scaler and linear models, for many rates at once."""

from lrcontrol.kernels import members
from lrcontrol.kernels.bank import Bank
from lrcontrol.kernels.bank_rows import Served
from lrcontrol.kernels.compiler import available
from lrcontrol.kernels.losses import clamp, losses
from lrcontrol.kernels.members import Members
from lrcontrol.kernels.rows import Columns, Rows, TooManyColumns
from lrcontrol.kernels.scaler import Scaled, Scaler
from lrcontrol.kernels.shadows import Shadows
from lrcontrol.kernels.steps import OPTIMIZERS, Optimizer
from lrcontrol.kernels.traced import Traced

__all__ = [
    "OPTIMIZERS",
    "Bank",
    "Columns",
    "Members",
    "Optimizer",
    "Rows",
    "Scaled",
    "Scaler",
    "Served",
    "Shadows",
    "TooManyColumns",
    "Traced",
    "available",
    "clamp",
    "losses",
    "members",
]
