"""Keys to the console: a one-time token in the address or the password, then a cookie with a role."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_VISITORS = 64
"""Browsers with a valid cookie at the same time; the oldest is signed out first."""
MAX_TOKENS = 64
"""One-time addresses that were not opened yet; the oldest is void first."""
LASTS_S = 12 * 3600.0
"""Seconds after which a browser has to sign in again: a day in the lab. P"""

EXPERIMENTER, OBSERVER = "experimenter", "observer"


@dataclass(slots=True, kw_only=True)
class Visitor:
    """A browser that was let in.

    role: experimenter, or observer, who sees neither condition nor estimates. until_s: when its cookie is
    void. blinded: conditions are not sent to it. name: of its observer, once one was given.
    """

    role: str
    until_s: float
    blinded: bool
    name: str | None = None


class ConsoleKeys:
    """Makes one-time tokens and the cookies they are exchanged for.

    Only hashes are kept, in memory: after a restart every cookie is void. password: hash of the
    experimenter's (``passwords.password_hash``); None: one-time addresses alone open the console.
    blind: whether an experimenter begins blinded.
    """

    def __init__(
        self,
        *,
        password: str | None = None,
        blind: bool = False,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.password = password
        self._blind = blind
        self._now_s = now_s
        self._tokens: OrderedDict[str, str] = OrderedDict()
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()

    def issue(self, role: str = EXPERIMENTER) -> str:
        """A new one-time token, for an address that the operator or the experimenter is shown."""
        token = secrets.token_urlsafe(24)
        self._tokens[_hash(token)] = role
        while len(self._tokens) > MAX_TOKENS:
            self._tokens.popitem(last=False)
        return token

    def redeem(self, token: str) -> str | None:
        """Use a token up; returns the cookie's value, or None when the token is unknown or used."""
        role = self._tokens.pop(_hash(token), None)
        return None if role is None else self.let_in(role)

    def let_in(self, role: str = EXPERIMENTER) -> str:
        """A cookie for one more browser; who asks has shown that it may."""
        cookie = secrets.token_urlsafe(32)
        self._visitors[_hash(cookie)] = Visitor(
            role=role, until_s=self._now_s() + LASTS_S, blinded=self._blind
        )
        while len(self._visitors) > MAX_VISITORS:
            self._visitors.popitem(last=False)
        return cookie

    def visitor(self, cookie: str | None) -> Visitor | None:
        """Who shows this cookie; None when it is unknown or void."""
        if cookie is None:
            return None
        found = self._visitors.get(_hash(cookie))
        if found is not None and found.until_s <= self._now_s():
            del self._visitors[_hash(cookie)]
            return None
        return found

    def admits(self, cookie: str | None) -> bool:
        """True for an experimenter's cookie of this server."""
        found = self.visitor(cookie)
        return found is not None and found.role == EXPERIMENTER

    def sign_out(self, cookie: str | None) -> None:
        """This cookie is void from now on."""
        if cookie is not None:
            self._visitors.pop(_hash(cookie), None)

    def claim(self, visitor: Visitor, name: str) -> bool:
        """Let this browser code as the observer of that name. Returns: False when another one does."""
        now_s = self._now_s()
        if any(
            other is not visitor and other.name == name and other.until_s > now_s
            for other in self._visitors.values()
        ):
            return False
        visitor.name = name
        return True


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
