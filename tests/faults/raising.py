"""A model that raises at some records, with part of them learned already."""

from __future__ import annotations

from river import linear_model, preprocessing


class Raising(linear_model.LinearRegression):
    """Raises after it has learned a record, now and then."""

    def learn_one(self, x, y, w=1.0):
        super().learn_one(x, y, w)
        if 1.0 < y < 1.03:
            raise ValueError("a raise in the middle")


def model():
    """Return it behind a scaler, which has learned when it raises."""
    return preprocessing.StandardScaler() | Raising()
