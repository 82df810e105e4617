"""A headless Chromium, and what it said and asked for."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from selenium import webdriver

T = TypeVar("T")

#: Seconds to wait for what takes one or two on an idle machine, and between two looks.
PATIENCE = 40.0
LOOK = 0.1
#: Keys as WebDriver numbers them.
ENTER, TAB, ESCAPE = "\ue007", "\ue004", "\ue00c"
WIDE, NARROW = (1360, 900), (390, 844)
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
    "--disable-background-networking", "--disable-dev-shm-usage", "--no-first-run",
)  # fmt: skip


class Browser:
    """One tab, and the questions tests have about it."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    def look(self, size: tuple[int, int] = WIDE, theme: str = "light", **media: str) -> None:
        """Take a size, and what the system says it prefers."""
        told = {"prefers-color-scheme": theme, **{k.replace("_", "-"): v for k, v in media.items()}}
        features = [{"name": name, "value": value} for name, value in told.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self._size(*size)

    def _size(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, url: str) -> None:
        self.driver.get(url)

    def live(self, url: str) -> None:
        """Open a page and wait until it has the first news and has drawn."""
        self.open(url)
        self.until(lambda: self.text("#news-text") == "live" and self.text("#answers strong"))

    def text(self, selector: str) -> str:
        """Return what is written there, "" where there is no such place."""
        return next(iter(self.texts(selector)), "")

    def texts(self, selector: str) -> list[str]:
        each = "return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)"
        return list(self.run(each, selector))

    def shown(self, selector: str) -> bool:
        """Whether any of it can be seen."""
        some = "return [...document.querySelectorAll(arguments[0])].some(e => e.checkVisibility())"
        return bool(self.run(some, selector))

    def click(self, selector: str) -> None:
        self.driver.find_element("css selector", selector).click()

    def type(self, selector: str, *words: str) -> None:
        self.driver.find_element("css selector", selector).send_keys(*words)

    def fill(self, selector: str, words: str) -> None:
        """Write something in place of what is there."""
        self.driver.find_element("css selector", selector).clear()
        self.type(selector, words)

    def press(self, *keys: str) -> None:
        """Press keys wherever the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def wait(self, script: str) -> Any:
        """Run a script that calls its last argument when it is done."""
        return self.driver.execute_async_script(script)

    def until(self, what: Callable[[], T]) -> T:
        """Wait until ``what`` returns something true, and return it."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := what():
                return found
            self.wait(f"setTimeout(arguments[0], {1000 * LOOK})")
        told = self.run("return document.body.innerText")[-1500:]
        raise AssertionError(f"not within {PATIENCE:g} s; the page says: {told}")

    def said(self) -> list[str]:
        """Return what came on the console since the last time, errors of the network too."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def asked(self) -> list[str]:
        """Return every address that was asked for since the last time."""
        logged = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        sent = [e["params"] for e in logged if e["method"] == "Network.requestWillBeSent"]
        return [params["request"]["url"] for params in sent]

    def picture(self, path: Path, width: int) -> None:
        """Write the whole page into a file."""
        height = self.run("return document.documentElement.scrollHeight")
        self._size(width, height)
        self.wait("requestAnimationFrame(() => setTimeout(arguments[0], 600))")  # charts fit anew
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def chromium(binary: str, driver: str, *flags: str) -> Iterator[Browser]:
    """A browser that is gone at the end."""
    from selenium import webdriver  # here, so that without it there is a skip and no error

    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        running.set_script_timeout(PATIENCE)
        yield Browser(running)
    finally:
        running.quit()
