"""Print each sh block of the README as it is written, ended by a NUL, for .ci/run to run."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"

for block in re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE):
    sys.stdout.write(f"{block}\0")
