"""A dialogue manager without Rasa, and a tutor's mind that does as it is told."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tutorbot.adapters.rasa.client import plain_words
from tutorbot.core.acts import DialogueAct, ProactivityLevel
from tutorbot.errors import DialogueUnreachable
from tutorbot.ports import LearnerTurn, TutorLine, TutorMind
from tutorbot.simulation.dialogue import recorded

# First match wins, so the more telling words come first.
_KEYWORDS = (
    ("ask_meaning", r"what do you mean|meaning"),
    ("ask_why_you_spoke", r"why did you|why are you|interrupt"),
    ("ask_repeat", r"again|repeat"),
    ("undo_step", r"stop|undo|take (it|that|them) back"),
    ("not_now", r"not now|later|wait"),
    ("stuck", r"stuck"),
    ("express_confusion", r"confused|don't get|lost"),
    ("express_frustration", r"annoying|hate|frustrat"),
    ("ask_explanation", r"explain|why"),
    ("give_answer", r"\b(left|right)\b"),
    ("ask_hint", r"hint|help|clue"),
    ("thanks", r"thank"),
    ("goodbye", r"bye"),
    ("greet", r"hello|^hi\b"),
    ("deny", r"^no\b|nope"),
    ("affirm", r"^(yes|ok|sure)\b"),
)
_ENTITIES = {
    "shape": r"triangle|circle",
    "colour": r"red|blue",
    "size": r"small|large",
    "box": r"left|right",
}


def understood(text: str) -> LearnerTurn:
    """What the fake makes of a text: the first keyword decides."""
    words = text.lower()
    intent = next((name for name, pattern in _KEYWORDS if re.search(pattern, words)), "nlu_fallback")
    found = sorted(
        (match.start(), name, match[0])
        for name, pattern in _ENTITIES.items()
        for match in re.finditer(pattern, words)
    )
    return LearnerTurn(
        text=text, intent=intent, confidence=1.0, entities=tuple((name, value) for _, name, value in found)
    )


class FakeDialogue:
    """Keeps the contract of ``DialogueManager`` in the test's own process.

    down: every call raises ``DialogueUnreachable``, as with a dead Rasa.
    n_turns: turns and acts taken so far; blocks: sessions in the order of ``begin_block``.
    """

    def __init__(self, mind: TutorMind, understand: Callable[[str], LearnerTurn] = understood) -> None:
        self._mind = mind
        self._understand = understand
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self.down = False
        self.n_turns = 0
        self.blocks: list[str] = []

    async def begin_block(self, session_id: str, *, deadline_s: float) -> None:
        self._reach()
        self.blocks.append(session_id)

    async def hear(self, session_id: str, text: str, *, deadline_s: float) -> None:
        turn = self._understand(plain_words(text))
        await self._turn(session_id, lambda: self._mind.answer(session_id, turn), deadline_s)

    async def perform(self, session_id: str, act: DialogueAct, *, deadline_s: float) -> None:
        if act.level is ProactivityLevel.NONE:
            raise ValueError(f"Act {act.act_id} has level NONE, so there is nothing to say.")
        await self._turn(session_id, lambda: self._mind.voice(session_id, act.act_id), deadline_s)

    async def ready(self) -> bool:
        return not self.down

    async def _turn(
        self, session_id: str, ask: Callable[[], Awaitable[tuple[TutorLine, ...]]], deadline_s: float
    ) -> None:
        self._reach()
        try:
            async with asyncio.timeout(deadline_s), self._queues[session_id]:
                self.n_turns += 1
                try:
                    for line in await ask():
                        await self._mind.spoken(session_id, line)
                except KeyError:
                    return
        except TimeoutError as error:
            raise DialogueUnreachable(
                f"The fake did not finish a turn within {deadline_s:g} s.", remedy="Make the mind faster."
            ) from error

    def _reach(self) -> None:
        if self.down:
            raise DialogueUnreachable("The fake dialogue manager is down.", remedy="Set down to False.")


class RecordedDialogue(FakeDialogue):
    """Understands the sentences of simulated learners as the trained model was recorded to; keywords else."""

    def __init__(self, mind: TutorMind) -> None:
        intents = recorded()

        def understand(text: str) -> LearnerTurn:
            if text not in intents:
                return understood(text)
            intent, confidence = intents[text]
            return LearnerTurn(text=text, intent=intent, confidence=confidence)

        super().__init__(mind, understand)


class MindToCome:
    """The mind that a dialogue manager asks, once there are sessions."""

    sessions: TutorMind

    async def answer(self, *args: Any) -> Any:
        return await self.sessions.answer(*args)

    async def voice(self, *args: Any) -> Any:
        return await self.sessions.voice(*args)

    async def spoken(self, *args: Any) -> Any:
        return await self.sessions.spoken(*args)


@dataclass(slots=True)
class ScriptedMind:
    """A mind that answers by the book and keeps what came by.

    sessions: the open ones; any other raises KeyError.
    replies: texts said for an intent; an intent without any gets its own name back.
    acts: texts said for an act; an act that is not here is stale. ``wanted_once`` drops it when voiced.
    fault: raised by ``answer`` and ``voice``; spoken_fault: raised by ``spoken``.
    answer_after: when set, ``answer`` waits for it first.
    """

    sessions: set[str] = field(default_factory=set)
    replies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    acts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    wanted_once: bool = True
    fault: Exception | None = None
    spoken_fault: Exception | None = None
    answer_after: asyncio.Event | None = None
    heard: list[tuple[str, LearnerTurn]] = field(default_factory=list)
    lines: list[tuple[str, TutorLine]] = field(default_factory=list)

    async def answer(self, session_id: str, turn: LearnerTurn) -> tuple[TutorLine, ...]:
        self._check(session_id)
        if self.answer_after is not None:
            await self.answer_after.wait()
        if self.fault is not None:
            raise self.fault
        self.heard.append((session_id, turn))
        texts = self.replies.get(turn.intent, (turn.intent,))
        return tuple(
            TutorLine(text=text, wording_id=f"{turn.intent}/{n}", choices=("Yes", "Not now"))
            for n, text in enumerate(texts, 1)
        )

    async def voice(self, session_id: str, act_id: str) -> tuple[TutorLine, ...]:
        self._check(session_id)
        if self.fault is not None:
            raise self.fault
        texts = self.acts.pop(act_id, ()) if self.wanted_once else self.acts.get(act_id, ())
        return tuple(
            TutorLine(text=text, wording_id=f"act/{n}", act_id=act_id) for n, text in enumerate(texts, 1)
        )

    async def spoken(self, session_id: str, line: TutorLine) -> None:
        self._check(session_id)
        if self.spoken_fault is not None:
            raise self.spoken_fault
        self.lines.append((session_id, line))

    def texts(self, session_id: str) -> list[str]:
        """What was said in one session, in order."""
        return [line.text for where, line in self.lines if where == session_id]

    def _check(self, session_id: str) -> None:
        if session_id not in self.sessions:
            raise KeyError(session_id)
