from dataclasses import dataclass, is_dataclass

import pytest

from lrcontrol.config.convert import FromNode
from lrcontrol.config.docs import parameters, summary
from lrcontrol.config.hints import hints_of, taken_apart
from lrcontrol.config.kinds import KINDS
from lrcontrol.config.settings import Settings


@dataclass
class Documented:
    """Hold a thing,
    as it were.

    More words.

    Parameters
    ----------
    low, high
        The two
        ends.

    step
        What comes after; see `low`.

    Raises ``Invalid`` for a field out of range.
    """


class Bare:
    pass


def test_fields_are_found_one_line_each():
    assert summary(Documented) == "Hold a thing, as it were."
    assert parameters(Documented) == {
        "low": "The two ends.",
        "high": "The two ends.",
        "step": "What comes after; see `low`.",
    }
    assert parameters(Bare) == {}


def sections():
    found = [kind.find(name) for kind in KINDS.values() for name in kind.table]
    todo = [Settings]
    while todo:
        found.append(todo.pop())
        for hint in hints_of(found[-1]).values():
            apart = taken_apart(hint)
            parts = [taken_apart(part).bare for part in (*apart.args, apart.bare)]
            todo += [
                part for part in parts if is_dataclass(part) and not issubclass(part, FromNode)
            ]
    return [kind for kind in dict.fromkeys(found) if hints_of(kind)]


@pytest.mark.parametrize("kind", sections(), ids=lambda kind: kind.__name__)
def test_every_field_of_every_section_is_described(kind):
    assert set(hints_of(kind)) <= set(parameters(kind))
    assert summary(kind).endswith(".")
