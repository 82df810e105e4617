"""Real streams through the daemon as a person would: ``zcat FILE | lrcontrol run SHORT.yaml``.

For each stream of a folder with a ``manifest.yaml`` (file, task, rows and categorical columns by
name; gzipped CSV with a header and the label in ``y``) a short configuration is written and run in
processes of their own: a linear model on standardised numbers and one-hot categories. One line a
stream, read off the summary that the daemon prints: seconds and records/s leave the start of the
process out, the loss is the progressive mean over the stream, the baseline that of no skill.

A stream fails when the daemon does not end with exit 0, when a row was not read, or was neither
learned nor rejected, or when the model failed. A loss that diverged is shown and counted as such,
but fails nothing: no loss is promised here.

- ``--quick``: the first 1,000 rows of each, as many at a time as there are cores; under 50 s
  where the cores are idle, nearly all of it the start of 22 processes.
- ``--term``: SIGTERM in the middle of each stream as well, while its writer goes on writing: exit
  0, the summary, within 5 s. With ``--quick`` in the smallest stream of each task only.

    python benchmarks/streams.py [--quick] [--term] [--streams ../shared/streams]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml
from piped import Ended, Stream, configuration, faults, run, streams, terminate

BESIDE = Path(__file__).parents[2] / "shared" / "streams"
#: Rows of each stream with ``--quick``: enough to leave the start behind.
QUICK_ROWS = 1000
#: Columns of the output and their widths, negative where the text stands left.
COLUMNS = {
    "stream": -19,
    "task": -10,
    "read": 6,
    "rejected": 8,
    "seconds": 7,
    "records/s": 9,
    "loss": 10,
    "baseline": 10,
    "skill": 7,
    "rate": 19,
    "state": -7,
}


def line(cells: Mapping[str, str]) -> str:
    """Return a line of the output."""
    padded = (
        cells.get(title, "-").ljust(-width) if width < 0 else cells.get(title, "-").rjust(width)
        for title, width in COLUMNS.items()
    )
    return "  ".join(padded)


def watch(runs: Iterator[Ended]) -> dict[str, Any]:
    """Print a line for each run as soon as it is there; return the figures of all."""
    codes: Counter[str] = Counter()
    diverged, failed, slowest = [], [], 0.0
    read = rejected = 0
    for ended in runs:
        figures, told = ended.figures(), "; ".join(faults(ended))
        stop = "" if ended.stopping is None else f"  stopped in {ended.stopping:.2f} s"
        cells = figures | {"stream": ended.stream.name, "task": ended.stream.task}
        print(line(cells) + stop + (f"  FAILED: {told}" if told else ""), flush=True)
        codes[str(ended.code)] += 1
        read += int(figures.get("read", 0))
        rejected += int(figures.get("rejected", 0))
        slowest = max(slowest, ended.stopping or 0.0)
        failed += [ended.stream.name] if told else []
        diverged += [ended.stream.name] if figures.get("loss") == "diverged" else []
    return {
        "runs": codes.total(),
        "exit_codes": codes,
        "rows": read,
        "rejected": rejected,
        "failed": failed,
        "diverged": diverged,
        "slowest_stop": round(slowest, 3),
    }


def smallest(chosen: Sequence[Stream]) -> list[Stream]:
    """Return the smallest stream of each task."""
    ordered = sorted(chosen, key=lambda stream: -stream.rows)
    return list({stream.task: stream for stream in ordered}.values())


def measure(options: argparse.Namespace, configs: Path) -> dict[str, Any]:
    """Run everything that is asked for; return the figures."""
    jobs = os.cpu_count() or 1 if options.quick else 1
    chosen = streams(options.streams, QUICK_ROWS if options.quick else None)

    def every(work: Callable[[Stream, Path], Ended], some: Sequence[Stream]) -> Iterator[Ended]:
        for stream in some:
            text = yaml.safe_dump(configuration(stream, options.controller, options.rate))
            (configs / f"{stream.name}.yaml").write_text(text)
        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(lambda s: work(s, configs / f"{s.name}.yaml"), some)

    print(line({title: title for title in COLUMNS}))
    figures = {"streams": watch(every(run, chosen))}
    if options.term:
        whole = [stream._replace(limit=None) for stream in chosen]
        figures["term"] = watch(every(terminate, smallest(whole) if options.quick else whole))
    return figures


def main() -> None:
    """Run the streams and print a line each, then one line of JSON; exit 1 where one failed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="1,000 rows of each: under 50 s")
    parser.add_argument("--term", action="store_true", help="also stop them in the middle")
    parser.add_argument("--controller", default="bold_driver", help="what moves the rate")
    parser.add_argument("--rate", type=float, default=0.01, help="initial rate")
    parser.add_argument(
        "--streams",
        type=Path,
        default=os.environ.get("LRCONTROL_STREAMS", BESIDE),
        help="folder with a manifest.yaml (default: $LRCONTROL_STREAMS, or ../shared/streams)",
    )
    options = parser.parse_args()
    if not (options.streams / "manifest.yaml").is_file():
        print(f"no {options.streams / 'manifest.yaml'}: give a folder of streams with --streams")
        print(json.dumps({"skipped": f"no {options.streams / 'manifest.yaml'}"}))
        return
    with tempfile.TemporaryDirectory() as configs:
        figures = measure(options, Path(configs))
    print(json.dumps(figures))
    sys.exit(any(part["failed"] for part in figures.values()))


if __name__ == "__main__":
    main()
