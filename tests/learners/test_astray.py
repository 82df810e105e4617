"""A model that has lost its way is told from one that is slow to learn."""

import math

from lrcontrol.learners.astray import RECENT, Astray
from lrcontrol.scoring import Classification, Regression


def test_a_saturated_classifier_is_astray_within_twenty_records():
    astray = Astray(Classification())
    assert not any(astray.learn(0.3, i % 2 == 0) for i in range(200))
    found = [astray.learn(34.5 * (i % 2), i % 2 == 0) for i in range(20)]
    assert found[-1]


def test_an_untrained_classifier_is_not_though_no_skill_is_far_better():
    astray = Astray(Classification())
    assert not any(astray.learn(math.log(2), False) for _ in range(500))
    classes = Astray(Classification("multiclass"))
    assert not any(classes.learn(math.log(10), i % 10) for i in range(500))


def test_an_untrained_regressor_far_from_its_labels_is_not():
    astray = Astray(Regression())
    assert not any(astray.learn((450.0 + i % 3) ** 2, 450.0 + i % 3) for i in range(500))


def test_a_model_that_was_set_back_gets_as_many_records_again():
    astray = Astray(Regression())
    for i in range(100):
        astray.learn(1.0, float(i % 2))
    while not astray.learn(100.0, 1.0):
        pass
    astray.forget()
    assert [astray.learn(100.0, 1.0) for _ in range(RECENT)].index(True) == RECENT - 1
