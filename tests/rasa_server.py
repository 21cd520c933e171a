"""One real Rasa server for all tests that want one: started once, shared, stopped at the end.

It runs in a thread with a loop of its own, so tests with and without a loop can use it::

    async def test_something(rasa_server, rasa_dialogue):
        rasa_server.attach(mind)
        await rasa_dialogue.hear("s1", "hello", deadline_s=10)

The attached mind is always called in the loop that attached it.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import pytest
import pytest_asyncio
import uvicorn
from fastapi import FastAPI

from tutorbot.adapters.rasa import RasaDialogue, RasaProcess, RasaSettings, TurnLedger, tutor_routes
from tutorbot.ports import LearnerTurn, TutorLine, TutorMind

REPOSITORY = Path(__file__).resolve().parent.parent
RASA_PYTHON = REPOSITORY / ".venv-rasa" / "bin" / "python"
DIALOGUE = REPOSITORY / "dialogue"
MODEL = DIALOGUE / "models" / "tutor.tar.gz"

START_WITHIN_S = 120.0

Result = TypeVar("Result")


class MindSlot:
    """Stands in for the tutor's mind until a test attaches its own."""

    def __init__(self) -> None:
        self._now: tuple[TutorMind, asyncio.AbstractEventLoop] | None = None

    def attach(self, mind: TutorMind) -> None:
        """Ask this mind from now on, in the running loop."""
        self._now = (mind, asyncio.get_running_loop())

    def detach(self) -> None:
        """Forget the mind: every session is unknown."""
        self._now = None

    async def answer(self, session_id: str, turn: LearnerTurn) -> tuple[TutorLine, ...]:
        return await self._ask(session_id, lambda mind: mind.answer(session_id, turn))

    async def voice(self, session_id: str, act_id: str) -> tuple[TutorLine, ...]:
        return await self._ask(session_id, lambda mind: mind.voice(session_id, act_id))

    async def spoken(self, session_id: str, line: TutorLine) -> None:
        await self._ask(session_id, lambda mind: mind.spoken(session_id, line))

    async def _ask(
        self, session_id: str, question: Callable[[TutorMind], Coroutine[Any, Any, Result]]
    ) -> Result:
        if self._now is None:
            raise KeyError(session_id)
        mind, loop = self._now
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(question(mind), loop))


class RasaServer:
    """A running Rasa server with the tutor's routes beside it."""

    def __init__(self, log_file: Path) -> None:
        self.log_file = log_file
        self.slot = MindSlot()
        self.ledger = TurnLedger()
        self.tutor_token = secrets.token_urlsafe(16)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.tutor_url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.process = RasaProcess(real_settings(self.tutor_url, self.tutor_token, log_file))
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._up: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="rasa-server")

    def attach(self, mind: TutorMind) -> None:
        """Ask this mind from now on; call it from a running loop."""
        self.slot.attach(mind)

    def dialogue(self) -> RasaDialogue:
        """A dialogue manager for the caller's loop; the caller closes it."""
        return RasaDialogue(self.process.base_url, self.process.api_token, ledger=self.ledger)

    def start(self) -> None:
        """Return once Rasa takes turns."""
        self._thread.start()
        self._up.result(START_WITHIN_S)

    def stop(self) -> None:
        """End Rasa and the thread."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(START_WITHIN_S)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        app = FastAPI()
        app.include_router(tutor_routes(self.slot, self.tutor_token, self.ledger))
        web = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
        )
        serving = asyncio.create_task(web.serve(sockets=[self._listening]))
        try:
            await self.process.start()
            self._up.set_result(None)
            await self._over.wait()
        except Exception as error:
            if self._up.done():
                raise
            self._up.set_exception(error)
        finally:
            await self.process.stop()
            web.should_exit = True
            await serving


def real_settings(tutor_url: str, tutor_token: str, log_file: Path) -> RasaSettings:
    """Settings of the real server, with patience for a busy machine."""
    return RasaSettings(
        python=RASA_PYTHON,
        project=DIALOGUE,
        model=MODEL,
        log_file=log_file,
        tutor_url=tutor_url,
        tutor_token=tutor_token,
        ready_within_s=START_WITHIN_S,
    )


@pytest.fixture(scope="session")
def rasa_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RasaServer]:
    """The one Rasa server of this test run."""
    server = RasaServer(tmp_path_factory.mktemp("rasa") / "rasa.log")
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest_asyncio.fixture
async def rasa_dialogue(rasa_server: RasaServer) -> AsyncIterator[RasaDialogue]:
    """The shared server as the dialogue manager of one test."""
    dialogue = rasa_server.dialogue()
    try:
        yield dialogue
    finally:
        rasa_server.slot.detach()
        await dialogue.close()
