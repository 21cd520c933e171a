"""Scripted learners: they see what a page shows and send what a page sends.

They are scripts to try the system with, not models of people: no result about learners can come from them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tutorbot.core.lesson import Lesson
from tutorbot.core.lines import TutorLine
from tutorbot.errors import BadInput

Message = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """How a scripted learner behaves.

    place_s: seconds per card. think_s: seconds from a full board to the check.
    p_wrong: share of cards put wrong before the rule is known, by item number (the last one stays).
    answer: what is said to an offer. undoes: takes worked steps back.
    says_stuck: presses "I'm stuck" after this many wrong checks on an item; 0 never.
    trust, concentration: answers to the two single items.
    confused, frustrated: answers to the study's two questions in the middle of a board; None passes over.
    """

    place_s: float
    think_s: float
    p_wrong: tuple[float, ...]
    answer: str
    undoes: bool
    says_stuck: int
    trust: int
    concentration: int
    confused: int | None
    frustrated: int | None


TEMPERS = {
    "struggling": Temper(
        place_s=4.0,
        think_s=9.0,
        p_wrong=(0.6, 0.6, 0.5, 0.5, 0.4, 0.4, 0.3),
        answer="yes please",
        undoes=False,
        says_stuck=3,
        trust=4,
        concentration=3,
        confused=4,
        frustrated=3,
    ),
    "fluent": Temper(
        place_s=2.0,
        think_s=2.0,
        p_wrong=(0.0,),
        answer="yes please",
        undoes=False,
        says_stuck=0,
        trust=4,
        concentration=5,
        confused=1,
        frustrated=1,
    ),
    "declining": Temper(
        place_s=4.0,
        think_s=9.0,
        p_wrong=(0.6, 0.6, 0.5, 0.5, 0.4, 0.4, 0.3),
        answer="not now",
        undoes=True,
        says_stuck=0,
        trust=2,
        concentration=3,
        confused=None,
        frustrated=None,
    ),
}
"""Scripted learners by name."""

ANSWER_AFTER_S = 3.0
"""How long a scripted learner takes to answer an offer, or the study's two questions."""


