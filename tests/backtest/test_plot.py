"""The picture: made for any backtest, with everything in it named and nothing overlapping."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from backtested import backtest, result, usual

from lrcontrol.backtest.labels import spread

pytest.importorskip("matplotlib")

from lrcontrol.backtest.plot import draw


@pytest.mark.parametrize(
    "results",
    [
        usual(),
        usual()[:1],  # interrupted before hindsight
        usual()[2:],  # no controller
        [result("pid", "configured", 0.1, 1e9), result("fixed", "hindsight", 0.1, 1e9)],
        [result("fixed", "hindsight", 0.1, 0.0, baseline=0.0)],  # a stream without a secret
        [*usual(), result("fixed", "clamped", 1e-3, 0.8), result("fixed", "clamped", 1.0, 1e9)],
        [*usual(), result("trace", "compared", 0.1, 0.8), result("trace", "compared", 1.0, 1e9)],
    ],
)
def test_whatever_came_out_can_be_drawn(results, tmp_path):
    path = tmp_path / "a.png"
    draw(backtest(*results), path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_drawing_can_be_read_and_is_the_same_again(tmp_path):
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    draw(backtest(*usual()), one)
    draw(backtest(*usual()), two)
    assert one.read_bytes() == two.read_bytes()
    ET.parse(one)


def test_places_are_moved_apart_and_stay_in_order():
    places = [3.0, 3.1, 0.0, 9.9, 10.0]
    moved = spread(places, least=1.0, low=0.0, high=10.0)
    assert sorted(range(5), key=moved.__getitem__) == sorted(range(5), key=places.__getitem__)
    ordered = sorted(moved)
    assert min(b - a for a, b in pairwise(ordered)) >= 1.0 - 1e-12
    assert (ordered[0], ordered[-1]) == (0.0, 10.0)
