"""The page at ``/``: what the on-call looks at, as static files, and as a table without JavaScript."""

from pathlib import Path

from lrcontrol.page.table import render

#: Where the files lie that the server gives out under ``/static/``; ``index.html`` is ``/`` itself.
STATIC = Path(__file__).parent / "static"

__all__ = ["STATIC", "render"]
