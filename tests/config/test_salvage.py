from lrcontrol.config.changes import changes
from lrcontrol.config.document import parse
from lrcontrol.config.load import loads, settle
from lrcontrol.config.overrides import override
from lrcontrol.config.problems import ConfigError
from lrcontrol.config.salvage import mark_at, salvage

TEXT = """\
version: 1
sources:
  rides: {type: file, path: rides.ndjson}
models:
  fare:
    pipeline:
      - class: linear_model.LinearRegression
    controller: {type: pid}
http:
  tokens: {write: 0123456789abcdef}
"""


def rest(*overrides):
    """Return what can still be told of a text with mistakes, as paths that differ."""
    current = loads(TEXT, environ={}).settings
    root = override(parse(TEXT), overrides)
    try:
        settle(root, {})
    except ConfigError as error:
        left = salvage(root, error.problems, current, {})
    else:
        raise AssertionError("there is no mistake")
    if left is None:
        return None
    found = changes(current, left)
    return [change.path for change in (*found.live, *found.cold)]


def test_a_bad_field_is_as_it_was_and_the_rest_is_told():
    assert rest("models.fare.period=-1", "sources.rides.path=b") == ["sources.rides.path"]


def test_an_unknown_key_is_left_out():
    assert rest("models.fare.controller.kpp=1", "models.fare.initial_rate=0.5") == [
        "models.fare.initial_rate"
    ]


def test_a_missing_key_is_put_back():
    assert rest("sources.rides={type: file}", "log.level=debug") == ["log.level"]


def test_a_bad_item_puts_back_its_list():
    assert rest("models.fare.pipeline.0.class=5", "models.fare.period=1") == ["models.fare.period"]


def test_a_part_that_cannot_be_made_and_what_reads_it():
    bad = "sources.new={type: nonsense}"
    assert rest(bad, "models.fare.inputs=[new, rides]") == []


def test_a_bad_secret_is_left_out_and_never_put_back_masked():
    assert rest("http.tokens.write=short", "log.level=debug") == ["http.tokens.write", "log.level"]


def test_fields_that_do_not_go_together_are_put_back():
    found = rest("models.fare.limits={low: 2, high: 1}", "models.fare.period=9")
    assert found == ["models.fare.limits.high", "models.fare.period"]


def test_too_much_is_not_told():
    assert rest("models=5") is None or rest("models=5") == []


def test_a_mark_names_the_field_or_its_section():
    root = parse(TEXT, "c.yaml")
    assert mark_at(root, "models.fare.controller.type").line == 8
    assert mark_at(root, "models.fare.controller.kp").line == 8
    assert mark_at(root, "log.level").line == 1
