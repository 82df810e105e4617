"""What is raised where a backtest cannot be run as asked."""

from __future__ import annotations


class Refused(ValueError):
    """The backtest cannot be run on what it was given; the message says what to change."""
