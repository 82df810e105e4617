"""The benchmark of controllers runs on any folder with a manifest, and goes on where it was."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def problems(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import problems

    return problems


def test_categories_are_one_hot_in_order_of_appearance(problems):
    columns = {"size": ("1.5", "2", "-1"), "place": ("b", "a", "b")}
    problem = problems.encode("p", "binary", columns, ("yes", "no", "yes"), {"place"})
    assert problem.x.tolist() == [[1.5, 1.0, 0.0], [2.0, 0.0, 1.0], [-1.0, 1.0, 0.0]]
    assert problem.y.tolist() == [1.0, 0.0, 1.0]
    assert problem.classes == 2


@pytest.mark.parametrize(("levels", "columns"), [(50, 50), (51, 51), (60, 51)])
def test_late_levels_share_a_column(problems, levels, columns):
    values = tuple(f"level{i}" for i in range(levels))
    x = problems.encode("p", "regression", {"c": values}, tuple(range(levels)), {"c"}).x
    assert x.shape == (levels, columns)
    assert x.sum(axis=1).tolist() == [1.0] * levels
    assert x[:, -1].sum() == max(levels - 50, 1)


def write(folder: Path, name: str, rows: list[str]) -> dict:
    path = folder / f"{name}.csv.gz"
    path.write_bytes(gzip.compress("\n".join(rows).encode()))
    return {"file": path.name, "rows": len(rows) - 1}


def run(*arguments: str) -> dict:
    ended = subprocess.run(
        [sys.executable, str(BENCHMARKS / "control.py"), *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(BENCHMARKS.parent)},
    )
    return json.loads(ended.stdout.splitlines()[-1])


def test_runs_on_any_folder_with_a_manifest(tmp_path):
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(200, 2)).round(3)
    line = ["a,c,y", *(f"{a},{'uv'[int(b > 0)]},{2 * a + b:.3f}" for a, b in noise)]
    sign = ["a,b,y", *(f"{a},{b},{'up' if a > b else 'down'}" for a, b in noise)]
    streams = {
        "line": write(tmp_path, "line", line) | {"task": "regression", "categorical": ["c"]},
        "sign": write(tmp_path, "sign", sign) | {"task": "binary", "categorical": []},
    }
    (tmp_path / "manifest.yaml").write_text(yaml.safe_dump({"streams": streams}))
    cache = tmp_path / "cache"
    arguments = ("--compiled", "--streams", str(tmp_path), "--cache", str(cache))
    first = run(*arguments)
    kept = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert len(kept) == 4  # two streams, two views
    trace = first["controllers"]["trace scaled"]
    assert trace["n"] == 8  # two streams, four starts
    assert trace["nonfinite"] == 0
    assert trace["median"] < 20.0  # 200 rows are mostly start-up
    assert run(*arguments)["controllers"] == first["controllers"]
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == kept
