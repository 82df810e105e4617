"""The way in: signal handlers first, then everything that takes time to import."""

from __future__ import annotations

from lrcontrol.signals import Stop


def main() -> None:
    """Run the command line; the process ends with the command's exit code."""
    stop = Stop().install()
    from lrcontrol.cli import cli  # only now: a signal during these imports must already be heard

    cli(obj=stop, prog_name="lrcontrol")


if __name__ == "__main__":
    main()
