"""Results kept on disk under a digest of all they depend on, so that a run can be resumed."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import lrcontrol


def kept(folder: Path, name: str, depends: str, compute: Callable[[], Any]) -> Any:
    """Return the result of ``compute``, a JSON value, from the folder where it is there already."""
    digest = hashlib.sha256(depends.encode()).hexdigest()[:24]
    path = folder / f"{name.replace(' ', '_')}-{digest}.json"
    if path.exists():
        return json.loads(path.read_text())
    text = json.dumps(compute())
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    part.write_text(text)
    part.rename(path)  # whole or not at all
    return json.loads(text)  # the same types as the next time: a digest may be taken of them


@cache
def everything() -> str:
    """Return a digest of the package's sources: what a controller's figures depend on."""
    digest = hashlib.sha256()
    for path in sorted(Path(lrcontrol.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def closure(*modules: str) -> str:
    """Return a digest of modules of the package and of all of it that they import, one by one.

    So that another kernel can be written without the oracles being computed anew.
    """
    found: dict[str, bytes] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        spec = find_spec(name)
        if name in found or spec is None or spec.origin is None:
            continue
        found[name] = Path(spec.origin).read_bytes()
        waiting += re.findall(r"^from (lrcontrol[.\w]+) import", found[name].decode(), re.M)
    return hashlib.sha256(b"\0".join(found[name] for name in sorted(found))).hexdigest()
