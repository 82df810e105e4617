import re
from dataclasses import dataclass
from pathlib import Path

from lrcontrol.config import reference
from lrcontrol.config.changes import LIVE
from lrcontrol.config.schema import json_schema

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
REMAKE = "python -m lrcontrol.config.reference > docs/configuration.md"


def keys(schema):
    """Return every key that a schema knows, however deep."""
    found = set()
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        found |= set(properties) if "additionalProperties" in schema else set()
        found = found.union(*map(keys, schema.values()))
    elif isinstance(schema, list):
        found = found.union(*map(keys, schema))
    return found


def test_the_page_is_that_of_the_code():
    assert PAGE.read_text() == reference.reference(), REMAKE


def test_every_key_of_the_schema_is_in_it():
    told = set(re.findall(r"^\| `(\w+)`", PAGE.read_text(), re.M))
    assert keys(json_schema()) - {"type", "class"} <= told


def test_every_link_leads_somewhere():
    text = PAGE.read_text()
    headings = {reference._slug(title) for title in re.findall(r"^## (.+)$", text, re.M)}
    assert {*re.findall(r"\]\(#([^)]+)\)", text)} <= headings


def test_what_is_live_says_so():
    rows = [line for line in PAGE.read_text().splitlines() if "| yes |" in line]
    told = {row.split("`")[1] for row in rows}
    named = {path.rpartition(".")[2] for path in LIVE} - {"*"}
    assert named <= told
    assert {"level", "records", "hourly", "write_file"} <= told
    assert "dir" not in told


@dataclass(frozen=True)
class Cut:
    """Cut the rate.

    Parameters
    ----------
    factor
        How much is left, ``a|b``.
    """

    factor: float | None = None


def test_a_row_says_what_the_code_says():
    page = "\n".join(reference._section(reference.Part("Cut", "models.<name>.cut", Cut), []))
    assert page == (
        "## Cut\n\nCut the rate.\n\n| key | | default | live | |\n|---|---|---|---|---|\n"
        "| `factor` | number | `null` |  | How much is left, `a\\|b`. |\n"
    )
