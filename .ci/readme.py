"""Print each sh block of the README, one a line, for .ci/run to run as written."""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"

for block in re.findall(r"^```sh\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE):
    lines = [line for line in block.splitlines() if line and not line.startswith("#")]
    sys.stdout.write("; ".join(lines).replace("\\; ", "") + "\n")
