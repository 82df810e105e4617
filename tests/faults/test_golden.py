"""Checkpoints of earlier days: read as they were, carried over, or refused before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from faults.golden import FOLDER, GOLDEN, KEY, MORE, RECORDS, answers, inside, settings

from lrcontrol.checkpoint import exact
from lrcontrol.checkpoint.content import BINDING, accept, versions
from lrcontrol.checkpoint.frame import peek, seal, unseal
from lrcontrol.checkpoint.probe import near
from lrcontrol.checkpoint.recovery import NothingUsable
from lrcontrol.checkpoint.unusable import Unusable
from lrcontrol.config.identity import identity
from lrcontrol.daemon import Daemon
from lrcontrol.keeping.carried import carry
from lrcontrol.signals import Stop

PORTABLE = ("linear", "softmax")


def golden(name: str) -> bytes:
    return (FOLDER / f"{name}.ck").read_bytes()


def wanted(name: str):
    return exact.loads((FOLDER / f"{name}.json").read_bytes())


def of(name: str, **other: str) -> bytes:
    """Return a golden checkpoint as other versions would have written it."""
    frame = unseal(golden(name), [KEY])
    meta = {**frame.meta, "versions": {**versions(), **other}}
    return b"".join(seal(frame._replace(meta=meta), KEY))


def ours(name: str) -> bool:
    """Return whether the golden one was written by what runs here, where it is bound to that."""
    wrote = unseal(golden(name), [KEY]).meta["versions"]
    return all(wrote[part] == versions()[part] for part in BINDING)


@pytest.mark.parametrize("name", GOLDEN)
def test_a_checkpoint_that_is_checked_in_loads_and_goes_on_to_the_last_bit(name):
    if not ours(name):  # another Python or machine: what the other tests are about
        with pytest.raises(Unusable) as refusal:
            accept(golden(name), [KEY], identity(settings(name)))
        assert refusal.value.reason == "versions"
        return
    found = accept(golden(name), [KEY], identity(settings(name)))
    told = {model: answers(loop, name) for model, loop in found.models.items()}
    assert exact.dumps(told) == exact.dumps(wanted(name)["models"])
    assert found.meta["positions"] == {"in": wanted(name)["positions"]}


@pytest.mark.parametrize("name", GOLDEN)
def test_no_two_fields_of_it_could_be_mistaken_for_each_other(name):
    """A test of old files passes in vain where two fields that were swapped are equal."""
    meta = peek(golden(name))["meta"]
    counters = meta["counters"]["in"]
    (position,) = meta["positions"]["in"].values()
    told = [meta["step"], counters["bytes"], position, sum(counters["rejected"].values())]
    assert len({*told}) == len(told)
    told = wanted(name)["models"].values()
    assert len({repr(one["first"]) for one in told}) == len(told)


@pytest.mark.parametrize("part", BINDING)
def test_what_cannot_be_carried_over_is_refused_with_what_would_read_it(part):
    data = of("others", **{part: "0.25.0"})
    with pytest.raises(Unusable, match=f"{part} 0.25.0") as refusal:
        accept(data, [KEY], identity(settings("others")))
    assert refusal.value.reason == "versions"
    assert "pip install 'river==" in str(refusal.value)
    with pytest.raises(Unusable) as again:
        carry(data, [KEY], settings("others"), refusal.value)
    assert again.value is refusal.value


@pytest.mark.parametrize("name", PORTABLE)
def test_what_linear_models_learned_is_carried_over_an_upgrade(name):
    data = of(name, river="0.25.0", numpy="1.26", python="3.9", machine="other")
    refusal = Unusable("versions", "written by others")
    found = carry(data, [KEY], settings(name), refusal)
    assert found.meta["positions"] == {"in": wanted(name)["positions"]}
    for model, loop in found.models.items():
        was = wanted(name)["models"][model]
        told = answers(loop, name)
        same = sum(map(near, was["first"], told["first"]))
        # Kernels cut their answers to the range of the labels, which they have to see again.
        cut = "bank" in model or model == "trace"
        assert same == len(told["first"]) or (cut and same > len(told["first"]) // 2), model
        assert told["rate"] == pytest.approx(was["rate"], rel=0.2), model  # a bank has a grid
        assert loop.status.steps in range(1, MORE + 1)


def test_only_another_version_is_a_reason_to_carry_over():
    broken = golden("linear")[:-9]
    for data, reason in ((broken, "length"), (golden("linear"), "probe")):
        with pytest.raises(Unusable, match="first"):
            carry(data, [KEY], settings("linear"), Unusable(reason, "first"))


def test_models_that_are_configured_otherwise_are_not_given_what_others_learned():
    data, other = of("linear", river="0.25.0"), settings("softmax")
    with pytest.raises(Unusable, match="models") as refusal:
        carry(data, [KEY], other, Unusable("versions", "first"))
    assert refusal.value.reason == "configuration"


def test_a_portable_form_with_another_meaning_is_refused():
    frame = unseal(of("linear", river="0.25.0"), [KEY])
    changed = json.loads(frame.sections["portable:sgd"])
    changed["steps"][1][1]["learned"]["intercept"] += 0.001
    sections = {**frame.sections, "portable:sgd": json.dumps(changed).encode()}
    data = b"".join(seal(frame._replace(sections=sections), KEY))
    with pytest.raises(Unusable, match="answers differently"):
        carry(data, [KEY], settings("linear"), Unusable("versions", "first"))


def kept(folder: Path, data: bytes) -> None:
    (folder / "state").mkdir()
    (folder / "state" / "ck-000000000007-1").write_bytes(data)


def test_a_daemon_goes_on_from_what_was_carried_over_and_says_so(tmp_path, capsys):
    kept(tmp_path, of("linear", river="0.25.0"))
    with inside(tmp_path, "linear", RECORDS + MORE):
        daemon = Daemon(settings("linear"), Stop(), once=True)
        daemon.run(lambda status: None)
    assert "carried over" in capsys.readouterr().out
    assert daemon.status().sources[0].records == 1 + RECORDS + MORE
    for model in daemon.status().models:
        assert 0 < model.loop.steps <= MORE  # only what came after: nothing is learned again
        assert model.loop.loss_sum / model.loop.loss_count < 1.0  # noise 0.09; afresh it is 9
    assert len(list((tmp_path / "state").glob("ck-*"))) == 2


def test_a_daemon_that_cannot_carry_over_does_not_start(tmp_path):
    kept(tmp_path, of("others", river="0.25.0"))
    with inside(tmp_path, "others"), pytest.raises(NothingUsable, match="pip install 'river=="):
        Daemon(settings("others"), Stop(), once=True).run(lambda status: None)
