"""What shadow arms cost: the part of ``arms.py`` that measures time."""

from __future__ import annotations

import statistics
import time
from typing import Any

from loop import BLOCK, Side, Size, ratio, stream
from river import facto, linear_model, preprocessing

from lrcontrol.arms import Shadows
from lrcontrol.arms.bursts import PRICE_COMPILED
from lrcontrol.arms.shadows import FORK
from lrcontrol.control import Bank, Fixed
from lrcontrol.loop import Loop

#: A budget at which a burst follows the one before, whatever its length.
ALWAYS = 1000.0


def cost(size: Size) -> dict[str, float]:
    """Print and return what arms cost.

    Measured where one burst follows another, as there is enough of it then to measure: the price
    of an arm's update (its share of the copying in it) in records of the served model. A budget's
    cost follows from it, and for one model it is measured as well, over a whole stretch.
    """
    made: dict[str, tuple[Any, Any, float]] = {
        "scaler_d10": (linear_model.LinearRegression, Fixed(), 1.0),
        "machine_d10": (lambda: facto.FMRegressor(seed=1), Fixed(), 1.0),
        "bank_d10": (linear_model.LinearRegression, Bank(), PRICE_COMPILED),
    }
    result = {}
    for name, (final, controller, counted) in made.items():

        def side(shadows: Shadows | None, final: Any = final, controller: Any = controller) -> Side:
            model = preprocessing.StandardScaler() | final()
            return Loop(model, controller, initial_rate=0.001, shadows=shadows).learn

        few = size._replace(rows=size.rows // 8) if name == "machine_d10" else size
        price = (1.0 / _paired(side, Shadows(budget=ALWAYS), few) - 1.0) / len(Shadows().arms)
        length = Shadows().length(BLOCK)
        told = 1.0 / (1.0 + 0.1 * price / counted * length / (length + FORK))
        result |= {f"{name}_price": round(price, 2), f"{name}_at_1.1": round(told, 3)}
        print(f"{name:14} price {price:5.2f} (counted {counted:g}), at 1.1 {told:.3f}x", flush=True)
        if name == "scaler_d10":
            seen = result[f"{name}_at_1.1_measured"] = round(_interleaved(side, size.trials), 3)
            print(f"{name:14} measured over whole stretches: at 1.1 {seen:.3f}x")
    return result


def _interleaved(side: Any, trials: int) -> float:
    """Return the median ratio over whole stretches, both sides in turn by blocks.

    Half a second a side at a stretch would measure what else runs on the machine.
    """
    shadows, ratios = Shadows(budget=1.1), []
    records = stream(10, shadows.stretch(1.0, BLOCK), seed=1)
    for _ in range(trials):
        sides, spent = (side(None), side(shadows)), [0.0, 0.0]
        for start in range(0, 2 * len(records), BLOCK):
            given = records[start % len(records) :][:BLOCK]
            for at in (0, 1) if start // BLOCK % 2 else (1, 0):
                before = time.thread_time()
                sides[at](given)
                spent[at] += (time.thread_time() - before) * (start >= len(records))
        ratios.append(spent[0] / spent[1])
    return statistics.median(ratios)


def _paired(side: Any, shadows: Shadows, size: Size) -> float:
    return ratio(
        lambda: (side(None), side(shadows)), lambda seed: stream(10, size.rows, seed), size
    )
