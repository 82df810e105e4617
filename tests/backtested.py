"""A backtest made by hand, so that a test can say every number in it."""

from lrcontrol.backtest.records import Recorded
from lrcontrol.backtest.report import Backtest
from lrcontrol.backtest.runs import Result
from lrcontrol.record import Record

LOST = float("nan")


def result(name, group, start, loss, **more):
    """A run of 4 records with a no-skill loss of 2."""
    steered = start is not None
    given = {
        "records": 4,
        "rejected": {},
        "nonfinite": 0,
        "baseline": 2.0,
        "rate": start if steered else LOST,
        "path": ((0, start), (4, start)) if steered else (),
        "seconds": 0.5,
        **more,
    }
    return Result(name=name, group=group, start=start, loss=loss, **given)


def backtest(*results, planned=None, **recorded):
    """The backtest of four records that came to ``results``."""
    data = Recorded("rides.csv", [Record({"a": 1.0}, 1.0)] * 4, {}, "", False, "d1935")
    return Backtest(
        "fare",
        "pid",
        0.01,
        data._replace(**recorded),
        len(results) if planned is None else planned,
        results,
        "c0ff1",
    )


def usual():
    """Fixed rates with the best one in the middle, and a controller from two starts."""
    return [
        result("pid", "configured", 0.01, 0.9, rate=0.05, seconds=1.0),
        result("pid", "configured", 10.0, 1.5, rate=0.2, seconds=0.75),
        result("fixed", "hindsight", 1e-6, 1.99),
        result("fixed", "hindsight", 100.0, 1e9),
        result("fixed", "hindsight", 0.1, 1.0),
        result("adam", "compared", None, 1.25),
    ]
