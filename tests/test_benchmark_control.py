"""The benchmark of controllers runs on any folder with a manifest, and goes on where it was."""

import argparse
import gzip
import importlib.util
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


def ended(*arguments: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(BENCHMARKS.parent), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / "control.py"), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


def run(*arguments: str) -> dict:
    done = ended(*arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(200, 2)).round(3)
    line = ["a,c,y", *(f"{a},{'uv'[int(b > 0)]},{2 * a + b:.3f}" for a, b in noise)]
    sign = ["a,b,y", *(f"{a},{b},{'up' if a > b else 'down'}" for a, b in noise)]
    streams = {
        "line": write(tmp_path, "line", line) | {"task": "regression", "categorical": ["c"]},
        "sign": write(tmp_path, "sign", sign) | {"task": "binary", "categorical": []},
    }
    (tmp_path / "manifest.yaml").write_text(yaml.safe_dump({"streams": streams}))
    return tmp_path


def test_runs_on_any_folder_with_a_manifest(folder):
    cache = folder / "cache"
    arguments = ("--compiled", "--streams", str(folder), "--cache", str(cache))
    first = run(*arguments)
    kept = {path: path.stat().st_mtime_ns for path in cache.iterdir()}
    assert len(kept) >= 8  # two streams, two views: the oracles, and every compiled controller
    assert len(kept) % 4 == 0
    trace = first["controllers"]["trace scaled"]
    assert trace["n"] == 8  # two streams, four starts
    assert trace["nonfinite"] == 0
    assert trace["median"] < 20.0  # 200 rows are mostly start-up
    assert run(*arguments)["controllers"] == first["controllers"]
    assert {path: path.stat().st_mtime_ns for path in cache.iterdir()} == kept


def test_all_controllers_and_peers_stand_in_one_table(folder):
    cache = ("--cache", str(folder / "cache"))
    report = run("--quick", "--streams", str(folder), "--only", "sign", *cache)
    rows = report["controllers"]
    assert {"trace", "bold_driver", "pid", "river SGD 0.01", "river Adam 0.1"} <= rows.keys()
    keys = {"median", "p75", "p90", "worst", "beat", "n", "nonfinite", "time_ratio"}
    assert all(row.keys() == keys for row in rows.values())
    assert rows["trace"]["time_ratio"] > 0.0
    assert report["groups"]["trace"]["start 10"]["n"] == 2  # two views
    assert rows["river SGD 0.01"]["median"] > 0.0  # one of the 264 it is compared with


@pytest.fixture
def control(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delenv("LRCONTROL_STREAMS", raising=False)
    # By its file: ``control`` may be the folder of tests by now.
    spec = importlib.util.spec_from_file_location("benchmark_control", BENCHMARKS / "control.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_two_halves_make_the_whole(control):
    kinds = ("abrupt", "gradual", "recurring", "stationary", "label_noise", "random_walk")
    some = ("phishing", *(f"{kind}_{task}" for kind in kinds for task in ("regression", "binary")))

    def names(half):
        asked = argparse.Namespace(streams=None, synthetic=False, seed=1, only=some, half=half)
        return [problem.name for problem in control.problems(asked, control.ROWS)]

    first, second = names("a"), names("b")
    assert sorted(names(None)) == sorted(first + second) == sorted(some)
    assert min(len(first), len(second)) > 0


@pytest.mark.parametrize(("median", "lines"), [(-7.6, 0), (-7.4, 1), (-9.0, 0)])
def test_a_median_worse_by_half_a_point_is_told(control, tmp_path, median, lines):
    earlier = tmp_path / "earlier.txt"
    earlier.write_text('table\n{"controllers": {"trace": {"median": -8.0}, "gone": {}}}\n')
    rose = control.worse({"trace": {"median": median}, "new": {"median": 1.0}}, earlier)
    assert len(rose) == lines
    assert all("trace" in line for line in rose)
