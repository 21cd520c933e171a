"""Learner's page and console on one server with the real sessions: what one does, the other sees."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from tests.browser.serving import Serving
from tests.session.room import CODE, Room, header, plan
from tutorbot.adapters.web import ConsoleKeys, make_app
from tutorbot.core.events import Action, BlockBegun, Note, Observation, TutorSaid, WizardLine
from tutorbot.core.prepared import PreparedLine
from tutorbot.session.desk import Desk
from tutorbot.session.replay import replayed
from tutorbot.session.view import HELD

LINES = {"en": (PreparedLine(line_id="take-your-time", group="Encourage", text="Take your time."),)}


class Served:
    """A room behind the real application, with one learner's page and one console."""

    def __init__(self, folder: Path) -> None:
        self.keys = ConsoleKeys()
        self.serving = Serving(lambda: self._app(folder))
        self.serving.run(self.room.log.begin(header(condition="WZ")))
        self.page = connect(self.serving.ws_url(CODE), additional_headers={"Origin": self.serving.url})
        self.http = httpx.Client(base_url=self.serving.url, headers={"Origin": self.serving.url})
        self.http.get(f"/console?token={self.keys.issue()}")
        self._n = 0

    def _app(self, folder: Path) -> Any:
        self.room = Room()
        self.room.sessions.desk = Desk(lambda: tuple(self.room.sessions._open.values()), LINES)
        return make_app(self.room.sessions, lessons=folder, console=self.keys)

    def console(self, **headers: str) -> ClientConnection:
        cookie = self.http.cookies["tutorbot_console"]
        return connect(
            self.serving.url.replace("http", "ws") + "/console/ws",
            additional_headers={"Origin": self.serving.url, "Cookie": f"tutorbot_console={cookie}"},
        )

    def learner(self, kind: str, **fields: Any) -> None:
        self._n += 1
        self.page.send(json.dumps({"type": kind, "client_id": f"page-action-{self._n}", **fields}))

    def view_until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return until(self.page, lambda message: message["type"] == "view" and wanted(message["view"]))["view"]

    def post(self, name: str, **fields: Any) -> int:
        self._n += 1
        message = {"participant": "P001", "client_id": f"console-{self._n}", **fields}
        return self.http.post(f"/console/{name}", json=message).status_code

    def rows(self, kind: type[Any]) -> list[Any]:
        return [row for row in self.room.rows if isinstance(row, kind)]

    def stop(self) -> None:
        self.page.close()
        self.http.close()
        self.serving.run(self.room.sessions.close())
        self.serving.stop()


def until(socket: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=5))
        if wanted(message):
            return message


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    made.learner("consent", participation=True, camera=False, version="1")
    made.learner("baseline_done")
    made.view_until(lambda view: view["phase"] == "task")
    yield made
    made.stop()


def test_a_pause_a_line_and_the_end_reach_the_learners_page_and_the_log(served: Served) -> None:
    assert served.post("line", prepared="take-your-time") == 200
    served.view_until(lambda view: any(one["text"] == "Take your time." for one in view["messages"]))
    assert served.post("pause", on=True) == 200
    assert served.view_until(lambda view: view["sensing"]["paused"])["banner"] == HELD
    assert served.post("line", text="Hello?") == 409
    assert served.post("pause", on=False) == 200
    served.view_until(lambda view: not view["sensing"]["paused"])
    assert served.post("note", text="coughs", observer="E1", began_ago_s=0.5) == 200
    looked = {"observer": "O1", "affect": "engaged", "behaviour": "on_task", "lasted_s": 3.0, "ago_s": 0.1}
    assert served.post("observation", **looked) == 200
    assert served.post("restart") == 200
    assert [row.run for row in served.rows(BlockBegun)] == [1, 2]
    assert served.post("end") == 200
    assert served.post("restart") == 409
    ended = served.view_until(lambda view: view["phase"] == "ended")["ended"]
    assert ended["reason"] == "stopped_by_experimenter"
    assert [row.kind for row in served.rows(Action)][1:] == [
        "experimenter_pause",
        "experimenter_unpause",
        "experimenter_restart",
        "experimenter_end",
    ]
    assert [row.wording_id for row in served.rows(TutorSaid)][-1] == "wizard/take-your-time"
    assert [len(served.rows(kind)) for kind in (WizardLine, Note, Observation)] == [1, 1, 1]
    assert replayed(plan(header(condition="WZ")).setup, served.room.rows) == served.room.rows


def test_what_the_learner_does_is_seen_and_what_they_write_is_not(served: Served) -> None:
    with served.console() as console:
        rows = until(console, lambda message: message["type"] == "rows")
        assert rows["changed"]["P001"]["phase"] == "task"
        served.learner("say", text="zebra give me a hint")
        served.view_until(lambda view: len(view["messages"]) >= 2)
        served.learner("pause", on=True)
        heard = ""
        while '"paused":"learner"' not in heard:
            heard += str(console.recv(timeout=5))
        assert "zebra" not in heard
        served.page.close()
        until(console, lambda message: message.get("changed", {}).get("P001", {}).get("connected") is False)


def test_consoles_that_do_not_read_do_not_hold_a_session_up(served: Served) -> None:
    consoles = [served.console() for _ in range(20)]  # none of them ever reads
    try:
        for n in range(20):
            served.learner("pause", on=n % 2 == 0)
        served.view_until(lambda view: not view["sensing"]["paused"])

        async def seconds_for_a_row() -> float:
            loop = asyncio.get_running_loop()
            began = loop.time()
            await served.room.sessions.desk.hold("P001", "direct-client-id", on=True)
            return loop.time() - began

        assert served.serving.run(seconds_for_a_row()) < 0.5
    finally:
        for console in consoles:
            console.close()
