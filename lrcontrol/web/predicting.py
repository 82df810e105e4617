"""Predictions: asked of the learning thread, which answers between two blocks."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from math import isfinite
from typing import Any

from starlette.responses import Response

from lrcontrol.operating.desk import Desk, DeskFull
from lrcontrol.status import ModelStatus
from lrcontrol.web import answers
from lrcontrol.web.reading import unknown_model
from lrcontrol.web.refused import Refused, later
from lrcontrol.web.route import Call, answer
from lrcontrol.web.waiting import PATIENCE, NoAnswer, answered


class Predicting:
    """Asks models what they predict, and waits ``patience`` seconds for each answer."""

    def __init__(self, desk: Desk, patience: float = PATIENCE) -> None:
        self._desk = desk
        self._patience = patience

    async def predict(self, call: Call) -> Response:
        """Predict for one ``x`` or several."""
        x, model = call.body.x, self._model(call.body.model)
        try:
            asked = [self._ask(model.name, one) for one in (x if isinstance(x, list) else [x])]
            found = [_plain(await answered(future, self._patience)) for future in asked]
        except DeskFull as full:
            raise later(429, f"{full}; try again in a moment") from full
        except NoAnswer as none:
            raise later(503, f"{none}: the daemon is busy or stuck, see /livez") from none
        except Exception as error:  # whatever a user's model may raise for what it was given
            told = f"{type(error).__name__}: {error}"
            raise Refused(422, f"{model.name} cannot predict for this: {told:.300}") from error
        loop = model.loop
        if isinstance(x, list):
            return answer(answers.Predicted(model.name, loop.rate, loop.steps, predictions=found))
        return answer(answers.Predicted(model.name, loop.rate, loop.steps, found[0]))

    def _ask(self, model: str, x: Mapping[str, Any]) -> Future[Any]:
        return self._desk.predict(model, {k: v for k, v in x.items() if v is not None})

    def _model(self, name: str | None) -> ModelStatus:
        models = self._desk.status().models
        if name is None and len(models) != 1:
            known = ", ".join(model.name for model in models) or "none yet"
            raise Refused(404, f"say which model (there: {known})")
        found = next((m for m in models if name in (None, m.name)), None)
        if found is None:
            raise unknown_model(self._desk, name or "")
        return found


def _plain(prediction: Any) -> Any:
    """Return a prediction as JSON has it: numpy's scalars as Python's, classes as texts of keys."""
    if isinstance(prediction, Mapping):
        return {str(name): _plain(value) for name, value in prediction.items()}
    value = prediction.item() if hasattr(prediction, "item") else prediction
    return None if isinstance(value, float) and not isfinite(value) else value
