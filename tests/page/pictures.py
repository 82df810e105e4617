"""Takes the pictures of ``docs/page.md``, of a daemon that really runs.

``PYTHONPATH=tests python -m page.pictures docs`` takes two minutes: the world of ``showcase.yaml``
has to change twice, and somebody holds the rate for a while.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import which
from urllib.request import Request, urlopen

from page.browser import NARROW, WIDE, Browser, chromium

SHOWCASE = Path(__file__).parent / "showcase.yaml"
#: Width and what the system prefers, by the name of the picture.
LOOKS = {"light": (WIDE, "light"), "dark": (WIDE, "dark"), "narrow": (NARROW, "light")}
#: Records learned when the rate is held, given back, and the pictures are taken.
HELD, RESUMED, TAKEN = 22_000, 30_000, 98_000
#: Seconds for the whole, and between two looks at the daemon.
PATIENCE = 300.0
LOOK = 0.5


def main(folder: Path) -> None:
    """Run the showcase, hold and resume once, and write ``page-*.png`` into ``folder``."""
    programs = which("chromium") or "chromium", which("chromedriver") or "chromedriver"
    with tempfile.TemporaryDirectory() as kept, chromium(*programs) as browser:
        log = Path(kept) / "log"
        command = [sys.executable, "-m", "lrcontrol", "run", str(SHOWCASE)]
        extra = ["--set", "log.format=json", "--set", f"checkpoint.dir={kept}/checkpoints"]
        with log.open("wb") as said:
            process = subprocess.Popen([*command, *extra], stdout=said, stderr=said)
        try:
            wait(lambda: '"started"' in log.read_text() or process.poll() is not None)
            found = re.search(r'"address": "([^"]+)"', log.read_text())
            assert found, log.read_text()
            take(browser, found[1], folder)
        finally:
            process.terminate()
            process.wait()


def take(browser: Browser, address: str, folder: Path) -> None:
    """Let it live through two changes and a hold, then picture it."""
    browser.look()
    browser.live(address)
    wait(lambda: steps(address) > HELD)
    order(address, "hold", "compare with the run of yesterday")
    wait(lambda: steps(address) > RESUMED)
    order(address, "resume", "compared")
    wait(lambda: steps(address) > TAKEN)
    for name, (size, theme) in LOOKS.items():
        browser.look(size, theme)
        browser.picture(folder / f"page-{name}.png", size[0])


def steps(address: str) -> int:
    """Return what the first model has learned."""
    with urlopen(f"{address}/api/v1/models/steered") as reply:
        return int(json.load(reply)["steps"])


def order(address: str, kind: str, reason: str) -> None:
    """Give an order as kim."""
    body = json.dumps({"reason": reason, "actor": "kim"}).encode()
    url = f"{address}/api/v1/models/steered/{kind}"
    with urlopen(Request(url, body, {"content-type": "application/json"})) as reply:
        assert reply.status == 200


def wait(what) -> None:
    """Wait until ``what`` returns something true."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(LOOK)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
