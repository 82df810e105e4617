"""The page in a browser, before made-up daemons: how it loads, and states that are rare in life."""

import pytest
from page.browser import ENTER, ESCAPE, NARROW, TAB, WIDE
from page.devserver import Made

FOCUS = """
const e = document.activeElement;
return [e.dataset.order ?? e.id, getComputedStyle(e).outlineStyle];
"""
#: Moves the mouse over the rate's chart until a mark tells of the drift.
HOVER = """
const over = document.querySelector("#rate-chart .u-over");
const box = over.getBoundingClientRect();
for (let x = 0; x < box.width; x += 4) {
  const at = { clientX: box.left + x, clientY: box.top + 40, bubbles: true };
  over.dispatchEvent(new MouseEvent("mousemove", at));
  const tip = over.querySelector(".tip");
  if (tip.textContent.includes("the data changed")) return tip.textContent;
}
"""
#: A day of points, one a second, with one spike; then thousands of moves.
REMEMBER = """
const done = arguments[0];
import("/static/history.js").then(({ History }) => {
  const history = new History();
  const point = (t, loss) => ({ t, loss, base: 1, rate: 0.1, asked: 0.1, arms: {} });
  for (let t = 0; t < 100000; t += 1) history.add(point(t, t === 99000 ? 50 : 0.5));
  const late = history.points.slice(-40);
  const near = late.every((one, n) => !n || one.t - late[n - 1].t <= 2);
  const spike = history.points.some((one) => one.loss === 50);
  const most = history.points.length;
  const made = { reason: "worse", limit: "none", before: 1, asked: 1, applied: 1, actor: "" };
  for (let n = 0; n < 5000; n += 1) {
    history.decide({ ...made, key: n, at: 100000 + 2 * n, action: n % 2 ? "raise" : "lower" });
    history.broke(n, "restart");
  }
  done([most, near, spike, history.marks.length, history.runs.length, history.breaks.length]);
});
"""


def test_it_loads_without_a_complaint_and_asks_nobody_else(browser, made):
    url = made().url
    browser.live(url)
    browser.until(lambda: browser.texts("#log tr"))
    assert browser.said() == []
    asked = browser.asked()
    assert len(asked) > 15
    assert not [address for address in asked if not address.startswith((url, "about:blank"))]


def test_it_answers_five_questions(browser, made):
    browser.live(made().url)
    assert browser.texts("#answers .ask") == [
        "Is it learning?", "Is the rate right?", "What did it do?", "Is the data all right?",
        "Is the daemon?",
    ]  # fmt: skip
    assert browser.texts("#answers strong")[0] == "Yes"
    assert "below a guess" in browser.texts("#answers .text")[0]
    assert browser.texts("#models .name") == ["fare", "tip", "duration", "surge"]


def test_it_lives_without_being_asked(browser, made):
    browser.live(made().url)
    learned = browser.text("#learning-figures")
    browser.until(lambda: browser.text("#learning-figures") != learned)
    rows = browser.texts("#log tr")
    browser.until(lambda: browser.texts("#log tr") != rows)


def test_what_was_before_it_opened_is_there(browser, made):
    browser.live(made().url)
    browser.until(lambda: any("the data changed" in row for row in browser.texts("#log tr")))
    row = next(row for row in browser.texts("#log tr") if "the data changed" in row)
    assert "held to the largest move at a time; asked for 0.2" in row
    assert "controller" in row


@pytest.mark.parametrize(("scene", "place", "level", "word"), [
    ("failed", 0, "bad", "No"), ("diverged", 0, "bad", "Guarded"), ("paused", 3, "bad", "Paused"),
    ("away", 3, "bad", "No"), ("away", 4, "bad", "Not ready"),
])  # fmt: skip
def test_what_is_wrong_is_seen_at_once(browser, made, scene, place, level, word):
    browser.live(made(scene).url)
    assert browser.texts("#answers strong")[place] == word
    levels = "return [...document.querySelectorAll('#answers li')].map(e => e.dataset.level)"
    assert browser.run(levels)[place] == level
    assert word in browser.text("#said"), "nobody who listens was told"


def test_a_paused_source_can_be_mended(browser, made):
    browser.live(made("paused").url)
    assert not browser.shown("#sources tr:first-child button")
    assert browser.shown("#sources tr:last-child button")


