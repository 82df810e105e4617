"""Predictions asked for over HTTP."""

import asyncio

import numpy as np
import pytest
from clients import JSON, Answering, ask, settings

from lrcontrol.operating.desk import MOST_QUESTIONS, Desk
from lrcontrol.web.app import build_app
from lrcontrol.web.bodies import Predict
from lrcontrol.web.predicting import Predicting
from lrcontrol.web.refused import Refused
from lrcontrol.web.route import Call

PATH = "/v1/predict"


def predict(app, desk, answer=None, **body):
    with Answering(desk, predict=answer) as answering:
        reply = ask(app, PATH, "POST", **body)
    return reply, [(q.model, q.x) for q in answering.questions]


def test_one_prediction(app, desk):
    reply, asked = predict(app, desk, model="fare", x={"a": 1, "b": 0.5, "c": None})
    assert reply.code == 200
    assert reply.json == {"model": "fare", "rate": 0.0125, "step": 640, "prediction": 1.5}
    assert asked == [("fare", {"a": 1.0, "b": 0.5})]


def test_several_in_one_request(app, desk):
    reply, asked = predict(app, desk, model="tip", x=[{"a": 1}, {"a": 2}])
    assert reply.json["predictions"] == [1.0, 2.0]
    assert "prediction" not in reply.json
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (True, True),
        ("spam", "spam"),
        (None, None),
        (float("nan"), None),
        (np.float64(0.5), 0.5),
        ({True: 0.75, False: np.float64("inf")}, {"True": 0.75, "False": None}),
    ],
)
def test_whatever_is_predicted(app, desk, made, told):
    reply, _ = predict(app, desk, lambda x: made, model="fare", x={"a": 1})
    assert reply.json.get("prediction") == told


def test_a_model_need_not_be_named_where_there_is_one(desk):
    alone = Desk(lambda: desk.status()._replace(models=desk.status().models[1:]))
    app = build_app(alone, settings)
    reply, _ = predict(app, alone, x={"a": 1})
    assert reply.json["model"] == "tip"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"x": {"a": 1}}, "say which model (there: fare, tip)"),
        ({"x": {"a": 1}, "model": "fair"}, "no model is called 'fair' (there: fare, tip)"),
    ],
)
def test_who_is_not_there(app, desk, body, told):
    reply, asked = predict(app, desk, **body)
    assert (reply.code, reply.json["detail"], asked) == (404, told, [])


@pytest.mark.parametrize(
    "x",
    [None, 1, [], {"a": [1]}, {"a": {}}, [{"a": 1}] * 257, [[1]], {str(n): 1 for n in range(1001)}],
)
def test_what_is_no_x(app, desk, x):
    reply, asked = predict(app, desk, model="fare", x=x)
    assert (reply.code, asked) == (422, [])


def test_a_number_that_no_float_holds(app, desk):
    assert ask(app, PATH, "POST", b'{"x": {"a": 1e999}, "model": "fare"}', JSON).code in (400, 422)


def test_what_a_model_cannot_take_is_told(app, desk):
    reply, _ = predict(app, desk, lambda x: {}["gone"] + 1, model="fare", x={"a": 1})
    assert (reply.code, "KeyError" in reply.json["detail"]) == (422, True)
    reply, _ = predict(app, desk, lambda x: x["a"] / 0, model="fare", x={"a": 1})
    assert reply.code == 422
    assert reply.json["detail"].startswith("fare cannot predict for this: ZeroDivisionError")


def test_a_flood_is_told_to_wait(app, desk):
    for _ in range(MOST_QUESTIONS):
        desk.predict("fare", {})
    reply = ask(app, PATH, "POST", model="fare", x={"a": 1})
    assert (reply.code, reply.headers["retry-after"]) == (429, "1")


def test_a_thread_that_does_not_answer(desk):
    call = Call(None, {}, body=Predict({"a": 1.0}, "fare"))
    with pytest.raises(Refused, match="the daemon is busy or stuck") as refused:
        asyncio.run(Predicting(desk, patience=0.01).predict(call))
    assert refused.value.code == 503
    (question,) = desk.questions()
    question.answer.set_result(1.0)
