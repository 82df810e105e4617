"""The command ``lrcontrol run``: the daemon in the foreground, until it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from lrcontrol.commands.connected import FAILED, end
from lrcontrol.commands.loading import loaded, overridden, refuse
from lrcontrol.config import ConfigError
from lrcontrol.signals import Stop

#: Exit codes besides 0 and ``FAILED``, those of sysexits on which a supervisor should not try
#: again: EX_DATAERR where no checkpoint can be used, EX_CANTCREAT where another daemon has the
#: folder.
NO_CHECKPOINT = 65
LOCKED = 73

QUICK_START = Path(__file__).parents[1] / "quickstart.yaml"


@click.command()
@click.argument("config", type=click.Path(path_type=Path), required=False, default=QUICK_START)
@click.option("--once", is_flag=True, help="Stop at the end of the input.")
@click.option("--source", type=click.Choice(["stdin"]), help="Read standard input instead.")
@click.option("--fresh", is_flag=True, help="Give up what was learned, and begin again.")
@overridden
@click.pass_obj
def run(
    stop: Stop | None,
    config: Path,
    once: bool,
    source: str | None,
    fresh: bool,
    overrides: Sequence[str],
) -> None:
    """Learn what CONFIG describes (without one: the quick start) until stopped."""
    settings = loaded(config, overrides, stdin=source is not None, environment=True)
    from rich.console import Console
    from structlog import get_logger

    from lrcontrol import log
    from lrcontrol.checkpoint.disk import Locked
    from lrcontrol.checkpoint.keys import KeyUnusable
    from lrcontrol.checkpoint.recovery import NothingUsable
    from lrcontrol.daemon import Daemon
    from lrcontrol.operating.reloading import Origin
    from lrcontrol.progress import Progress
    from lrcontrol.sources.base import SourceFailed
    from lrcontrol.terminal import Live, print_summary

    log.configure(settings.log.level, settings.log.format)
    origin = Origin(config, overrides, source is not None)
    daemon = Daemon(settings, stop or Stop(), once, fresh, origin=origin)
    progress = Progress(get_logger("lrcontrol"), time.monotonic)
    began, failure = time.monotonic(), ""
    try:
        with Live(Console(stderr=True)) as live:
            daemon.run(live.show if live.active else progress.show)
    except ConfigError as error:  # what only building a model can tell
        refuse(error)
    except (NothingUsable, KeyUnusable) as error:
        end(str(error), NO_CHECKPOINT)
    except Locked as error:
        end(str(error), LOCKED)
    except (SourceFailed, OSError) as error:
        failure = str(error)
    status = daemon.status()
    if status.models:
        rates = {name: model.initial_rate for name, model in settings.models.items()}
        print_summary(status, Console(), time.monotonic() - began, rates)
    if failure or (daemon.failed and not status.stopping):
        click.echo(f"lrcontrol: {failure or 'a model failed, see above'}", err=True)
        raise SystemExit(FAILED)
