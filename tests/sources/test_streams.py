"""Real streams, where they are at hand: the lines of twenty-two files become records."""

from __future__ import annotations

import gzip
import os
from itertools import islice
from pathlib import Path

import pytest
import yaml

from lrcontrol.sources.base import EndOfStream
from lrcontrol.sources.file import File
from lrcontrol.sources.lines import Lines

BESIDE = Path(__file__).parents[3] / "shared" / "streams"
STREAMS = Path(os.environ.get("LRCONTROL_STREAMS", BESIDE))  # .ci/run tests a copy somewhere else
MANIFEST = STREAMS / "manifest.yaml"
#: Records of each file; all of them, twice, would take ten seconds.
SAMPLE = 500
#: Bytes written to a pipe at once, less than it holds.
WRITTEN = 60_000

pytestmark = pytest.mark.skipif(not MANIFEST.is_file(), reason="../shared/streams is not there")
STORIES = yaml.safe_load(MANIFEST.read_text())["streams"] if MANIFEST.is_file() else {"none": {}}


@pytest.mark.parametrize("name", STORIES)
def test_every_line_is_a_record_from_the_file_and_from_a_pipe(name, pipe):
    story = STORIES[name]
    path = STREAMS / story["file"]
    records = read(File(path=str(path), limit=SAMPLE))
    assert len(records) == SAMPLE
    for record in records:
        assert len(record.x) == story["features"]
        text = {name for name, value in record.x.items() if isinstance(value, str)}
        assert text == set(story["categorical"])
    with gzip.open(path) as lines:
        content = b"".join(islice(lines, SAMPLE + 1))
    assert piped(content, *pipe()) == records


def piped(content, path, writer):
    settings = Lines(path=path, format="csv")
    source, decoder, records = settings.build(), settings.decoder(), []
    source.open({})
    for at in range(0, len(content), WRITTEN):
        os.write(writer, content[at : at + WRITTEN])
        while batch := source.poll(64, 0):
            records.extend(decoder.decode(batch).records)
    source.close()
    return records


def read(settings):
    source, decoder, records = settings.build(), settings.decoder(), []
    source.open({})
    try:
        while True:
            found = decoder.decode(source.poll(64, 0))
            assert found.rejected == []
            records.extend(found.records)
    except EndOfStream:
        source.close()
        return records
