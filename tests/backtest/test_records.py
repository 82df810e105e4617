"""Recorded data comes in as the deployed source would bring it, in any of the ways it is kept."""

import gzip
import json

import pytest

from lrcontrol.backtest.records import at_once, like, read, sources_of
from lrcontrol.backtest.refused import Refused
from lrcontrol.config import load
from lrcontrol.decode import Fields
from lrcontrol.sources.base import SourceFailed
from lrcontrol.sources.dataset import Dataset
from lrcontrol.sources.file import File
from lrcontrol.sources.lines import Lines
from lrcontrol.sources.synthetic import Synthetic


def read_file(settings, path, go_on, limit=1000):
    return read(sources_of(settings, settings.models["fare"], path), limit, go_on)


def test_the_same_stream_is_the_same_however_it_is_kept(settings, data, tmp_path, go_on):
    plain = read_file(settings, data, go_on)
    packed = tmp_path / "rides.ndjson.gz"
    packed.write_bytes(gzip.compress(data.read_bytes()))
    table = tmp_path / "rides.csv"
    lines = [json.loads(line) for line in data.read_text().splitlines()]
    table.write_text(
        "a,b,fare\n" + "".join(f"{r['a']!r},{r['b']!r},{r['fare']!r}\n" for r in lines)
    )
    assert len(plain.records) == 300
    assert not plain.cut
    assert plain.records[0].x == {"a": lines[0]["a"], "b": lines[0]["b"]}
    assert plain.records[0].y == lines[0]["fare"]
    for other in (packed, table):
        again = read_file(settings, other, go_on)
        assert (again.digest, again.records) == (plain.digest, plain.records)


def test_one_value_changes_the_digest(settings, data, go_on):
    before = read_file(settings, data, go_on).digest
    data.write_text(data.read_text().replace('"a": 0', '"a": 1', 1))
    assert read_file(settings, data, go_on).digest != before


@pytest.mark.parametrize(("limit", "cut"), [(1, True), (64, True), (299, True), (300, False)])
def test_it_is_said_when_records_were_left_out(settings, data, go_on, limit, cut):
    recorded = read_file(settings, data, go_on, limit)
    assert (len(recorded.records), recorded.cut) == (limit, cut)


def test_what_cannot_be_decoded_is_counted_and_the_first_is_told(settings, data, go_on):
    first, rest = data.read_text().split("\n", 1)
    data.write_text(f'{first}\n{{"a": 1}}\nno json\n{rest}')
    recorded = read_file(settings, data, go_on)
    assert recorded.rejected == {"decode": 1, "schema": 1}
    assert "'fare'" in recorded.example
    assert f"rides.ndjson at {len(first) + 10}" in recorded.example
    assert len(recorded.records) == 300


def test_nothing_to_learn_is_refused_with_the_first_reason(settings, data, go_on):
    data.write_text('{"fair": 1}\n')
    with pytest.raises(Refused, match=r"rides\.ndjson: no record .* has no label 'fare'"):
        read_file(settings, data, go_on)
    data.write_text("")
    with pytest.raises(Refused, match="it is empty"):
        read_file(settings, data, go_on)


def test_a_file_that_is_not_there_fails_with_its_name(settings, tmp_path, go_on):
    with pytest.raises(SourceFailed, match="missing"):
        read_file(settings, tmp_path / "missing.ndjson", go_on)


def test_reading_ends_when_told(settings, data):
    recorded = read(sources_of(settings, settings.models["fare"], data), 1000, lambda done: True)
    assert 0 < len(recorded.records) <= 64
    assert recorded.cut


@pytest.mark.parametrize(
    ("source", "name", "format"),
    [
        (Lines(), "a.csv", "csv"),
        (Lines(), "a.csv.gz", "csv"),
        (Lines(format="csv"), "a.jsonl", "ndjson"),
        (Lines(format="csv"), "a.txt", "csv"),
        (File(path="live.csv"), "yesterday", "csv"),
        (File(path="live.log"), "yesterday", "ndjson"),
        (Dataset("Phishing"), "a.log", "ndjson"),
    ],
)
def test_the_format_is_that_of_the_name_or_of_the_source(source, name, format, tmp_path):
    assert like(source, tmp_path / name).format == format


def test_all_that_says_what_a_record_looks_like_is_kept(tmp_path):
    fields = Fields(label="z", exclude=("b",), categorical=("c",))
    source = Lines(format="csv", columns=("a", "b", "c", "z"), fields=fields, max_record=4096)
    made = like(source, tmp_path / "a.csv")
    assert (made.columns, made.fields, made.max_record) == (source.columns, fields, 4096)
    assert like(source, tmp_path / "a.ndjson").columns is None


def test_a_source_is_read_at_once():
    followed = File(path="a.log", mode="follow", speed=10.0)
    assert at_once("s", followed) == File(path="a.log")
    made_up = Synthetic(seed=1, stream="linear", speed=5.0)
    assert at_once("s", made_up) == Synthetic(seed=1, stream="linear")
    with pytest.raises(Refused, match=r"source s is a pipe.*--data"):
        at_once("s", Lines())


def test_several_sources_take_turns(tmp_path, config, go_on):
    one, two = tmp_path / "one.ndjson", tmp_path / "two.ndjson"
    one.write_text("".join(f'{{"a": 1, "fare": {i}}}\n' for i in range(100)))
    two.write_text("".join(f'{{"a": 2, "fare": {i}}}\n' for i in range(10)))
    text = config.read_text().replace(
        "  rides: {type: lines, fields: {label: fare}}",
        f"  one: {{type: file, path: {one}, fields: {{label: fare}}}}\n"
        f"  two: {{type: file, path: {two}, fields: {{label: fare}}}}",
    )
    config.write_text(text.replace("  fare:\n", "  fare:\n    inputs: [one, two]\n"))
    settings = load(config).settings
    recorded = read_file(settings, None, go_on)
    assert [record.x["a"] for record in recorded.records] == [1.0] * 64 + [2.0] * 10 + [1.0] * 36
    assert recorded.origin == "one, two"
