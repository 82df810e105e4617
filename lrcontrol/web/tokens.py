"""Who may ask what: tokens compared by their digests, so that no answer's time tells of them."""

from __future__ import annotations

import hmac
import os
from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from lrcontrol.config.http import SCOPES, Http, long_enough
from lrcontrol.web.refused import Refused
from lrcontrol.web.route import Scope

#: A client may send either; a browser asks its user for a name and takes the token as password.
CHALLENGES = {"www-authenticate": 'Bearer realm="lrcontrol", Basic realm="lrcontrol"'}
#: Characters of a header that are looked at.
LONGEST_HEADER = 4096
#: Characters kept of the name that somebody gives.
LONGEST_NAME = 64

Digest = bytes


class Shown(NamedTuple):
    """What a request has shown of itself: a token's digest, and a name that nobody has checked."""

    digest: Digest
    name: str = ""


class Tokens:
    """The tokens of ``http.tokens``, read anew where a file or the configuration has changed."""

    def __init__(self, http: Callable[[], Http]) -> None:
        self._http = http
        self._files: dict[str, tuple[tuple[int, ...], list[Digest]]] = {}

    def allow(self, scope: Scope, authorization: str | None) -> str:
        """Return the name that was given, which may be empty.

        Raises Refused: 401 where a token is missing or unknown, 403 where it is for less.
        """
        if scope == "open" or self._free(scope):
            return _shown(authorization).name if authorization else ""
        if not authorization:
            raise Refused(401, "send a token: Authorization: Bearer TOKEN", CHALLENGES)
        shown = _shown(authorization)
        if _is_in(shown.digest, self._valid(scope)):
            return shown.name
        known = [digest for each in SCOPES for digest in self._digests(each)]
        if _is_in(shown.digest, known):
            raise Refused(403, f"this token may not {scope}")
        raise Refused(401, "this token is not known", CHALLENGES)

    def _free(self, scope: Scope) -> bool:
        """Whether no token is asked for. Raises Refused where none could be right."""
        http = self._http()
        tokens = http.tokens
        if scope == "read":
            guarded = tokens.has("read") or (not http.local and tokens.has("write"))
            return not guarded
        if tokens.has("write") or (scope == "push" and tokens.has("push")):
            return False
        if http.local and not any(map(tokens.has, SCOPES)):
            return True  # whoever is on this machine, but no page in a browser: see gate
        raise Refused(403, f"nobody may {scope}: there is no token for it in http.tokens")

    def _valid(self, scope: Scope) -> list[Digest]:
        return [*self._digests(scope), *self._digests("write")]

    def _digests(self, scope: str) -> Sequence[Digest]:
        tokens = self._http().tokens
        given: str | None = getattr(tokens, scope)
        path = tokens.file(scope)
        return _hashed([given]) if given else self._of_file(path) if path else []

    def _of_file(self, path: str) -> Sequence[Digest]:
        try:
            found = os.stat(path)
            seen = (found.st_ino, found.st_size, found.st_mtime_ns)
            if self._files.get(path, ((), []))[0] != seen:
                lines = Path(path).read_text(encoding="ascii").split()
                self._files[path] = (seen, _hashed(filter(long_enough, lines)))
        except (OSError, ValueError):  # taken away: then so is what its tokens allowed
            return []
        return self._files[path][1]


def _shown(authorization: str) -> Shown:
    kind, _, rest = authorization[:LONGEST_HEADER].partition(" ")
    rest = rest.strip()
    if kind.lower() == "bearer":
        return Shown(_digest(rest))
    if kind.lower() == "basic":
        try:
            name, _, password = b64decode(rest, validate=True).decode().partition(":")
        except ValueError:  # neither base64 nor UTF-8
            return Shown(_digest(""))
        return Shown(_digest(password), name[:LONGEST_NAME] if name.isprintable() else "")
    return Shown(_digest(""))


def _hashed(tokens: Iterable[str]) -> list[Digest]:
    return [_digest(token) for token in tokens]


def _digest(token: str) -> Digest:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _is_in(digest: Digest, known: Iterable[Digest]) -> bool:
    """Compare with every one, whichever fits: how long it takes tells nothing."""
    return sum([hmac.compare_digest(digest, each) for each in known]) > 0