class ScriptedLearner:
    """Decides at each second what to send, from the view and the tutor's lines alone.

    The script knows the lesson's rules only to make mistakes on purpose.
    """

    def __init__(self, name: str, lesson: Lesson, seed: int, *, camera: bool) -> None:
        if name not in TEMPERS:
            raise BadInput(
                f"There is no scripted learner {name!r}.", remedy=f"Known are {', '.join(TEMPERS)}."
            )
        self.temper = TEMPERS[name]
        self._lesson = lesson
        self._dice = random.Random(f"{seed}/{name}")
        self._camera = camera
        self._next_s = 0.0
        self._reply: tuple[float, Message] | None = None
        self._asked: tuple[str, float] | None = None
        self._target: dict[str, str] = {}
        self._item_id: str | None = None
        self._n_wrong = 0
        self._feedback: str | None = None
        self._stuck_on: str | None = None

    @property
    def calm(self) -> bool:
        """False from the first wrong check on a board until the next board: the face then shows it."""
        return self._n_wrong == 0

    def hear(self, line: TutorLine, at_s: float) -> None:
        """The tutor said something; an offer is answered a little later."""
        if line.act_id is None:
            return
        if line.choices:
            self._reply = (at_s + ANSWER_AFTER_S, {"type": "say", "text": self.temper.answer})
        elif self.temper.undoes:
            self._reply = (at_s + ANSWER_AFTER_S, {"type": "undo", "act_id": line.act_id})

    def step(self, at_s: float, view: Mapping[str, Any]) -> list[Message]:
        """What is sent at this second."""
        if self._reply is not None and at_s >= self._reply[0]:
            message, self._reply = self._reply[1], None
            return [message] if view["task"] is not None else []
        if view["check_in"] is not None:
            return self._to_check_in(at_s, view["check_in"]["probe_id"])
        if at_s < self._next_s:
            return []
        return getattr(self, f"_in_{view['phase']}")(at_s, view)  # type: ignore[no-any-return]

    def _in_consent(self, at_s: float, view: Mapping[str, Any]) -> list[Message]:
        consent = view["consent"]
        camera = self._camera and bool(consent["camera_offered"])
        return [{"type": "consent", "participation": True, "camera": camera, "version": consent["version"]}]

    def _in_baseline(self, at_s: float, view: Mapping[str, Any]) -> list[Message]:
        if self._next_s == 0.0:
            self._next_s = at_s + float(view["baseline"]["seconds"])
            return []
        return [{"type": "baseline_done"}]

    def _in_probe(self, at_s: float, view: Mapping[str, Any]) -> list[Message]:
        self._next_s = at_s + 4.0
        return [
            {
                "type": "probe",
                "item_id": view["probe"]["item_id"],
                "trust": self.temper.trust,
                "concentration": self.temper.concentration,
            }
        ]

    def _to_check_in(self, at_s: float, probe_id: str) -> list[Message]:
        """The study's two questions lie over the board: it rests until they are answered."""
        if self._asked is None or self._asked[0] != probe_id:
            self._asked = (probe_id, at_s)
        if at_s < self._asked[1] + ANSWER_AFTER_S:
            return []
        self._next_s = max(self._next_s, at_s + self.temper.place_s)
        return [
            {
                "type": "check_in",
                "probe_id": probe_id,
                "confused": self.temper.confused,
                "frustrated": self.temper.frustrated,
            }
        ]

    def _in_task(self, at_s: float, view: Mapping[str, Any]) -> list[Message]:
        task = view["task"]
        if task["item_id"] != self._item_id:
            self._begin(task)
        elif task["feedback"] is not None and task["feedback"]["text"] != self._feedback:
            self._feedback = task["feedback"]["text"]
            if task["feedback"]["tone"] == "try":
                self._n_wrong += 1
                self._think_again(task)
        fed_up = 0 < self.temper.says_stuck <= self._n_wrong
        if fed_up and self._stuck_on != self._item_id:
            self._stuck_on = self._item_id
            self._next_s = at_s + self.temper.think_s
            return [{"type": "stuck"}]
        return self._sort(at_s, task)

    def _sort(self, at_s: float, task: Mapping[str, Any]) -> list[Message]:
        """One card at a time towards the board in mind, then the check."""
        filled = {card["id"] for card in task["cards"] if card["marked"] == "filled"}
        for card in task["cards"]:
            wanted = self._target[card["id"]]
            if card["given"] or card["id"] in filled or card["box"] == wanted:
                continue
            self._next_s = at_s + self.temper.place_s
            return [{"type": "place", "item_id": task["item_id"], "card_id": card["id"], "box": wanted}]
        self._next_s = at_s + self.temper.think_s
        return [{"type": "check", "item_id": task["item_id"]}]

    def _begin(self, task: Mapping[str, Any]) -> None:
        """Make up a mind about the new board, with mistakes."""
        self._item_id = task["item_id"]
        self._n_wrong, self._feedback = 0, None
        shares = self.temper.p_wrong
        p_wrong = shares[min(task["n"], len(shares)) - 1]
        right = self._right(task)
        cards = [card["id"] for card in task["cards"] if not card["given"]]
        wrong = [card for card in cards if self._dice.random() < p_wrong]
        if p_wrong > 0 and not wrong:
            wrong = [self._dice.choice(cards)]
        self._target = {card: _other(box) if card in wrong else box for card, box in right.items()}

    def _think_again(self, task: Mapping[str, Any]) -> None:
        """After a wrong check: turn one or two cards over, more often the wrong ones."""
        right = self._right(task)
        free = [card["id"] for card in task["cards"] if not card["given"]]
        wrong = [card for card in free if self._target[card] != right[card]]
        turn = [self._dice.choice(wrong)] if wrong else []
        if self._dice.random() < 0.5:
            turn.append(self._dice.choice(free))
        for card in dict.fromkeys(turn):
            self._target[card] = _other(self._target[card])

    def _right(self, task: Mapping[str, Any]) -> dict[str, str]:
        problem = next(p for p in self._lesson.problems if p.title == task["title"])
        return {card["id"]: problem.box_of(card["id"]) for card in task["cards"]}


def _other(box: str) -> str:
    return "right" if box == "left" else "left"
