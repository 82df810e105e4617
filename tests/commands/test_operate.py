"""Orders from the command line to a daemon that runs: what they do, and what they say."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from commands import until

from lrcontrol.cli import cli
from lrcontrol.commands.client import Client, Refused, Unreachable, whoever

if TYPE_CHECKING:
    from conftest import Running


def model(daemon: Running, name: str = "fare") -> dict[str, Any]:
    return daemon.client.get(f"/api/v1/models/{name}")


def test_a_rate_is_held_and_given_back(daemon: Running) -> None:
    held = daemon.run("hold", "fare", "--reason", "incident 7", "--for", "30m", "--actor", "kim")
    assert held.exit_code == 0, held.output
    assert held.output.startswith("fare: manual, rate ")
    override = until(lambda: model(daemon)["override"])
    assert override["actor"].startswith("kim")
    assert override["reason"] == "incident 7"
    assert override["expires_at"] - override["since"] == pytest.approx(1800.0)
    rate = model(daemon)["rate"]
    told = daemon.run("status").output
    assert "fare is held by kim" in told
    assert "incident 7" in told
    explained = daemon.run("explain", "fare").output
    assert f"at a rate of {rate:.3g}, held by hand" in explained
    assert "for this reason:" in explained
    back = daemon.run("resume", "fare", "--reason", "it is over")
    assert back.exit_code == 0
    assert "automatic" in back.output
    until(lambda: model(daemon)["mode"] == "automatic")


def test_a_rate_that_is_set_keeps_to_the_limits_unless_forced(daemon: Running) -> None:
    bound = daemon.run("set-rate", "fare", "5", "--reason", "try", "--for", "1h")
    assert bound.exit_code == 0, bound.output
    until(lambda: model(daemon)["rate"] == 0.05)
    forced = daemon.run("set-rate", "fare", "0.00001", "--reason", "try", "--force", "--for=never")
    assert forced.exit_code == 0, forced.output
    override = until(lambda: (m := model(daemon))["rate"] == 1e-5 and m["override"])
    assert override["expires_at"] == 0.0
    daemon.run("resume", "fare", "--reason", "over")


def test_a_model_goes_back_and_the_log_knows_who_and_why(daemon: Running) -> None:
    gone = daemon.run("rollback", "fare", "--reason", "worse since noon", "--actor", "kim")
    assert gone.exit_code == 0, gone.output
    moves = daemon.client.get("/api/v1/decisions", model="fare", moves="true")["decisions"]
    (move,) = [m for m in moves if m["note"] == "worse since noon"]
    assert move["actor"].startswith("kim")
    missing = daemon.run("rollback", "fare", "--to", "999999", "--reason", "try")
    assert missing.exit_code == 1
    assert missing.output.startswith("lrcontrol: ")


def test_a_checkpoint_is_written_when_somebody_says_so(daemon: Running) -> None:
    variables = {"LRCONTROL_URL": daemon.url, "LRCONTROL_TOKEN_FILE": f"{daemon.folder}/token"}
    before = daemon.client.get("/api/v1/status")["checkpoint"]["sequence"]
    done = CliRunner().invoke(cli, ["checkpoint", "now", "--reason", "deploy"], env=variables)
    assert done.exit_code == 0, done.output
    until(lambda: daemon.client.get("/api/v1/status")["checkpoint"]["sequence"] > before)


def test_the_configuration_is_read_again(daemon: Running) -> None:
    assert daemon.run("reload", "--reason", "new limits").exit_code == 0


def test_what_is_refused_says_why_and_ends_with_1(daemon: Running) -> None:
    unknown = daemon.run("hold", "fair", "--reason", "try")
    assert unknown.exit_code == 1
    assert unknown.output == "lrcontrol: no model is called 'fair' (there: fare, side)\n"
    whole = daemon.run("mend", "in", "--reason", "try")
    assert whole.exit_code == 1
    assert "in" in whole.output
    explained = daemon.run("explain", "fair")
    assert explained.exit_code == 1
    assert "(there: fare, side)" in explained.output


def test_without_the_token_orders_are_denied(daemon: Running) -> None:
    before = model(daemon)["mode"]
    denied = daemon.run("hold", "fare", "--reason", "try", token=False)
    assert denied.exit_code == 77
    assert "LRCONTROL_TOKEN_FILE names a file with a token" in denied.output
    assert model(daemon)["mode"] == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hold", "fare"], "Missing option '--reason'"),
        (["hold", "fare", "--reason", "x", "--for", "soon"], "such as 30s (us, ms, s, m, h, d)"),
        (["set-rate", "fare", "-1", "--reason", "x"], "No such option"),
        (["set-rate", "fare", "0", "--reason", "x"], "0.0 is not in the range x>0"),
        (["status", "--url", "file:///etc/passwd"], "expected a URL such as http://127.0.0.1:9477"),
    ],
)
def test_what_is_typed_wrong_is_said_before_anybody_is_asked(
    arguments: list[str], said: str
) -> None:
    command = cli.get_command(click.Context(cli), arguments[0])
    result = CliRunner().invoke(command, arguments[1:])
    assert result.exit_code == 2
    assert said in result.output


def test_where_nobody_listens_it_says_what_to_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        hold = cli.get_command(click.Context(cli), "hold")
        result = CliRunner().invoke(hold, ["fare", "--reason", "x", "--url", url])
    assert result.exit_code == 69
    assert result.output == (
        f"lrcontrol: no daemon answers at {url} (Connection refused): is it running, and is that "
        "its http.listen? --url or LRCONTROL_URL names another\n"
    )


class Between:
    """A relay before a daemon that loses the first ``lost`` answers, after they were given."""

    def __init__(self, port: int, lost: int) -> None:
        self._port, self._lost = port, lost
        self.asked: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, socket.create_connection(("127.0.0.1", self._port)) as behind:
                request = _request(connection)
                self.asked.append(request)
                behind.sendall(request)
                answer = b"".join(iter(lambda: behind.recv(65536), b""))
                if len(self.asked) > self._lost:
                    connection.sendall(answer)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10.0)


def _request(connection: socket.socket) -> bytes:
    text = b""
    while b"\r\n\r\n" not in text:
        text += connection.recv(65536)
    head, _, body = text.partition(b"\r\n\r\n")
    (length,) = [
        int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")
    ]
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def lossy(daemon: Running) -> Iterator[Between]:
    between = Between(int(daemon.url.rsplit(":", 1)[1]), lost=2)
    yield between
    between.close()


def test_an_order_whose_answer_is_lost_is_asked_for_again_and_done_once(
    daemon: Running, lossy: Between
) -> None:
    pauses: list[float] = []
    client = Client(lossy.url, daemon.folder / "token", pause=pauses.append)
    body = {"reason": "lost answers", "actor": "kim", "ttl": "1h"}
    done = client.order("/api/v1/models/fare/hold", body)
    assert done["ok"]
    assert done["repeated"]
    assert len(lossy.asked) == 3
    assert len(pauses) == 2
    moves = daemon.client.get("/api/v1/decisions", model="fare", moves="true")["decisions"]
    assert sum(m["note"] == "lost answers" for m in moves) == 1
    daemon.run("resume", "fare", "--reason", "over")


def _answering(text: bytes) -> tuple[socket.socket, str]:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(text)

    Thread(target=serve, daemon=True).start()
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_redirect_is_not_followed_with_the_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    listener, url = _answering(
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    )
    with listener, pytest.raises(Refused, match="302 Found"):
        Client(url, tmp_path / "token").get("/api/v1/status")


def test_what_is_no_lrcontrol_is_said_to_be_none() -> None:
    listener, url = _answering(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
    with listener, pytest.raises(Refused, match="it is no lrcontrol"):
        Client(url).get("/api/v1/status")


def test_a_daemon_that_hangs_is_given_up_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        client = Client(url, timeout=0.05, pause=lambda seconds: None)
        with pytest.raises(Unreachable, match="timed out"):
            client.get("/api/v1/status")


def test_who_calls_has_a_name_that_the_api_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "jos\u00e9\n" + "x" * 100)
    assert whoever() == "jos??" + "x" * 59


def test_every_order_says_so_in_json_too(daemon: Running) -> None:
    told = json.loads(daemon.run("status", "--format", "json").output)
    assert [m["name"] for m in told["models"]] == ["fare", "side"]
