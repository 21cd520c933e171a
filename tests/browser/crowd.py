"""Simulated participants at the wire: each goes through a session of a running server as a page would."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.request import urlopen

from websockets.asyncio.client import ClientConnection, connect

from tutorbot.core.lesson import Lesson, Problem
from tutorbot.lessons import load_lesson

RULES = ("type-i", "type-iv")
"""The rules a participant can think of: those of the study."""


@dataclass
class Person:
    """One simulated participant. acked: ids of all that the server said it stored."""

    url: str
    seed: int
    patience_s: float = 3.0
    leaves_after_items: int | None = None
    acked: list[str] = field(default_factory=list)
    ended: str | None = None
    label: str = ""
    code: str = ""
    n_probes: int = 0

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._n_sent = 0
        self._view: dict[str, Any] = {}
        self._changed = asyncio.Event()
        self._waiting: dict[str, asyncio.Event] = {}
        self._wrong_on: set[str] = set()
        self._problems: list[str] = []
        self._tried: dict[str, int] = {}

    def _rules(self, lesson: Lesson) -> list[Problem]:
        return [one for one in lesson.problems if one.problem_id in RULES]

    async def take_part(self, lesson: Lesson) -> None:
        """From /join to the end."""
        self.code = await asyncio.to_thread(self._join)
        address = self.url.replace("http", "ws", 1) + f"/ws/{self.code}"
        async with connect(address, origin=self.url, max_size=None) as socket:
            reader = asyncio.create_task(self._read(socket))
            await self._send(socket, type="hello", viewport=[1280, 800], input="mouse", language="en")
            while self.ended is None:
                self._changed.clear()
                await self._act(socket, lesson)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)

    def _join(self) -> str:
        with urlopen(f"{self.url}/join") as answer:  # follows the redirect to the link
            return str(answer.url).rsplit("/", 1)[1]

    async def _read(self, socket: ClientConnection) -> None:
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "view":
                self._view = message["view"]
                self.label = self._view["session_label"]
                self._changed.set()
            elif message["type"] == "ack":
                self.acked.append(message["client_id"])
                self._waiting.pop(message["client_id"]).set()
            elif message["type"] == "problem":
                self._problems.append(message["text"])
                if message.get("client_id") in self._waiting:
                    self._waiting.pop(message["client_id"]).set()

    async def _send(self, socket: ClientConnection, **message: Any) -> None:
        """Send an action and wait until it is stored, or refused."""
        if message["type"] in {"hello", "attention"}:
            await socket.send(json.dumps(message))
            return
        self._n_sent += 1
        client_id = f"person-{self.seed:04}-{self._n_sent:04}"
        done = self._waiting[client_id] = asyncio.Event()
        await socket.send(json.dumps({**message, "client_id": client_id}))
        await asyncio.wait_for(done.wait(), 30)
        assert not self._problems, self._problems

    async def _act(self, socket: ClientConnection, lesson: Lesson) -> None:
        view = self._view
        phase = view.get("phase")
        if phase in {"ended", "refused"}:
            self.ended = view["ended"]["reason"]
        elif phase == "consent":
            consent = {"participation": True, "camera": False, "version": view["consent"]["version"]}
            purposes = {one["id"]: self._dice.random() < 0.5 for one in view["consent"]["purposes"]}
            await self._send(socket, type="consent", **consent, purposes=purposes)
        elif phase == "check":
            for check in view["check"]["items"]:
                await self._send(socket, type="device_check", check=check, outcome="passed", detail=None)
            await self._send(socket, type="check_done")
        elif phase == "questions":
            await self._fill_in(socket, view["questions"])
        elif phase == "baseline":
            await self._send(socket, type="baseline_done")
        elif phase == "probe":
            self.n_probes += 1
            await self._send(
                socket,
                type="probe",
                item_id=view["probe"]["item_id"],
                trust=self._dice.randint(1, 5),
                concentration=self._dice.randint(1, 5),
            )
        elif phase == "task":
            await self._sort(socket, view["task"], lesson)
        else:
            await asyncio.wait_for(self._changed.wait(), 30)

    async def _fill_in(self, socket: ClientConnection, sheet: dict[str, Any]) -> None:
        about = {"instrument": sheet["instrument"], "part": sheet["part"], "block": sheet["block"]}
        for item in sheet["items"]:
            if not item["required"] and self._dice.random() < 0.1:
                continue
            value = self._dice.randint(int(item["low"]), int(item["high"]))
            answer = {"value": value, "choice": None, "text": None, "not_applicable": False}
            await self._send(socket, type="answer", **about, item_id=item["id"], **answer, response_ms=800)
        await self._send(socket, type="questions_done", **about)

    async def _sort(self, socket: ClientConnection, task: dict[str, Any], lesson: Lesson) -> None:
        item_id = task["item_id"]
        if self.leaves_after_items is not None and task["n"] > self.leaves_after_items:
            await self._send(socket, type="end")
            return
        tried = self._tried.setdefault(item_id, 0)
        problem = self._rules(lesson)[tried % len(RULES)]
        wrongly = item_id not in self._wrong_on and self._dice.random() < 0.7
        free = [card["id"] for card in task["cards"] if not card["given"]]
        flipped = set(self._dice.sample(free, 2)) if wrongly else set()
        for card in free:
            box = problem.box_of(card)
            if card in flipped:
                box = "right" if box == "left" else "left"
            await self._send(socket, type="place", item_id=item_id, card_id=card, box=box)
        await self._send(socket, type="check", item_id=item_id)
        if wrongly:
            self._wrong_on.add(item_id)
            await asyncio.sleep(self.patience_s)
        elif self._view["phase"] == "task" and self._view["task"]["item_id"] == item_id:
            self._tried[item_id] += 1  # it was the other rule


async def crowd(url: str, people: list[Person], lesson: str, *, at_once: int) -> None:
    """Let them all take part, so many at a time."""
    known, room = load_lesson(lesson), asyncio.Semaphore(at_once)

    async def one(person: Person) -> None:
        async with room:
            await person.take_part(known)

    await asyncio.gather(*(one(person) for person in people))
