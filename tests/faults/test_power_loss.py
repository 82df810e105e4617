"""Power cuts: whatever the disk kept, a start finds the last durable checkpoint or a newer one."""

from __future__ import annotations

from pathlib import Path

from faults.disks import PowerCut, PowerDisk
from faults.folder import found, pieces, store
from faults.tier import rng, size

FOLDER = Path("/state/checkpoints")
CASES = size(1000, 10_000)
#: Power cuts one after the other on one disk, and checkpoints between two of them.
CUTS = 3
BETWEEN = 12


def test_after_any_power_cut_the_last_durable_checkpoint_is_found_or_a_newer_one():
    cut_inside = 0
    for case in range(CASES // CUTS + 1):
        random = rng(case)
        disk, reported = PowerDisk(random), 0
        for _ in range(CUTS):
            disk.calls_left = random.randrange(180)
            try:
                shelf = store(FOLDER, disk)
                for _ in range(BETWEEN):
                    entry = shelf.write(pieces(reported + 1))
                    reported += 1
                    if reported % 4 == 0:
                        shelf.pin(entry)
            except PowerCut:
                cut_inside += 1
            disk = disk.after_the_cut()
            recovered = found(store(FOLDER, disk))
            assert (recovered.value if recovered else 0) >= reported, f"case {case}"
            reported = recovered.value if recovered else 0
    assert cut_inside > CASES // 2, "too few cuts came inside a write, a pin or a start"
