"""Classes are numbered as they come, and the cap holds for all of a block or for none of it."""

import pytest

from lrcontrol.kernels.classes import Classes, TooManyClasses


def test_a_class_keeps_its_number():
    classes = Classes()
    assert classes.numbers(["x", 3, "x"]).tolist() == [0.0, 1.0, 0.0]
    assert classes.numbers([True, 3]).tolist() == [2.0, 1.0]
    assert len(classes) == 3


def test_beyond_the_cap_nothing_is_taken():
    classes = Classes(cap=2)
    classes.numbers("a")
    with pytest.raises(TooManyClasses, match="more than 2 classes"):
        classes.numbers("abc")
    assert list(classes) == ["a"]
    assert classes.numbers("ab").tolist() == [0.0, 1.0]
