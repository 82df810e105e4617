"""The pages for people: that they lead where they say, and say what the code does."""

import re
from pathlib import Path

import click
import pytest

from lrcontrol.cli import cli
from lrcontrol.commands import connected, loading, run
from lrcontrol.config.changes import LIVE, STEERED
from lrcontrol.config.reference import _slug

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md"])
LINK = re.compile(r"\]\(([^)\s]+)\)")


def links(page):
    found = LINK.findall(re.sub(r"```.*?```", "", page.read_text(), flags=re.S))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def headings(page):
    return {_slug(title) for title in re.findall(r"^#+ (.+)$", page.read_text(), re.M)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for link in links(page):
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if heading:
            assert heading in headings(target), link


def test_every_page_is_in_the_index():
    listed = {link for link in links(DOCS / "README.md") if link.endswith(".md")}
    assert {page.name for page in DOCS.glob("*.md")} - {"README.md"} <= listed


def test_exit_codes_are_those_of_the_code():
    told = set(re.findall(r"^\| ([\d, ]+) \|", (DOCS / "operations.md").read_text(), re.M))
    codes = {int(code) for cell in told for code in cell.split(",")}
    ours = {run.FAILED, run.NO_CHECKPOINT, run.LOCKED, loading.BAD_CONFIG}
    assert codes == ours | {0, 2, connected.UNAVAILABLE, connected.DENIED}


def test_what_is_live_is_told():
    text = (DOCS / "operations.md").read_text()
    section = text[text.index("| live |") : text.index("A rate outside new limits")]
    names = {part for path in (*LIVE, *STEERED) for part in path.split(".")} - {"*", "models"}
    assert all(name in section for name in names)


def unknown(text):
    """Return the commands of ours that a text gives and that are none."""
    named = re.findall(r"(?:^|`|&& |exec lrcontrol )lrcontrol ([a-z][a-z-]+)", text, re.M)
    return {name for name in named if name not in cli.list_commands(click.Context(cli))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page):
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(), re.S)
    spans = re.findall(r"`[^`\n]+`", page.read_text())
    assert unknown("\n".join([*blocks, *spans])) == set()


def test_a_command_that_is_not_there_would_be_told():
    assert unknown("see `lrcontrol explian fare`, or\nlrcontrol status") == {"explian"}
