"""What it costs to be asked: a daemon's speed of learning with and without clients, in turn.

A daemon learns a file over and over, as fast as it can. In turn it is left alone, and asked for
``GET /metrics`` each second, a stream of events and 100 predictions a second, begun by the clock
whether the last has been answered or not; on connections that are kept, as HTTP clients do, or with
``--anew`` on a new one for each. The ratio is that of the records learned in the two halves of each
round, the median of the rounds; the times are those from asking (with ``--anew``, connecting) to
the end of the answer, in a process of its own. On a machine that others use
too the ratio says little: a daemon with a third of a processor spends three times the share of it
on the same clients. ``left_of_a_processor`` is then the one to look at: 1 less the processor time
a second that the daemon used in the busy half beyond that of the records it learned, at the price
of a record in the quiet half.

In the full run 1,000 clients then connect that send nothing, half a header, half a body, or one
byte after the other: when the last of them is hung up on, how fast the daemon learns and how long
it takes to answer an honest client, meanwhile.

    python benchmarks/api.py [--quick] [--anew] [--rounds 10] [--seconds 4]

Aims: ratio >= 0.9; with slow clients >= 0.8, an honest p99 <= 500 ms, all closed within 10 s. The
clients run on the same machine and take its time too: with two cores free they cost nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

FEATURES = 10
ROWS = 50_000
#: Predictions a second, and seconds between two scrapes.
PREDICTIONS = 100
SCRAPE = 1.0
SLOW_CLIENTS = 1000
#: Seconds within which slow clients must be gone.
GONE = 10.0
#: Seconds for the start, which compiles kernels.
PATIENCE = 120.0
CONFIG = """
version: 1
sources: {{rows: {{type: file, path: {folder}/rows.ndjson, repeat: 0}}}}
models:
  m:
    pipeline:
      - class: preprocessing.StandardScaler
      - class: linear_model.LinearRegression
    controller: {{type: auto}}
http: {{listen: "127.0.0.1:0"}}
log: {{format: json}}
"""


class Daemon(NamedTuple):
    """Where it listens, and its process."""

    port: int
    pid: int

    @property
    def processor(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Speed(NamedTuple):
    """Records learned, and processor time used, a second."""

    records: float
    processor: float


@contextmanager
def daemon(folder: Path) -> Iterator[Daemon]:
    """Give a daemon that learns."""
    dice = random.Random(7)
    weights = [dice.gauss(0, 1) for _ in range(FEATURES)]
    with (folder / "rows.ndjson").open("w") as rows:
        for _ in range(ROWS):
            x = [dice.gauss(0, 1) for _ in weights]
            y = sum(map(float.__mul__, weights, x)) + dice.gauss(0, 0.1)
            rows.write(json.dumps({**{f"x{i}": v for i, v in enumerate(x)}, "y": y}) + "\n")
    (folder / "daemon.yaml").write_text(CONFIG.format(folder=folder))
    command = [sys.executable, "-m", "lrcontrol", "run", str(folder / "daemon.yaml")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield Daemon(port_of(folder / "log"), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)


def port_of(log: Path) -> int:
    """Return the port that a log names, once the daemon has started."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        text = log.read_text()
        found = re.search(r'"address": "http://[^"]*:(\d+)"', text)
        if found and '"event": "started"' in text:
            return int(found[1])
        time.sleep(0.1)
    raise SystemExit(f"the daemon did not start:\n{text[-2000:]}")


async def ask(port: int, request: bytes) -> bytes:
    """Return the whole answer to a request on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()


class Kept:
    """Connections to a daemon that are kept; one more is opened when none is free."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: bytes) -> bytes:
        """Return the whole answer to a request."""
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                break
            writer.close()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        body = await reader.readexactly(int(length[1]) if length else 0)
        self._free.append((reader, writer))
        return head + body

    def close(self) -> None:
        """Close them."""
        for _, writer in self._free:
            writer.close()


def get(path: str) -> bytes:
    """Return a request for a path."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


def question(anew: bool) -> bytes:
    """Return a request for a prediction."""
    body = json.dumps({"x": {f"x{i}": 0.5 for i in range(FEATURES)}}).encode()
    head = "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    kept = "Connection: close\r\n" if anew else ""
    return f"{head}{kept}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def steps(port: int) -> tuple[int, float]:
    """Return the records learned so far, and when."""
    answer = b""
    while not answer:  # hung up on, among too many others
        with suppress(ConnectionError):
            answer = await ask(port, get("/api/v1/models/m"))
    return json.loads(answer.partition(b"\r\n\r\n")[2])["steps"], time.perf_counter()


async def speed(there: Daemon, seconds: float) -> Speed:
    """Return how fast it learns, over some seconds."""
    used = there.processor
    before, began = await steps(there.port)
    await asyncio.sleep(seconds)
    after, ended = await steps(there.port)
    took = ended - began
    return Speed((after - before) / took, (there.processor - used) / took)


async def predictions(port: int, took: list[float], anew: bool) -> None:
    """Ask for predictions by the clock, until cancelled."""
    request, kept = question(anew), Kept(port)
    due = time.perf_counter()

    async def one() -> None:
        began = time.perf_counter()
        answer = await (ask(port, request) if anew else kept.ask(request))
        well = answer.startswith(b"HTTP/1.1 200")
        took.append(time.perf_counter() - began if well else math.inf)

    with closing(kept):
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(one())
                due += 1.0 / PREDICTIONS
                await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def scrapes(port: int, took: list[float]) -> None:
    """Scrape by the clock, until cancelled."""
    while True:
        began = time.perf_counter()
        await ask(port, get("/metrics"))
        took.append(time.perf_counter() - began)
        await asyncio.sleep(SCRAPE)


async def events(port: int) -> None:
    """Read events, until cancelled."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(get("/api/v1/events"))
        while await reader.read(65536):
            pass
    finally:
        writer.close()


