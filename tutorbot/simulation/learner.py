"""A simulated learner: mind, knowledge and hands. What it does each second, given what it sees.

It does not know what carries its actions: a core tutor beside it (``session.py``), which is fast, or a
page before the whole session loop (``tutorbot.demo.simulated``). It sends what a page sends
(docs/wire.md) and sees what a page shows: the phase, the board, and the tutor's lines.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tutorbot.core.course import Item
from tutorbot.core.lesson import Box
from tutorbot.core.lines import TutorLine
from tutorbot.simulation.dialogue import NOT_NOW, YES
from tutorbot.simulation.mind import Mind, State
from tutorbot.simulation.parameters import Parameters

Message = dict[str, Any]
"""What a page sends, without the ids that only a connection needs."""

STEP, QUESTION = "intervention", "ask_before_step"
LEVELS: Mapping[str, int] = {"notification": 1, "give_control": 1, "suggestion": 2, QUESTION: 2, STEP: 3}
"""How strong an act is, by the text it is said with: people hear it in the words, this learner in the id."""


class Knowledge(Protocol):
    """What a learner knows of the rule of the current problem."""

    def p_left(self, card_id: str) -> float:
        """Probability with which the card would be put left."""

    def learn(self, card_id: str, box: Box) -> None:
        """The right box of a card was seen."""

    def learn_board(self, placed: Mapping[str, Box], n_right: int, *, known: tuple[str, ...]) -> None:
        """So many cards of a board were right; the box of ``known`` ones was certain."""

    def taught(self, share: float) -> None:
        """Help taught this share, 0..1, of what is not known yet."""


@dataclass(slots=True)
class Told:
    """An act as it met the learner. state: hidden, at delivery."""

    level: int
    at_s: float
    item_n: int
    state: State


@dataclass(slots=True)
class Truth:
    """What only the simulator knows of a session.

    state_s: seconds of work in each hidden state. focus_sum: of focus over these seconds. trust: the
    learner's own, at the end of each board. trust_answers, focus_answers: of the single items.
    """

    state_s: dict[State, float] = field(default_factory=lambda: dict.fromkeys(State, 0.0))
    focus_sum: dict[State, float] = field(default_factory=lambda: dict.fromkeys(State, 0.0))
    trust: list[float] = field(default_factory=list)
    trust_answers: list[int] = field(default_factory=list)
    focus_answers: list[int] = field(default_factory=list)
    acts: list[Told] = field(default_factory=list)


class Sight(Protocol):
    """What a page shows of the lesson just now."""

    @property
    def phase(self) -> str:
        """As in a view: task, probe, ended and so on."""

    @property
    def item(self) -> Item | None:
        """The board before the learner, a finished one with its marks included; None before the first."""

    @property
    def check_in(self) -> str | None:
        """Id of the study's two questions, while they lie over the board."""


