import pytest

from lrcontrol.checks import Invalid
from lrcontrol.config.http import Http


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


@pytest.mark.parametrize("listen", ["0.0.0.0:1", "10.0.0.1:1", "[::]:1", "example.com:1", "*:1"])
def test_other_machines_are_kept_out_with_a_reason(listen):
    with pytest.raises(Invalid, match="is not a loopback address: there is no authentication yet"):
        Http(listen=listen)


def test_a_loop_cannot_stall_after_nothing():
    with pytest.raises(Invalid, match="stall_after: must be > 0, got 0"):
        Http(stall_after=0.0)
