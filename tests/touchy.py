"""A model that some records make raise halfway through them."""

from __future__ import annotations

from typing import Any

from river import linear_model, preprocessing


class Touchy(preprocessing.StandardScaler):
    """Raises halfway through a record with a 13, for as long as it is angry."""

    angry = True

    def learn_one(self, x):
        super().learn_one(x)
        if x["a"] == 13.0 and Touchy.angry:
            raise ValueError("thirteen")


def model() -> Any:
    return Touchy() | linear_model.LinearRegression()
