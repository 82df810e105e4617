"""The command ``lrcontrol backtest``: what the controller would have reached on recorded data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING, NoReturn

import click

from lrcontrol.commands.loading import BAD_CONFIG, loaded, overridden
from lrcontrol.config import ConfigError, ModelSettings, Settings
from lrcontrol.config.problems import nearest
from lrcontrol.signals import Stop

if TYPE_CHECKING:
    from lrcontrol.backtest.records import Recorded
    from lrcontrol.backtest.report import Backtest
    from lrcontrol.backtest.runs import Result, Run

#: Exit codes, as of the other commands; a signal gives 128 and its number, as in shells.
FAILED = 1

#: Records read unless told otherwise: half a minute for a small model.
LIMIT = 50_000
PICTURES = (".png", ".svg")


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File with the records, in the format of the model's source, .gz too; without it the"
    " source itself is read, where it is no pipe.",
)
@click.option("--model", help="Name of the model; the first one of CONFIG without it.")
@click.option("--compare", multiple=True, metavar="NAMES", help="fixed:1e-2,adam,pid,river-default")
@click.option("--starts", metavar="RATES", help="Start rates, such as 1e-5,1e-3,1e-1,10.")
@click.option("--grid", type=click.IntRange(9, 1000), default=17, show_default=True,
              help="Fixed rates tried in hindsight, 1e-6 to 100.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=LIMIT, show_default=True,
              help="Records read at most.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True,
              help="Runs at a time, each in a process.")  # fmt: skip
@click.option("--json", "report", type=click.Path(path_type=Path), help="Write the report here.")
@click.option("--plot", type=click.Path(path_type=Path), help="Draw a picture, .png or .svg.")
@overridden
@click.pass_obj
def backtest(
    stop: Stop | None,
    config: Path,
    data: Path | None,
    model: str | None,
    compare: Sequence[str],
    starts: str | None,
    grid: int,
    limit: int,
    jobs: int,
    report: Path | None,
    plot: Path | None,
    overrides: Sequence[str],
) -> None:
    """Tell what CONFIG's controller would have reached on recorded data.

    Its model learns the records from every start rate, beside the best fixed rate chosen in
    hindsight and whatever else is to be compared.
    """
    stop = stop or Stop()
    settings = loaded(config, overrides)
    name = _chosen(settings, model)
    section = settings.models[name]
    names = list(dict.fromkeys(item for each in compare for item in each.split(",") if item))
    found = [*_unwritable(report, plot)]
    runs = _planned(f"{config} models.{name}", section, _rates(starts), names, grid, found)
    recorded = _read(settings, section, data, limit, stop)
    if not stop.requested:
        results = _results(runs, recorded, jobs, stop)
        _show(_backtest(name, settings, recorded, len(runs), results), report, plot)
    if stop.requested:
        raise SystemExit(128 + Signals[stop.signal])


def _chosen(settings: Settings, model: str | None) -> str:
    if model is None:
        return next(iter(settings.models))
    if model not in settings.models:
        known = list(settings.models)
        hint = nearest(model, known) or f"one of {', '.join(known)}"
        raise click.BadParameter(f"no model {model!r}; {hint}", param_hint="--model")
    return model


def _rates(text: str | None) -> list[float]:
    """Return the rates of a list with commas; none where nothing is given."""
    found = []
    for item in text.split(",") if text else ():
        try:
            rate = float(item)
        except ValueError:
            rate = 0.0
        if not (rate > 0 and isfinite(rate)):
            raise click.BadParameter(f"{item!r} is no rate > 0", param_hint="--starts")
        found.append(rate)
    return list(dict.fromkeys(found))


def _unwritable(report: Path | None, plot: Path | None) -> Iterator[str]:
    """Say what would fail at the end, after all the work."""
    for option, path in (("--json", report), ("--plot", plot)):
        if path is not None and not path.absolute().parent.is_dir():
            yield f"{option} {path}: no such folder; make it, or correct the path"
    if plot is not None and plot.suffix not in PICTURES:
        yield f"--plot {plot}: the name must end in {' or '.join(PICTURES)}"
    if plot is not None and find_spec("matplotlib") is None:
        yield "--plot needs matplotlib: pip install 'lrcontrol[plot]'"


def _planned(
    where: str,
    section: ModelSettings,
    starts: list[float],
    names: Sequence[str],
    grid: int,
    found: list[str],
) -> list[Run]:
    """Return the runs, each kind of them wired once: whatever is wrong is told before reading."""
    from lrcontrol.backtest.plan import plan, problems, starts_for
    from lrcontrol.backtest.runs import wired

    starts = starts or starts_for(section)
    try:
        found += problems(section, starts, names)
        runs = [] if found else plan(section, starts, names, grid)
        for run in {(run.name, run.group): run for run in runs}.values():
            wired(run)
    except ConfigError as error:
        _leave(error, BAD_CONFIG)
    except ValueError as error:  # NotSteerable, a loss that does not fit
        _leave(f"{where}: {error}", BAD_CONFIG)
    if found:
        raise click.UsageError("\n  ".join(found))
    return runs


def _read(
    settings: Settings, section: ModelSettings, data: Path | None, limit: int, stop: Stop
) -> Recorded:
    from rich.console import Console

    from lrcontrol.backtest.progress import told
    from lrcontrol.backtest.records import read, sources_of
    from lrcontrol.backtest.refused import Refused
    from lrcontrol.sources.base import SourceFailed

    try:
        sources = sources_of(settings, section, data)
        with told(Console(stderr=True), "reading", None, stop) as tell:
            return read(sources, limit, tell)
    except (Refused, SourceFailed, OSError) as error:
        _leave(error, FAILED)


def _results(runs: Sequence[Run], recorded: Recorded, jobs: int, stop: Stop) -> list[Result]:
    from rich.console import Console

    from lrcontrol.backtest.jobs import Died, run_all
    from lrcontrol.backtest.progress import told

    records = recorded.records
    with told(Console(stderr=True), "learning", len(runs) * len(records), stop) as tell:
        try:
            return list(run_all(runs, records, jobs, tell))
        except Died as error:
            _leave(error, FAILED)


def _backtest(
    name: str, settings: Settings, recorded: Recorded, planned: int, results: Sequence[Result]
) -> Backtest:
    from hashlib import sha256

    from lrcontrol.backtest.report import Backtest
    from lrcontrol.config import as_yaml, effective
    from lrcontrol.config.kinds import CONTROLLER

    section = settings.models[name]
    digest = sha256(as_yaml(effective(settings)).encode()).hexdigest()
    controller = CONTROLLER.name_of(section.controller)
    return Backtest(
        name, controller, section.initial_rate, recorded, planned, tuple(results), digest
    )


def _show(made: Backtest, report: Path | None, plot: Path | None) -> None:
    from rich.console import Console

    from lrcontrol.backtest.report import as_data
    from lrcontrol.backtest.table import print_backtest

    print_backtest(made, Console())
    try:
        if report is not None:
            report.write_text(json.dumps(as_data(made), allow_nan=False) + "\n")
        if plot is not None and made.results:
            from lrcontrol.backtest.plot import draw

            draw(made, plot)
    except OSError as error:
        _leave(error, FAILED)


def _leave(problem: object, code: int) -> NoReturn:
    click.echo(f"lrcontrol: {problem}" if code == FAILED else str(problem), err=True)
    raise SystemExit(code) from None
