"""The label clamp: a served regression prediction stays within the labels seen so far."""

from __future__ import annotations

from math import inf


class Clamp:
    """Cuts predictions to the range of the labels learned before; learning is untouched.

    One record far outside a young scaler can otherwise cost more than all others together.

    >>> clamp = Clamp()
    >>> clamp.learn(3.0, 0.0), clamp.learn(5.0, 3.0), clamp.cut(4.0), clamp.cut(1e6)
    (None, None, 4.0, 5.0)
    """

    __slots__ = ("count", "high", "low")

    def __init__(self) -> None:
        self.low, self.high = inf, -inf
        self.count = 0

    def cut(self, prediction: float) -> float:
        """Return the prediction within the range; as it is before any label was seen."""
        if self.low <= prediction <= self.high or self.low > self.high:
            return prediction
        # Also for NaN, which no comparison holds for.
        return self.high if prediction > self.high else self.low

    def learn(self, y: float, prediction: float | None = None) -> None:
        """Widen the range to hold ``y``; count the prediction made for it, if it was cut."""
        low, high = self.low, self.high
        if prediction is not None and low <= high and not low <= prediction <= high:
            self.count += 1
        if y < low:
            self.low = y
        if y > high:
            self.high = y
