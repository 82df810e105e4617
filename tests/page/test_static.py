"""What the files of the page are, whatever a browser makes of them."""

import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from itertools import product

import pytest

from lrcontrol.decisions import vocabulary
from lrcontrol.page import STATIC

OURS = sorted(path for path in STATIC.iterdir() if path.is_file())
INDEX = (STATIC / "index.html").read_text()
#: Of uPlot 1.6.32 as npm gives it (dist/uPlot.iife.min.js).
UPLOT = "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f"
#: The contrast that WCAG asks of text (AA).
CONTRAST = 4.5
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", (STATIC / "page.css").read_text()
    )
}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []
        self.feed(INDEX)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_nothing_in_the_page_is_inline():
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", INDEX, re.S)
    assert scripts
    assert not any(map(str.strip, scripts))
    assert "<style" not in INDEX
    for tag, attributes in Tags().tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")], tag


def test_everything_the_page_names_is_there():
    named = [
        a[k] for _, a in Tags().tags for k in ("src", "href") if a.get(k, "").startswith("/static/")
    ]
    assert len(named) >= 6
    for address in named:
        assert (STATIC / address.removeprefix("/static/")).is_file(), address


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_file_names_another_site(path):
    assert set(re.findall(r"https?://[^\s\"'<>)]+", path.read_text())) <= {
        "http://www.w3.org/2000/svg"
    }


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_files_stay_readable(path):
    assert len(path.read_text().splitlines()) <= 250


def test_every_module_names_what_it_uses_of_another():
    for path in OURS:
        for names, module in re.findall(
            r"import \{([^}]*)\} from \"\./([\w.]+)\"", path.read_text()
        ):
            text, body = (STATIC / module).read_text(), path.read_text()
            for name in map(str.strip, names.split(",")):
                assert re.search(
                    rf"export (async )?(const|function|class) {re.escape(name)}(?!\w)", text
                ), (path, name)
                assert len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", body)) > 1, (
                    f"{path.name} has no use for {name}"
                )


def test_the_table_stands_where_no_script_runs():
    inside = re.search(r"<noscript><main.*?</noscript>", INDEX, re.S)
    assert inside
    assert inside.group().count("{{table}}") == INDEX.count("{{table}}") == 1


def test_uplot_is_the_one_it_says_and_brings_its_licence():
    script = (STATIC / "uplot" / "uPlot.iife.min.js").read_bytes()
    assert b"(v1.6.32)" in script[:100]
    assert sha256(script).hexdigest() == UPLOT
    assert "MIT License" in (STATIC / "uplot" / "LICENSE").read_text()


def _codes(table):
    text = (STATIC / "words.js").read_text()
    body = re.search(rf"export const {table} = {{(.*?)\n}};", text, re.S)
    assert body
    return dict(re.findall(r"^  (\w+): (\".*\"),$", body.group(1), re.M))


@pytest.mark.parametrize(
    ("table", "codes"), [("REASONS", vocabulary.REASONS), ("LIMITS", vocabulary.LIMITS)]
)
def test_the_page_has_words_for_every_code(table, codes):
    words = _codes(table)
    assert set(words) == set(codes) - {"none"}
    assert all(json.loads(word) for word in words.values())


def _luminance(colour):
    def linear(part):
        share = int(part, 16) / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """The contrast of WCAG 2.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


WORDS = ("text", "quiet", "good", "watch", "bad", "none", "loss", "rate", "arm-half", "arm-double",
         "arm-fixed", "person", "alarm")  # fmt: skip


@pytest.mark.parametrize(("name", "on", "theme"), [*product(WORDS, ("paper", "raised"), (0, 1))])
def test_every_word_can_be_read(name, on, theme):
    assert contrast(COLOURS[name][theme], COLOURS[on][theme]) >= CONTRAST