class SimulatedLearner:
    """One learner in one lesson. ``truth`` is what was behind its answers."""

    def __init__(
        self, *, mind: Mind, knowledge: Mapping[str, Knowledge], parameters: Parameters, dice: random.Random
    ) -> None:
        """knowledge: problem id -> what the learner knows of it."""
        self.mind = mind
        self.truth = Truth()
        self.parameters = self._p = parameters
        self._knowledge = knowledge
        self._dice = dice
        self._sight: Sight
        self._now_s = 0.0
        self._next_s = 0.0
        self._reply: tuple[float, str, str] | None = None
        self._away_until_s: float | None = None
        self._item_id: str | None = None
        self._target: dict[str, Box] = {}
        self._focus: list[float] = []
        self._asked_for = False
        self._questions: tuple[str, float] | None = None
        self._known_on: str | None = None
        self._known = 0.0

    # ------------------------------------------------------------ what carries it

    def sit_down(self, sight: Sight, at_s: float) -> None:
        """The lesson begins; from now on the learner looks at ``sight``."""
        self._sight = sight
        self._now_s = self._next_s = at_s

    def act(self, at_s: float) -> Iterator[Message]:
        """What is done at this second, a message at a time; all that came of one is there before the next."""
        self._now_s = at_s
        if self._away_until_s is not None:
            if at_s < self._away_until_s:
                return
            self._away_until_s = None
            yield {"type": "attention", "state": "returned"}
        if self._sight.check_in is not None:
            yield from self._check_in(self._sight.check_in)
            return
        if self._reply is not None and at_s >= self._reply[0]:
            yield from self._answer()
            return
        phase = self._sight.phase
        if phase == "probe":
            yield from self._probe()
        elif phase == "task":
            whim = self._whim()
            if whim is not None:
                yield whim
                if whim["type"] == "stuck":
                    self._taught(1)
            elif self._now_s >= self._next_s and not self._looks_at_a_step():
                yield from self._work()

    def live(self) -> None:
        """A second of work went by, in the mind."""
        if self._sight.phase != "task":
            return
        mind, truth = self.mind, self.truth
        mind.second(knows=self._knows())
        truth.state_s[mind.state] += 1.0
        truth.focus_sum[mind.state] += mind.focus
        self._focus.append(mind.focus)

    def hear(self, line: TutorLine, at_s: float) -> None:
        """The tutor said something; what it said by itself is answered a little later, or passed over."""
        if line.act_id is None:
            return
        said = line.wording_id.partition("/")[0]
        level = LEVELS[said]
        item_n = self._board().n
        self.truth.acts.append(Told(level=level, at_s=at_s, item_n=item_n, state=self.mind.state))
        if said == STEP and self._asked_for:
            self._asked_for = False
            self._taught(3)
            return
        self.mind.spoken_to(level)
        self._reply = (at_s + self._seconds(self._p.times.reply_s), line.act_id, said)

    # ------------------------------------------------------------ hands

    def _whim(self) -> Message | None:
        """Bored learners leave the page now and then; stuck ones may say so."""
        state, chance = self.mind.state, self._dice.random()
        if state is State.BORED and chance < self._p.focus.leaves_per_s:
            self._away_until_s = self._now_s + 1 + self._dice.expovariate(1 / self._p.focus.away_s)
            return {"type": "attention", "state": "left"}
        if self.mind.negative and chance < self._p.reaction.asks_stuck_per_s:
            return {"type": "stuck"}
        return None

    def _looks_at_a_step(self) -> bool:
        """Cards the tutor has laid are looked at before the work goes on: it is then taken up, or undone."""
        return self._reply is not None and self._reply[2] == STEP

    def _work(self) -> Iterator[Message]:
        item = self._board()
        if item.item_id != self._item_id:
            self._take_up(item)
        filled = {card for card, mark in item.marks if mark == "filled"}
        boxes = item.boxes
        for card in item.order:
            if card in item.given or card in filled:
                continue
            box = self._target[card]
            if card not in boxes or boxes[card] != box:
                yield {"type": "place", "item_id": item.item_id, "card_id": card, "box": box}
                self._wait(self._p.times.place_s)
                return
        yield {"type": "check", "item_id": item.item_id}
        self._see_what_came_of_it()

    def _see_what_came_of_it(self) -> None:
        """Of a check: the same board is still open, or it is shown as it belongs."""
        board = self._board()
        if self._sight.phase == "task":
            self.mind.checked(correct=False)
            self._of(board).learn_board(board.boxes, board.n_right, known=board.given)
            self._think_again(board)
            self._wait(self._p.times.rethink_s)
        else:
            self._finished(board)

    def _finished(self, item: Item) -> None:
        """Every card is a lesson."""
        self.mind.checked(correct=all(mark != "wrong" for _, mark in item.marks))
        self._reply = None
        knowledge = self._of(item)
        for card in item.order:
            knowledge.learn(card, item.problem.box_of(card))
        self._wait(self._p.times.read_s)

    def _probe(self) -> Iterator[Message]:
        if self._now_s < self._next_s:
            return
        trust = self.mind.trust_answer()
        focus = self.mind.focus_answer(sum(self._focus) / max(1, len(self._focus)))
        self._focus.clear()
        self.truth.trust.append(self.mind.trust)
        self.truth.trust_answers.append(trust)
        self.truth.focus_answers.append(focus)
        yield {"type": "probe", "item_id": self._board().item_id, "trust": trust, "concentration": focus}
        self.mind.begins_board()
        self._wait(self._p.times.place_s)

    def _check_in(self, probe_id: str) -> Iterator[Message]:
        """Read the study's two questions, then answer them by what is felt."""
        if self._questions is None or self._questions[0] != probe_id:
            self._questions = (probe_id, self._now_s + self._seconds(self._p.times.read_s))
        if self._now_s < self._questions[1]:
            return
        confused, frustrated = self.mind.felt_answers()
        yield {"type": "check_in", "probe_id": probe_id, "confused": confused, "frustrated": frustrated}

    def _answer(self) -> Iterator[Message]:
        """React to an act: take it, turn it down, or let it pass."""
        assert self._reply is not None
        _, act_id, said = self._reply
        self._reply, level = None, LEVELS[said]
        if self.mind.accepts(level):
            if said == STEP:
                self._taught(3)
                return
            self._asked_for = said == QUESTION
            yield {"type": "say", "text": YES}
            if said != QUESTION:
                self._taught(level)
        elif not self.mind.ignores(level):
            if said == STEP:
                yield {"type": "undo", "act_id": act_id}
            else:
                yield {"type": "say", "text": NOT_NOW}

    # ------------------------------------------------------------ knowledge

    def _take_up(self, item: Item) -> None:
        """Make up a mind about a new board; the cards that lie there already are examples."""
        self._item_id = item.item_id
        knowledge = self._of(item)
        for card in item.given:
            knowledge.learn(card, item.problem.box_of(card))
        self._target = {card: self._guess(knowledge, card) for card in item.order}

    def _guess(self, knowledge: Knowledge, card: str) -> Box:
        slips = self._p.learning
        errs = slips.frustrated_errs if self.mind.state in {State.FRUSTRATED, State.BORED} else slips.errs
        left = self._dice.random() < knowledge.p_left(card)
        return "left" if left != (self._dice.random() < errs) else "right"

    def _think_again(self, item: Item) -> None:
        """So many cards are wrong, but which? Those one is least sure of are turned over."""
        knowledge = self._of(item)
        free = [card for card in item.order if card not in item.given]
        for card in free:
            self._target[card] = item.boxes.get(card, self._target[card])

        def sure(card: str) -> float:
            p = knowledge.p_left(card)
            mine = p if self._target[card] == "left" else 1 - p
            return mine + self._dice.gauss(0, 0.15)

        for card in sorted(free, key=sure)[: len(item.order) - item.n_right]:
            self._target[card] = "right" if self._target[card] == "left" else "left"

    def _knows(self) -> float:
        """How far the learner would get the current board right, 0 at chance to 1; anew on each board."""
        item = self._board()
        if self._known_on != item.item_id:
            knowledge, box_of = self._of(item), item.problem.box_of
            left = {card: knowledge.p_left(card) for card in item.order}
            right = [p if box_of(card) == "left" else 1 - p for card, p in left.items()]
            self._known_on, self._known = item.item_id, max(0.0, 2 * sum(right) / len(right) - 1)
        return self._known

    def _taught(self, level: int) -> None:
        """Help of this level was taken: something is learned, and the board is looked at afresh."""
        item = self._board()
        knowledge = self._of(item)
        knowledge.taught(self._p.help.teaches[level - 1])
        self.mind.helped(level)
        self._known_on = None
        if self._item_id == item.item_id:
            for card in item.order:
                self._target[card] = self._guess(knowledge, card)

    # ------------------------------------------------------------ small things

    def _of(self, item: Item) -> Knowledge:
        """What is known of the board's problem."""
        return self._knowledge[item.problem.problem_id]

    def _board(self) -> Item:
        item = self._sight.item
        assert item is not None
        return item

    def _wait(self, middle_s: float) -> None:
        self._next_s = self._now_s + self._seconds(middle_s)

    def _seconds(self, middle_s: float) -> float:
        """A time drawn around its middle, for this person in this state."""
        factor = {State.CONFUSED: self._p.times.confused_factor, State.BORED: self._p.times.bored_factor}
        spread = math.exp(self._dice.gauss(0, self._p.times.place_sd))
        return middle_s * self.mind.person.pace * factor.get(self.mind.state, 1.0) * spread
