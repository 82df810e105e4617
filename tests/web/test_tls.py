"""Connections that are encrypted: with what, for whom, and with a certificate that changes."""

import http.client
import ssl
import subprocess
from contextlib import suppress

import pytest
from clients import PATIENCE, app_over, client, heard, serving
from commands import until

from lrcontrol.config.http import Tls
from lrcontrol.status import Status


@pytest.fixture
def make(tmp_path, program):
    """``make(name)``: write a certificate of localhost for a company, and its key."""
    openssl = program("openssl", "openssl")
    tls = Tls(str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))

    def write(company):
        new = [str(tmp_path / f"new-{n}.pem") for n in ("cert", "key")]
        made = [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "2", "-subj", f"/O={company}/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-out", new[0], "-keyout", new[1],
        ]  # fmt: skip
        subprocess.run(made, check=True, capture_output=True, timeout=60)
        for source, target in zip(new, (tls.cert, tls.key), strict=True):
            with open(source, "rb") as given, open(target, "wb") as kept:
                kept.write(given.read())
        return tls

    return write


@pytest.fixture
def app():
    return app_over(lambda: Status(turned=0.0, ready=True), stall_after=1e12)


def trusting(tls):
    return ssl.create_default_context(cafile=tls.cert)


def company(server, context):
    """Return who the server's certificate says it is; the answer must be right too."""
    connection = http.client.HTTPSConnection("localhost", server.port, context=context, timeout=30)
    connection.request("GET", "/livez")
    with connection.sock as sock:
        subject = sock.getpeercert()["subject"]
        assert connection.getresponse().status == 200
    return dict(pair for part in subject for pair in part)["organizationName"]


def test_it_is_spoken_and_nothing_else(app, make):
    tls = make("first")
    assert list(tls.problems()) == []
    with serving(app, PATIENCE, tls=tls) as server:
        assert company(server, trusting(tls)) == "first"
        assert server.address.startswith("https://")
        with client(server, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n") as plain:
            assert b"200" not in heard(plain)
        with pytest.raises(ssl.SSLCertVerificationError):
            company(server, ssl.create_default_context())


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_are_refused(app, make):
    tls = make("first")
    context = trusting(tls)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with serving(app, PATIENCE, tls=tls) as server, pytest.raises(ssl.SSLError):
        company(server, context)


def test_a_new_certificate_is_taken_up_and_half_a_one_is_not(app, make, tmp_path):
    tls = make("first")
    both = trusting(tls)
    with serving(app, 1.0, tls=tls) as server:
        assert company(server, both) == "first"
        (tmp_path / "key.pem").write_text("half a key")
        assert company(server, both) == "first"
        both.load_verify_locations(make("second").cert)
        until(lambda: company(server, both) == "second")


def test_a_silent_client_is_hung_up_on_before_it_has_shaken_hands(app, make):
    with serving(app, 0.5, tls=make("first")) as server, client(server) as silent:
        silent.settimeout(PATIENCE)
        with suppress(ConnectionError):
            assert silent.recv(1) == b""
