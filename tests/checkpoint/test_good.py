"""Which checkpoint is pinned as good, and going back to an earlier one by its number."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import LINEAR

from lrcontrol.checkpoint.disk import Posix
from lrcontrol.checkpoint.frame import Frame
from lrcontrol.checkpoint.good import NO_SKILL, WINDOW, Seen, turned_out
from lrcontrol.checkpoint.store import newest_first
from lrcontrol.checkpoint.unusable import Unusable
from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.keeping.earlier import load_model
from lrcontrol.keeping.folder import Folder
from lrcontrol.signals import Stop

BEFORE = Seen(5000, loss=500.0, baseline=2500.0)


def after(records: int, loss: float, **more: object) -> Seen:
    """Return what was seen so many records later, at this mean loss and a no-skill loss of 0.5."""
    total, base = BEFORE.loss + records * loss, BEFORE.baseline + records * 0.5
    return Seen(BEFORE.records + records, total, base)._replace(**more)


@pytest.mark.parametrize(
    ("now", "good"),
    [
        (after(WINDOW - 1, 0.1), None),
        (after(WINDOW, 0.1), True),
        (after(WINDOW, 0.6), True),  # worse than before, but not than no skill by a quarter
        (after(WINDOW, 0.5 * NO_SKILL + 0.01), False),
        (after(WINDOW, 0.1, nonfinite=1), False),
        (after(WINDOW, 0.1, rulings=1), False),
        (after(WINDOW, 0.1, watching=False), False),
        (after(-WINDOW, 0.1), False),  # rolled back behind it
        (after(10, 0.1, rulings=2), False),
    ],
)
def test_a_checkpoint_is_good_when_its_model_went_on_well_for_a_window(now, good):
    assert turned_out({"m": BEFORE}, {"m": now}) is good
    assert turned_out({"m": BEFORE, "n": BEFORE}, {"m": now, "n": after(WINDOW, 0.1)}) is good
    assert turned_out({}, {"m": now}) is False


def settings(folder: Path, **more: str):
    """Return the settings of a daemon over an input that turns bad after 3,000 records."""
    lines = [{"a": i % 7 - 3.0, "y": (i % 7 - 3.0) * 2.0} for i in range(6000)]
    (folder / "in.ndjson").write_text("\n".join(map(json.dumps, lines)) + "\n")
    source = f"{{type: file, path: {folder / 'in.ndjson'}{more.get('limit', '')}}}"
    text = LINEAR.replace("{type: lines, format: ndjson}", source)
    keep = "cadence: {records: 1, duty: 0.999}, retention: {last: 1, hourly: 0}"
    return loads(f"{text}checkpoint: {{dir: {folder / 'kept' / 'state'}, {keep}}}\n").settings


def run(found) -> Daemon:
    daemon = Daemon(found, Stop(), once=True)
    daemon.run(lambda status: None)
    return daemon


def test_a_daemon_pins_a_checkpoint_that_turned_out_good_and_can_go_back_to_it(tmp_path):
    found = settings(tmp_path)
    daemon = run(found)
    (good,) = (tmp_path / "kept" / "state").glob("good-*")
    number = int(good.name.split("-")[1])
    loop = daemon._served[0].loop
    earlier = load_model(found, number, "m")
    assert earlier.sequence == number
    assert 0 <= earlier.steps <= 6000 - WINDOW
    # From there on the same records again: it is where it was, to the last bit.
    records = [{"a": i % 7 - 3.0} for i in range(7)]
    from lrcontrol import Record

    earlier.loop.learn(
        [Record({"a": i % 7 - 3.0}, (i % 7 - 3.0) * 2.0) for i in range(earlier.steps, 6000)]
    )
    assert [earlier.loop.predict_one(x) for x in records] == [loop.predict_one(x) for x in records]


def test_a_number_that_is_not_there_and_a_model_of_another_kind_are_refused(tmp_path):
    found = settings(tmp_path)
    run(found)
    with pytest.raises(LookupError, match=r"no checkpoint 999999; there are \d+"):
        load_model(found, 999999, "m")
    newest = max(int(p.name.split("-")[1]) for p in (tmp_path / "kept" / "state").glob("ck-*"))
    other = loads(
        LINEAR.replace("initial_rate: 0.01", "initial_rate: 0.02")
        + f"checkpoint: {{dir: {tmp_path / 'kept' / 'state'}}}\n"
    ).settings
    with pytest.raises(Unusable, match=r"models\.m") as refusal:
        load_model(other, newest, "m")
    assert refusal.value.reason == "configuration"
    with pytest.raises(LookupError, match=r"checkpoint\.dir"):
        load_model(loads(LINEAR).settings, 1, "m")


class Unlinkable(Posix):
    """A disk that refuses second names."""

    def link(self, old: Path, new: Path) -> None:
        raise OSError("no links here")


def folder(path: Path, disk: Posix) -> Folder:
    keep = f"{{dir: {path / 'kept' / 'state'}, retention: {{last: 1, hourly: 0}}}}"
    made = loads(f"{LINEAR}checkpoint: {keep}\n").settings.checkpoint
    return Folder(made, disk, fresh=False)


def test_the_one_that_may_turn_out_good_is_held_until_it_has_and_then_pinned(tmp_path):
    shelf = folder(tmp_path, Posix())
    frame = Frame({"step": 1}, {})
    for k in range(1, 6):
        entry, _ = shelf.write(frame)
        shelf.settle(entry, {"m": Seen(400 * k, 40.0 * k, 200.0 * k)})
    names = sorted(p.name[:15] for p in (tmp_path / "kept" / "state").glob("*-*"))
    # 1 turned out good with 4 (1,200 records later), and then 4 is the one that may.
    assert names == ["ck-000000000004", "ck-000000000005", "good-0000000000", "in-flight"]
    assert shelf.good == 1
    shelf.release()


def test_a_pin_that_fails_leaves_the_checkpoint_durable(tmp_path):
    shelf = folder(tmp_path, Unlinkable())
    for k in (1, 5):
        entry, _ = shelf.write(Frame({"step": k}, {}))
        shelf.settle(entry, {"m": Seen(400 * k, 40.0 * k, 200.0 * k)})
    assert shelf.good == 0
    found = newest_first(shelf._store._sizes)
    assert found[0].sequence == 2
    shelf.release()
