import json

from commands import LINEAR

from lrcontrol.config.load import loads
from lrcontrol.daemon import Daemon
from lrcontrol.operating.household import Household
from lrcontrol.operating.notify import Notifier
from lrcontrol.operating.reloading import Reloading
from lrcontrol.signals import Stop


def test_an_earlier_state_comes_back_with_the_numbers_of_now(tmp_path):
    records = tmp_path / "in.ndjson"
    records.write_text("".join(json.dumps({"a": i % 7, "y": i % 5}) + "\n" for i in range(200)))
    text = LINEAR.replace("{type: lines, format: ndjson}", f"{{type: file, path: {records}}}")
    text += f"checkpoint: {{dir: {tmp_path / 'state'}}}\n"
    Daemon(loads(text).settings, Stop(), once=True).run(lambda status: None)
    now = loads(text, ["models.m.period=7", "models.m.limits={high: 0.5}"]).settings
    reloading = Reloading(now, None, Notifier({}))
    household = Household(reloading, lambda source: None, lambda: None, None)
    loop = household.loop_of("m", 1)
    assert loop.status.steps == 200
    assert (loop.period, loop.limits.high, loop.learner.limits.high) == (7, 0.5, 0.5)
