"""The soak's figures are those of the tenths they are said to be of."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def soak():
    path = Path(__file__).parents[1] / "benchmarks" / "soak.py"
    spec = importlib.util.spec_from_file_location("soak", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def looks(soak, last_rss: int, last_speed: float):
    """Return a look every 1 % of 1,000 records; the last tenth is as told."""
    found, cpu = [], 0.0
    for at in range(1, 101):
        late = at > 90
        cpu += 1.0 / (last_speed if late else 1.0)
        rss = last_rss if late else 500 if at < 10 else 1000
        found.append(soak.Look(10 * at, cpu, 1024 * rss, 9 + late, 5, 100 + late, at))
    return found


def test_growth_and_speed_are_of_the_last_tenth(soak, capsys):
    found = soak.figures(looks(soak, 1100, 0.5), 1000)
    assert (found["records"], found["rss_mb"], found["rss_growth"]) == (1000, 1100.0, 1.1)
    assert found["speed"] == pytest.approx(0.5, rel=0.1)
    assert (found["descriptors"], found["threads"]) == (1, 0)
    assert found["checkpoint_growth"] == 1.01
    assert "by tenths" in capsys.readouterr().out


def test_the_warm_up_does_not_count(soak, capsys):
    assert soak.figures(looks(soak, 1000, 1.0), 1000)["rss_growth"] == 1.0
    capsys.readouterr()
