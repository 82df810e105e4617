"""The page at ``/``: static files for a browser, and a table for one without JavaScript."""

from pathlib import Path

from lrcontrol.page.table import render

#: Where the files lie that the server gives out under ``/static/``; ``index.html`` is ``/`` itself.
STATIC = Path(__file__).parent / "static"

__all__ = ["STATIC", "render"]
