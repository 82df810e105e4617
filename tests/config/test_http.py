import pytest

from lrcontrol.checks import Invalid
from lrcontrol.config.http import Http, Tls, Tokens
from lrcontrol.secret import Secret


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("127.0.0.1:9477", ("127.0.0.1", 9477)),
        ("127.8.0.1:0", ("127.8.0.1", 0)),
        ("localhost:65535", ("localhost", 65535)),
        ("[::1]:9477", ("::1", 9477)),
        (None, None),
    ],
)
def test_loopback_addresses(listen, address):
    assert Http(listen=listen).address == address


@pytest.mark.parametrize(
    "listen", ["", ":9477", "127.0.0.1", "localhost:", "localhost:x", "::1:80"]
)
@pytest.mark.parametrize("end", ["", "000000"])
def test_what_is_no_address(listen, end):
    with pytest.raises(Invalid, match=r"listen: expected host:port, such as 127\.0\.0\.1:9477"):
        Http(listen=listen + end)


TOKEN = Secret("0123456789abcdef")
TLS = Tls("cert.pem", "key.pem")
FAR = ["0.0.0.0:1", "10.0.0.1:1", "[::]:1", "example.com:1", "*:1"]


@pytest.mark.parametrize("listen", FAR)
@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({}, "http.tokens and http.tls"),
        ({"tls": TLS}, "http.tokens"),
        ({"tls": TLS, "tokens": Tokens(push=TOKEN)}, "http.tokens"),
        ({"tokens": Tokens(read=TOKEN)}, "http.tls"),
    ],
)
def test_other_machines_are_kept_out_with_a_reason(listen, more, missing):
    with pytest.raises(Invalid, match=f"is not a loopback address, .* it needs {missing}; or"):
        Http(listen=listen, **more)


@pytest.mark.parametrize("listen", FAR)
@pytest.mark.parametrize(
    "more",
    [
        {"insecure": True},
        {"tls": TLS, "tokens": Tokens(read=TOKEN)},
        {"tls": TLS, "tokens": Tokens(write_file="tokens")},
    ],
)
def test_other_machines_are_let_in_where_it_is_asked_for(listen, more):
    assert not Http(listen=listen, **more).local


@pytest.mark.parametrize("token", ["", "0123456789abcde", "0123456789abcd\N{SNOWMAN}f", "\t" * 20])
def test_tokens_that_can_be_guessed_or_not_sent(token):
    with pytest.raises(Invalid, match="write: needs at least 16 characters"):
        Tokens(write=Secret(token))


def test_a_token_is_given_once():
    with pytest.raises(Invalid, match="read: is given twice: here and in a file"):
        Tokens(read=TOKEN, read_file="tokens")


@pytest.mark.parametrize(
    ("text", "mode", "wrong"),
    [
        (f"{TOKEN}\n", 0o600, None),
        (f"{TOKEN}\n{TOKEN}x\n", 0o640, None),
        (f"{TOKEN}\n", 0o604, "others can read or change it; chmod 600"),
        (f"{TOKEN}\n", 0o620, "others can read or change it"),
        ("", 0o600, "needs a token of at least 16 characters on each line"),
        (f"{TOKEN}\nshort\n", 0o600, "needs a token of at least 16"),
        ("\N{SNOWMAN}" * 20, 0o600, "is no ASCII text"),
        (None, 0, "cannot be read: No such file or directory"),
    ],
)
def test_token_files_are_looked_at_before_the_start(tmp_path, text, mode, wrong):
    path = tmp_path / "tokens"
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    found = list(Tokens(push_file=str(path)).problems())
    if wrong is None:
        assert found == []
    else:
        ((field, message),) = found
        assert field == "push_file"
        assert wrong in message


def test_a_certificate_without_its_key_is_told(tmp_path):
    (tmp_path / "cert").write_text("no certificate")
    assert list(Tls(str(tmp_path / "cert"), str(tmp_path / "key")).problems()) == [
        ("key", f"{tmp_path}/key: cannot be read")
    ]
    ((field, message),) = Tls(str(tmp_path / "cert"), str(tmp_path / "cert")).problems()
    assert (field, "does not open" in message) == ("key", True)


def test_a_loop_cannot_stall_after_nothing():
    with pytest.raises(Invalid, match="stall_after: must be > 0, got 0"):
        Http(stall_after=0.0)
