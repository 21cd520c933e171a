"""Keys to the console: a one-time token in the address, then a cookie."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict

MAX_VISITORS = 64
"""Browsers with a valid cookie at the same time; the oldest is signed out first."""


class ConsoleKeys:
    """Makes one-time tokens and the cookies they are exchanged for.

    Only hashes are kept, in memory: after a restart every cookie is void.
    """

    def __init__(self) -> None:
        self._tokens: set[str] = set()
        self._cookies: OrderedDict[str, None] = OrderedDict()

    def issue(self) -> str:
        """A new one-time token, for the console address that the operator is shown."""
        token = secrets.token_urlsafe(24)
        self._tokens.add(_hash(token))
        return token

    def redeem(self, token: str) -> str | None:
        """Use a token up; returns the cookie's value, or None when the token is unknown or used."""
        hashed = _hash(token)
        if hashed not in self._tokens:
            return None
        self._tokens.remove(hashed)
        cookie = secrets.token_urlsafe(32)
        self._cookies[_hash(cookie)] = None
        while len(self._cookies) > MAX_VISITORS:
            self._cookies.popitem(last=False)
        return cookie

    def admits(self, cookie: str | None) -> bool:
        """True when this cookie came from a token of this server."""
        return cookie is not None and _hash(cookie) in self._cookies


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
