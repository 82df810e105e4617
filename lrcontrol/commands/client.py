"""Asks a running daemon over its HTTP API: one file, the standard library, errors that say more."""

from __future__ import annotations

import getpass
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

#: Where a daemon listens that was not told otherwise (``http.listen``).
URL = "http://127.0.0.1:9477"
#: Seconds an answer may take: the daemon gives an order four, and hangs up after five.
TIMEOUT = 10.0
#: Bytes of an answer; a thousand decisions take half a megabyte.
MOST = 16 * 1024 * 1024
#: How often something is asked that was not answered, and seconds between: each order has a key, so
#: that it is done once however often it is asked for.
TRIES = 3
PAUSE = 1.0
#: Codes of a daemon that is only busy.
BUSY = (429, 503)
#: Characters of a name that the API takes.
LONGEST_ACTOR = 64

Json = dict[str, Any]


class Unreachable(Exception):
    """No daemon answers; the message says where it was looked for, and what to try."""


class Denied(Exception):
    """It wants another token; the message says how to give one."""


class Refused(Exception):
    """It answers that it will not; the message is its own, ``code`` the HTTP status."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: the token is for this daemon only."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Client:
    """A daemon at ``url``; ``token_file`` holds a token on its first line.

    Raises ValueError for a URL that is none, OSError for a file that cannot be read.
    """

    def __init__(
        self,
        url: str = URL,
        token_file: Path | None = None,
        timeout: float = TIMEOUT,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError(f"{url!r}: expected a URL such as {URL}")
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._pause = pause
        self._token = "" if token_file is None else _first_line(token_file)
        # No proxy either: nothing between here and the daemon is to see the token.
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), _Stay())

    def get(self, path: str, **query: Any) -> Json:
        """Return what a path answers. Raises Unreachable, Denied, Refused."""
        asked = urlencode({name: value for name, value in query.items() if value})
        return self._asked(Request(f"{self.url}{path}{'?' * bool(asked)}{asked}"))

    def order(self, path: str, body: Mapping[str, Any]) -> Json:
        """Give an order, and return what came of it. Raises Unreachable, Denied, Refused.

        Where no answer comes it is asked for again, under the same key: it is done once.
        """
        data = json.dumps({k: v for k, v in body.items() if v is not None}).encode()
        headers = {"content-type": "application/json", "idempotency-key": uuid.uuid4().hex}
        return self._asked(Request(f"{self.url}{path}", data, headers, method="POST"))

    def text(self, path: str) -> tuple[bool, str]:
        """Return whether a probe is well, and what it says. Raises Unreachable."""
        try:
            return True, self._sent(Request(f"{self.url}{path}")).decode().strip()
        except HTTPError as error:
            return False, error.read(MOST).decode(errors="replace").strip()
        except (URLError, HTTPException, OSError) as error:
            raise Unreachable(self._away(error)) from None

    def _asked(self, request: Request) -> Json:
        if self._token:
            request.add_unredirected_header("authorization", f"Bearer {self._token}")
        for left in reversed(range(TRIES)):
            try:
                answer: Json = json.loads(self._sent(request))
            except HTTPError as error:
                if error.code not in BUSY or not left:
                    raise _refusal(error) from None
            except (URLError, HTTPException, OSError) as error:
                if not left or _nobody(error):
                    raise Unreachable(self._away(error)) from None
            except ValueError:
                raise Refused(200, f"{self.url} answers, but it is no lrcontrol") from None
            else:
                return answer
            self._pause(PAUSE)
        raise AssertionError("the last try either returns or raises")

    def _sent(self, request: Request) -> bytes:
        with self._opener.open(request, timeout=self._timeout) as response:
            found: bytes = response.read(MOST)
            return found

    def _away(self, error: Exception) -> str:
        why = getattr(error, "reason", None) or error
        told = getattr(why, "strerror", None) or str(why) or type(why).__name__
        return (
            f"no daemon answers at {self.url} ({told}): is it running, and is that its "
            "http.listen? --url or LRCONTROL_URL names another"
        )


def _nobody(error: Exception) -> bool:
    return isinstance(getattr(error, "reason", error), ConnectionRefusedError)


def _refusal(error: HTTPError) -> Exception:
    try:
        told = json.loads(error.read(MOST))
        detail = str(told.get("detail") or told.get("error"))
    except (ValueError, AttributeError, OSError, HTTPException):
        detail = f"{error.code} {error.reason}"
    if error.code in (401, 403):
        return Denied(f"{detail}; --token-file or LRCONTROL_TOKEN_FILE names a file with a token")
    return Refused(error.code, detail)


def _first_line(path: Path) -> str:
    lines = path.read_text(encoding="ascii").split()
    if not lines:
        raise OSError(f"{path}: holds no token")
    return lines[0]


def in_path(name: str) -> str:
    """Return a name as a part of a path.

    >>> in_path("fare/../x")
    'fare%2F..%2Fx'
    """
    return quote(name, safe="")


def whoever() -> str:
    """Return who calls, as the log of decisions shall name them: the user's name, or its number."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container's user has no name
        name = f"uid {os.getuid()}"
    return "".join(c if " " <= c <= "~" else "?" for c in name)[:LONGEST_ACTOR]
