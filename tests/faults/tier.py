"""How much of the fault harness runs, and from which seed: both from the environment.

``FAULTS=nightly`` runs the full numbers, anything else the quick ones; ``FAULTS_SEED`` replays.
"""

from __future__ import annotations

import os
import random

NIGHTLY = os.environ.get("FAULTS") == "nightly"
SEED = int(os.environ.get("FAULTS_SEED", "20261122"))


def size(quick: int, nightly: int) -> int:
    """Return how many cases to run."""
    return nightly if NIGHTLY else quick


def rng(case: object) -> random.Random:
    """Return the random numbers of a case; a failed assertion should show the case."""
    return random.Random(f"{SEED} {case}")
