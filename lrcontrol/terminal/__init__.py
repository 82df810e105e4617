"""What a person at a terminal sees of a status: a live view while it runs, a summary at its end."""

from lrcontrol.terminal.live import Live
from lrcontrol.terminal.summary import print_summary, summary

__all__ = ["Live", "print_summary", "summary"]
