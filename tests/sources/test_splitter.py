"""Lines are the same wherever the chunks end, and memory is bounded."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lrcontrol.decode import Rows
from lrcontrol.sources.splitter import EXCESS, Splitter


def split(chunks, cap=100, **options):
    splitter = Splitter(cap, **options)
    lines, ends = [], []
    for chunk in (*chunks, None):
        if chunk is None:
            splitter.finish()
        else:
            splitter.feed(chunk)
        while splitter:
            some, after = splitter.take(2)
            lines.extend(some)
            ends.extend(after)
    return lines, ends


def reference(content, cap):
    """The slow way: offsets after lines that are not empty, CR of a line end removed."""
    found, offset = [], 0
    for raw in content.splitlines(keepends=True) if b"\r" not in content else pieces(content):
        offset += len(raw)
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        if line:
            found.append((line, offset))
    return found


def pieces(content):
    *ended, last = content.split(b"\n")
    return [part + b"\n" for part in ended] + ([last] if last else [])


def chunked(content, cuts):
    edges = sorted({0, len(content), *(cut % (len(content) + 1) for cut in cuts)})
    return [content[a:b] for a, b in pairwise(edges)]


contents = st.text("ab\r\n", max_size=60).map(str.encode)
cuts = st.lists(st.integers(min_value=0, max_value=60), max_size=12)


@given(content=contents, cuts=cuts)
def test_chunks_do_not_matter(content, cuts):
    lines, ends = split(chunked(content, cuts))
    assert list(zip(lines, ends, strict=True)) == reference(content, 100)


@given(content=contents, cuts=cuts, cap=st.integers(min_value=0, max_value=5))
def test_a_long_line_is_seen_to_be_long(content, cuts, cap):
    lines, ends = split(chunked(content, cuts), cap)
    expected = reference(content, cap)
    assert ends == [end for _, end in expected]
    for line, (whole, _) in zip(lines, expected, strict=True):
        assert len(line) <= cap + EXCESS
        assert (len(line) > cap) == (len(whole) > cap)
        assert line == whole[: len(line)]
        assert len(whole) > cap or line == whole


@given(content=contents, cuts=cuts, skip=st.integers(min_value=0, max_value=70))
def test_counted_and_skipped_lines(content, cuts, skip):
    numbered = [
        (line.removesuffix(b"\r"), number)
        for number, line in enumerate(content.split(b"\n"), start=1)
        if line.removesuffix(b"\r")
    ]
    lines, ends = split(chunked(content, cuts), count_lines=True, skip=skip)
    assert list(zip(lines, ends, strict=True)) == [row for row in numbered if row[1] > skip]


def test_what_is_kept_of_a_line_without_end_is_bounded():
    splitter = Splitter(cap=10)
    for _ in range(1000):
        splitter.feed(b"x" * 1000)
    assert len(splitter._partial) == 10 + EXCESS
    splitter.feed(b"\nshort\n")
    lines, ends = splitter.take(5)
    assert [len(line) for line in lines] == [10 + EXCESS, 5]
    assert ends == [1_000_001, 1_000_007]


def test_the_header_goes_in_front_of_each_batch():
    splitter = Splitter(100, headed=True)
    splitter.feed(b"\na,")
    splitter.feed(b"y\n1,2\n3,4\n5,6\n")
    taken = [splitter.take(2), splitter.take(2)]
    assert [(rows.header, list(rows), ends) for rows, ends in taken] == [
        (b"a,y", [b"1,2", b"3,4"], [9, 13]),
        (b"a,y", [b"5,6"], [17]),
    ]
    assert all(isinstance(rows, Rows) for rows, _ in taken)