class Times(NamedTuple):
    """Seconds until there was an answer, infinite where it was not the one wanted."""

    predictions: list[float]
    scrapes: list[float]


async def loaded(there: Daemon, seconds: float, times: Times, anew: bool) -> Speed:
    """Return how fast it learns while clients ask."""
    port = there.port
    asking = predictions(port, times.predictions, anew)
    clients = [asking, scrapes(port, times.scrapes), events(port)]
    tasks = [asyncio.create_task(client) for client in clients]
    try:
        return await speed(there, seconds)
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def rounds(there: Daemon, count: int, seconds: float, anew: bool) -> dict[str, Any]:
    """Return what being asked costs, from rounds of with and without, each first in turn."""
    times = Times([], [])
    ratios, left = [], []
    for number in range(count):
        pair = {}
        for busy in (False, True) if number % 2 else (True, False):
            one = loaded(there, seconds, times, anew) if busy else speed(there, seconds)
            pair[busy] = await one
        price = pair[False].processor / pair[False].records
        ratios.append(pair[True].records / pair[False].records)
        left.append(1.0 - (pair[True].processor - price * pair[True].records))
        told = f"{ratios[-1]:.3f} of its speed alone, {left[-1]:.3f} of a processor left"
        print(f"round {number + 1}: {told}", flush=True)
    took = times.predictions
    return {
        "ratio": round(median(ratios), 4),
        "left_of_a_processor": round(median(left), 4),
        "ratios": [round(ratio, 3) for ratio in ratios],
        "predictions": len(took),
        "unanswered": took.count(math.inf),
        "predict_p50_ms": quantile(took, 0.5),
        "predict_p99_ms": quantile(took, 0.99),
        "scrape_p50_ms": quantile(times.scrapes, 0.5),
    }


def quantile(seconds: list[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    return round(1e3 * sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))], 2)


async def slow_client(port: int, kind: int) -> float:
    """Return the seconds until a client that never comes to an end is hung up on."""
    said = (b"", get("/livez")[:30], question(anew=True)[:-5], b"")[kind]
    began = time.perf_counter()
    with suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(6 * GONE):  # one that is forgotten is not waited for
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            ended = asyncio.create_task(reader.read())
            while kind == 3 and not ended.done():
                writer.write(b"G")
                await asyncio.wait([ended], timeout=1.0)
            await ended
            writer.close()
    return time.perf_counter() - began


async def honest(port: int, took: list[float]) -> None:
    """Ask for the health ten times a second, until cancelled."""
    while True:
        began = time.perf_counter()
        answer = b""
        with suppress(ConnectionError):
            answer = await ask(port, get("/livez"))
        well = answer.startswith(b"HTTP/1.1 200")
        took.append(time.perf_counter() - began if well else math.inf)
        await asyncio.sleep(0.1)


async def slow(there: Daemon, seconds: float) -> dict[str, Any]:
    """Return what slow clients cost, and how long they are borne with."""
    port, alone = there.port, await speed(there, seconds)
    took: list[float] = []
    clients = [asyncio.create_task(slow_client(port, n % 4)) for n in range(SLOW_CLIENTS)]
    asking = asyncio.create_task(honest(port, took))
    beset = await speed(there, seconds)
    gone = await asyncio.gather(*clients)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    return {
        "slow_ratio": round(beset.records / alone.records, 4),
        "slow_gone_s": round(max(gone), 2),
        "honest": len(took),
        "honest_unanswered": took.count(math.inf),
        "honest_p50_ms": quantile(took, 0.5),
        "honest_p99_ms": quantile([one for one in took if one < math.inf], 0.99),
    }


def main() -> None:
    """Print the figures; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="few rounds: under 50 s")
    parser.add_argument("--anew", action="store_true", help="each prediction connects anew")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each half of a round")
    options = parser.parse_args()
    count, seconds = (4, 2.5) if options.quick else (options.rounds, options.seconds)
    with tempfile.TemporaryDirectory() as folder, daemon(Path(folder)) as there:
        asyncio.run(speed(there, 1.0))  # what compiles late has compiled
        told = asyncio.run(rounds(there, count, seconds, options.anew))
        if not options.quick:
            told |= asyncio.run(slow(there, GONE))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
