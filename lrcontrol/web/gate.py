"""What no page of another site can do: ask in a browser's name, or through a name pointed here.

A browser sends along what it is logged in with, and reaches ``localhost``. It also says, in headers
that a page cannot forge, which host it believes to talk to (``Host``) and which site asks
(``Origin``, ``Sec-Fetch-Site``); programs send neither of the last two. Besides, whatever changes
something takes JSON only, which no form can send. Rejected: a secret in the page (one more thing to
keep), and CORS (nobody else's page has any business here).
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from lrcontrol.config.http import Http, is_loopback
from lrcontrol.web.refused import Refused

#: Where a browser says that the page itself asks, or its user (a bookmark, the address bar).
OWN_SITES = ("same-origin", "none")


def admit(method: str, headers: Mapping[str, str], http: Http) -> None:
    """Raise Refused for a request to a host that is not ours, or from somebody else's page.

    ``headers`` have names in lower case.
    """
    host = headers.get("host", "")
    if not _is_ours(_name(host), http):
        hint = "name it in http.hosts if it is right"
        raise Refused(403, f"this is not {host!r:.80}; {hint}")
    origin = headers.get("origin")
    if origin is not None and not _same(origin, host, http):
        raise Refused(403, f"pages of {origin!r:.80} may not ask here")
    site = headers.get("sec-fetch-site", "none")
    if site not in OWN_SITES and not _is_a_link(method, headers):
        raise Refused(403, "pages of other sites may not ask here")


def _is_ours(name: str, http: Http) -> bool:
    """Whether a host's name is known; an address cannot be pointed here by somebody else."""
    if name in {known.lower() for known in http.hosts} or is_loopback(name):
        return True
    listening = http.address[0].lower() if http.address else ""
    return not http.local and (name == listening or _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _same(origin: str, host: str, http: Http) -> bool:
    """Whether a page's origin is this host and port, or a name of ours at a proxy."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.path or parts.query:
        return False
    names = {known.lower() for known in http.hosts}
    return parts.netloc.lower() == host.lower() or _name(parts.netloc) in names


def _is_a_link(method: str, headers: Mapping[str, str]) -> bool:
    """Whether somebody followed a link here: another page cannot read what it leads to."""
    return method in ("GET", "HEAD") and headers.get("sec-fetch-mode") == "navigate"


def _name(host: str) -> str:
    """Return a host without its port, in lower case.

    >>> _name("LOCALHOST:9477"), _name("[::1]:9477"), _name("127.0.0.1")
    ('localhost', '::1', '127.0.0.1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    name, _, port = host.rpartition(":")
    return (name if name and port.isascii() and port.isdigit() else host).lower()