def test_silence_is_told(browser, made):
    there = made()
    browser.live(there.url)
    there.made.mute.set()
    browser.until(lambda: browser.text("#news-text").startswith("no news for "))
    browser.until(lambda: browser.texts("#answers strong")[4] == "No news")
    there.made.mute.clear()
    browser.until(lambda: browser.text("#news-text") == "live")


def test_it_comes_back_after_a_restart(browser, made):
    there = made()
    browser.live(there.url)
    there.stop()
    browser.until(lambda: browser.text("#news-text").startswith("no news for "))
    another = Made("one")
    another.started_at += 1000
    there.start(another)
    browser.until(lambda: browser.text("#news-text") == "live")
    browser.until(lambda: not browser.shown("#models"))
    browser.until(lambda: browser.texts("#log tr"))


def test_a_token_is_asked_for_and_kept_in_the_tab_only(browser, made):
    browser.open(made(token="a token of the day").url)
    browser.until(lambda: browser.shown("#token"))
    browser.type("#token-field", "a wrong one", ENTER)
    browser.until(lambda: "not taken" in browser.text("#token label"))
    browser.type("#token-field", "a token of the day", ENTER)
    browser.until(lambda: browser.text("#news-text") == "live")
    assert not browser.shown("#token")
    assert browser.run("return sessionStorage.getItem('lrcontrol-token')") == "a token of the day"
    assert "token" not in browser.run(
        "return JSON.stringify(localStorage) + document.cookie + location"
    )
    browser.run("sessionStorage.clear()")


def test_an_order_wants_a_reason_and_tells_what_came_of_it(browser, made):
    there = made()
    browser.live(there.url)
    browser.click("[data-order=rate]")
    browser.click("#order-go")
    assert "reason" in browser.text("#order-outcome")
    assert there.made.ordered == []
    browser.fill("#order-rate", "0.02")
    browser.type("#order-reason", "incident 7", ENTER)
    browser.until(lambda: browser.text("#order-outcome") == "rate: done")
    browser.click("#order-close")
    browser.until(lambda: browser.shown("#override"))
    assert "holds the rate at 0.02" in browser.text("#override")
    assert "incident 7" in browser.text("#override")
    browser.until(lambda: any("“incident 7”" in row for row in browser.texts("#log tr")))


def test_the_keyboard_is_enough(browser, made):
    browser.live(made().url)
    seen = []
    while "hold" not in seen:
        browser.press(TAB)
        where, outline = browser.run(FOCUS)
        assert outline != "none", where
        seen.append(where)
        assert len(seen) < 20, seen
    assert "theme" in seen
    browser.press(ENTER)
    assert browser.run("return document.activeElement.id") == "order-reason"
    browser.press(ESCAPE)
    assert not browser.shown("#order")
    assert browser.run("return document.activeElement.dataset.order") == "hold"


def test_the_theme_is_chosen_and_kept(browser, made):
    browser.live(made().url)
    paper = "return getComputedStyle(document.body).backgroundColor"
    light = browser.run(paper)
    browser.look(theme="dark")
    assert browser.run(paper) != light
    browser.click("#theme")  # from auto to light
    assert browser.run(paper) == light
    browser.driver.refresh()
    assert browser.run(paper) == light
    browser.run("localStorage.clear()")


@pytest.mark.parametrize(
    "size", [WIDE, (760, 900), NARROW, (320, 640)], ids=lambda size: str(size[0])
)
def test_no_width_is_too_narrow(browser, made, size):
    browser.look(size)
    browser.live(made().url)
    browser.until(lambda: browser.texts("#log tr"))
    assert browser.run("return document.documentElement.scrollWidth") <= size[0]


def test_nothing_moves_where_that_is_not_wanted(browser, made):
    browser.look(prefers_reduced_motion="reduce")
    browser.live(made().url)
    assert (
        browser.run("return getComputedStyle(document.querySelector('.dot')).animationName")
        == "none"
    )


def test_a_mark_tells_of_its_decision(browser, made):
    browser.live(made().url)
    browser.until(lambda: any("the data changed" in row for row in browser.texts("#log tr")))
    told = browser.until(lambda: browser.run(HOVER))
    for word in ("raised", "asked for 0.2", "largest move", "trend", "by the controller"):
        assert word in told


def test_memory_is_bounded_and_the_newest_is_kept(browser, made):
    browser.open(made().url)
    points, newest, spike, marks, runs, breaks = browser.wait(REMEMBER)
    assert points <= 2600
    assert newest
    assert spike, "thinning lost it"
    assert (marks <= 600, runs <= 300, breaks <= 300) == (True, True, True)
