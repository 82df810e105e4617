"""The page before a daemon that really runs: live, orders, tokens, and without JavaScript.

With ``LRCONTROL_PICTURES`` set to a folder, the pictures of ``docs/page.md`` are taken there.
"""

import os
from pathlib import Path

import pytest
from daemons import TOKEN, daemon
from page.browser import ENTER, NARROW, WIDE

MARKUP = "return document.documentElement.outerHTML"
PICTURES = os.environ.get("LRCONTROL_PICTURES")
#: Width and what the system prefers, by the name of the picture.
LOOKS = {"light": (WIDE, "light"), "dark": (WIDE, "dark"), "narrow": (NARROW, "light")}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with daemon(tmp_path_factory.mktemp("page")) as there:
        yield there


def model(there, token=""):
    return there.ask("/api/v1/models/fare", token)[1]


def order(browser, kind, reason, **fields):
    """Fill in the form of an order, give it, and return what came of it."""
    browser.click(f"[data-order={kind}]")
    for name, value in {**fields, "reason": reason, "actor": "kim"}.items():
        browser.fill(f"#order-{name}", value)
    browser.press(ENTER)
    browser.until(lambda: browser.shown("#order-close") and not browser.shown("#order-go"))
    told = browser.text("#order-outcome")
    browser.click("#order-close")
    return told


def test_it_is_live_and_without_a_complaint(browser, running):
    browser.live(running.address)
    learned = browser.text("#learning-figures")
    browser.until(lambda: browser.text("#learning-figures") != learned)
    assert browser.texts("#answers strong")[3:] == ["Yes", "Yes"]
    assert browser.said() == []
    ours = (running.address, "about:blank")
    assert not [address for address in browser.asked() if not address.startswith(ours)]


def test_hold_then_resume(browser, running):
    browser.live(running.address)
    assert "manual" in order(browser, "hold", "incident 7")
    assert model(running)["override"]["actor"].startswith("kim")
    browser.until(lambda: browser.texts("#answers strong")[1] == "By hand")
    browser.until(lambda: browser.text("#mode") == "by hand")
    assert "holds the rate" in browser.text("#override")
    assert "incident 7" in browser.text("#override")
    assert "automatic" in order(browser, "resume", "over again")
    assert model(running)["override"] is None
    browser.until(lambda: browser.text("#mode") == "automatic" and not browser.shown("#override"))
    browser.until(lambda: any("“over again”" in row for row in browser.texts("#log tr")))
    assert browser.said() == []


def test_a_rate_is_set_within_the_limits(browser, running):
    browser.live(running.address)
    assert "0.005" in order(browser, "rate", "to see", rate="0.005")
    assert model(running)["rate"] == pytest.approx(0.005)
    browser.until(lambda: browser.text("#rate-now") == "0.005")
    order(browser, "resume", "seen")


def test_a_checkpoint_is_written_now(browser, running):
    browser.live(running.address)
    before = running.ask("/api/v1/status")[1]["checkpoint"]["sequence"]
    assert order(browser, "checkpoint", "before the upgrade")
    assert running.ask("/api/v1/status")[1]["checkpoint"]["sequence"] > before


def test_roll_back_to_a_checkpoint(browser, running):
    browser.live(running.address)
    order(browser, "checkpoint", "something to go back to")
    number = running.ask("/api/v1/status")[1]["checkpoint"]["sequence"]
    told = order(browser, "rollback", "worse since noon", checkpoint=str(number))
    assert told.startswith("automatic, rate ")
    browser.until(lambda: any("“worse since noon”" in row for row in browser.texts("#log tr")))
    assert model(running)["override"] is None
    assert browser.said() == []


def test_with_tokens_it_asks_for_one_to_read_and_another_to_order(browser, tmp_path):
    with daemon(tmp_path, tokens={"read": TOKEN, "write": TOKEN[::-1]}) as there:
        browser.open(there.address)
        browser.until(lambda: browser.shown("#token"))
        assert "fare" not in browser.run(MARKUP)
        browser.type("#token-field", TOKEN, ENTER)
        browser.until(lambda: browser.text("#model-name") == "fare")
        learned = browser.text("#learning-figures")
        browser.until(lambda: browser.text("#learning-figures") != learned)  # the stream too
        browser.click("[data-order=hold]")
        browser.fill("#order-reason", "incident 7")
        browser.press(ENTER)
        browser.until(lambda: browser.shown("#order-token"))
        assert model(there, TOKEN)["override"] is None
        browser.type("#order-token", TOKEN[::-1], ENTER)
        browser.until(lambda: "manual" in browser.text("#order-outcome"))
        assert model(there, TOKEN)["override"]["reason"] == "incident 7"
        assert TOKEN not in browser.run(MARKUP)
        browser.run("sessionStorage.clear()")


def test_without_javascript_it_is_a_table(started, running):
    with started("--blink-settings=scriptEnabled=false") as plain:
        plain.open(running.address)
        cells = [cell.text for cell in plain.driver.find_elements("css selector", "th, td")]
    assert "fare" in cells
    assert "running" in cells
    assert "wave" in cells


@pytest.mark.parametrize("name", LOOKS)
def test_it_can_be_pictured(browser, running, tmp_path, name):
    size, theme = LOOKS[name]
    browser.look(size, theme)
    browser.live(running.address)
    file = Path(PICTURES or tmp_path) / f"page-{name}.png"
    browser.picture(file, size[0])
    assert file.stat().st_size > 30_000  # an empty page is a tenth of it
    assert browser.said() == []
