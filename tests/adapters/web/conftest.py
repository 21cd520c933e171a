"""A served application on a stub host, and plain WebSocket clients for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.browser.serving import Serving
from tests.browser.stub_host import StubHost, StubSession, draw_cards
from tutorbot.adapters.web import ConsoleKeys, make_app
from tutorbot.adapters.web.limits import WebLimits
from tutorbot.errors import LogUnwritable


class Client:
    """A page without a page: sends what it is told, and reads what comes."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def read(self, kind: str) -> dict[str, Any]:
        """The next message of one type; others are passed over."""
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(timeout=10))
            if message["type"] == kind:
                return message

    def read_until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next message that fits."""
        while True:
            message: dict[str, Any] = json.loads(self.socket.recv(timeout=10))
            if wanted(message):
                return message


@dataclass
class Web:
    """The served application and all that stands behind it."""

    serving: Serving
    host: StubHost
    keys: ConsoleKeys
    lessons: Path
    clients: list[Client]
    audited: list[tuple[str, str]]

    @property
    def url(self) -> str:
        return self.serving.url

    def join(self) -> tuple[str, StubSession]:
        code = self.serving.run(self.host.join())
        return code, self.host.sessions[code]

    def connect(self, code: str, *, origin: str | None = "same") -> Client:
        origin = self.url if origin == "same" else origin
        headers = {} if origin is None else {"Origin": origin}
        client = Client(connect(self.serving.ws_url(code), additional_headers=headers, max_queue=None))
        self.clients.append(client)
        return client


@pytest.fixture
def make_web(tmp_path: Path) -> Iterator[Callable[..., Web]]:
    made: list[Web] = []

    def make(
        *,
        limits: WebLimits | None = None,
        camera: bool = True,
        blind: bool = False,
        audit_fails: bool = False,
    ) -> Web:
        lessons = tmp_path / "lessons"
        draw_cards(lessons)
        host, keys = StubHost(camera=camera), ConsoleKeys(blind=blind)
        audited: list[tuple[str, str]] = []

        async def audit(action: str, detail: str) -> None:
            if audit_fails:
                raise LogUnwritable("The disk is full.", remedy="Free some space.")
            audited.append((action, detail))

        serving = Serving(
            lambda: make_app(host, lessons=lessons, console=keys, version="1.2.3", limits=limits, audit=audit)
        )
        web = Web(serving, host, keys, lessons, [], audited)
        made.append(web)
        return web

    yield make
    for web in made:
        for client in web.clients:
            client.socket.close()
        web.serving.stop()


@pytest.fixture
def web(make_web: Callable[..., Web]) -> Web:
    return make_web()
