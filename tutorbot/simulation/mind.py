"""What goes on in a simulated learner: affect, trust and focus. Hidden from the tutor, kept for the judge."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from enum import StrEnum

from tutorbot.simulation.parameters import Parameters


class State(StrEnum):
    """The hidden state. Source of their order: D'Mello & Graesser (2012)."""

    ENGAGED = "engaged"
    CONFUSED = "confused"
    FRUSTRATED = "frustrated"
    BORED = "bored"


NEGATIVE = frozenset({State.CONFUSED, State.FRUSTRATED})
"""States in which help is wanted."""


FELT, NOT_FELT = 4.0, 1.5
"""Answers of 1..5 to how confused or frustrated one feels, in that state and out of it (pilot values)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a simulated learner is; the same seed is the same person in every condition.

    pre_trust: 1..5. affinity: technical affinity in standard deviations. pace, irritable: factors around 1.
    """

    pre_trust: float
    affinity: float
    pace: float
    irritable: float


def make_person(parameters: Parameters, dice: random.Random) -> Person:
    """Draw a person."""
    traits = parameters.traits
    return Person(
        pre_trust=min(5.0, max(1.0, dice.gauss(traits.pre_trust_mean, traits.pre_trust_sd))),
        affinity=dice.gauss(0.0, traits.affinity_sd),
        pace=math.exp(dice.gauss(0.0, traits.pace_sd)),
        irritable=math.exp(dice.gauss(0.0, traits.irritable_sd)),
    )


class Mind:
    """Runs by the second. trust: 1..5, the learner's own; the tutor's estimate is another thing."""

    def __init__(self, person: Person, parameters: Parameters, dice: random.Random) -> None:
        self.person = person
        self._p = parameters
        self._dice = dice
        self.state = State.ENGAGED
        self.trust = person.pre_trust
        self._held_s = 0.0
        self._boost = 0.0
        self._helped = False

    @property
    def negative(self) -> bool:
        """Confused or frustrated."""
        return self.state in NEGATIVE

    @property
    def focus(self) -> float:
        """0..1."""
        level = {
            State.ENGAGED: self._p.focus.engaged,
            State.CONFUSED: self._p.focus.confused,
            State.FRUSTRATED: self._p.focus.frustrated,
            State.BORED: self._p.focus.bored,
        }[self.state]
        return min(1.0, max(0.0, level + self._boost))

    def second(self, *, knows: float) -> None:
        """One second of work. knows: 0..1, how much of the rule."""
        s = self._p.states
        self._held_s += 1.0
        self._boost *= 0.5 ** (1.0 / self._p.focus.fades_s)
        chance = self._dice.random()
        if self.state is State.ENGAGED:
            if chance < s.confused_per_s * (1 - knows):
                self._turn(State.CONFUSED)
        elif self.state is State.CONFUSED:
            if chance < s.resolved_per_s:
                self._turn(State.ENGAGED)
            elif self._held_s > s.frustrated_after_s and chance > 1 - s.frustrated_per_s:
                self._turn(State.FRUSTRATED)
        elif self.state is State.FRUSTRATED and chance < s.bored_per_s:
            self._turn(State.BORED)

    def begins_board(self) -> None:
        """A new board: boredom may end, and trust settles a little."""
        if self.state is State.BORED and self._dice.random() < self._p.states.wakes_up:
            self._turn(State.ENGAGED)
        self._move_trust(self._p.trust.settles * (self.person.pre_trust - self.trust))

    def checked(self, *, correct: bool) -> None:
        """The board was checked."""
        s = self._p.states
        if correct:
            if self._helped:
                self._move_trust(self._p.trust.worked)
            if self.state is not State.ENGAGED and self._dice.random() < s.calm_on_success:
                self._turn(State.ENGAGED)
        elif self.state is State.ENGAGED and self._dice.random() < s.confused_on_error:
            self._turn(State.CONFUSED)
        elif self.state is State.CONFUSED and self._dice.random() < s.frustrated_on_error:
            self._turn(State.FRUSTRATED)
        self._helped = False

    def spoken_to(self, level: int) -> None:
        """The tutor took the initiative at this level, 1..3. Direction of both effects: Kraus et al."""
        k, trust, focus = level - 1, self._p.trust, self._p.focus
        cost = trust.act[k]
        if self.negative:
            cost += trust.act_negative[k]
            self._boost += focus.act_negative[k]
        else:
            cost += trust.unwanted[k]
            self._boost += focus.act_engaged[k]
        self._move_trust(cost * self.person.irritable)

    def helped(self, level: int) -> None:
        """Help of this level was taken."""
        self._helped = True
        if self.negative and self._dice.random() < self._p.help.resolves[level - 1]:
            self._turn(State.ENGAGED)

    def accepts(self, level: int) -> bool:
        """Whether what is offered is taken."""
        r = self._p.reaction
        odds = r.accepts[level - 1] + r.per_trust * (self.trust - 3.5) + r.negative * self.negative
        odds += r.per_affinity * self.person.affinity
        return self._dice.random() < 1 / (1 + math.exp(-odds))

    def ignores(self, level: int) -> bool:
        """Whether an offer that is not taken is let pass, rather than turned down."""
        return self._dice.random() < self._p.reaction.ignores[level - 1]

    def trust_answer(self) -> int:
        """Of the single item, 1..5."""
        return _item(self._dice.gauss(self.trust, self._p.trust.answer_sd))

    def focus_answer(self, mean_focus: float) -> int:
        """Of the single item on the last board, 1..5."""
        return _item(self._dice.gauss(1 + 4 * mean_focus, self._p.focus.answer_sd))

    def felt_answers(self) -> tuple[int, int]:
        """How confused, and how frustrated, just now: of two single items, 1..5."""
        levels = [FELT if self.state is state else NOT_FELT for state in (State.CONFUSED, State.FRUSTRATED)]
        sd = self._p.trust.answer_sd
        return _item(self._dice.gauss(levels[0], sd)), _item(self._dice.gauss(levels[1], sd))

    def _turn(self, state: State) -> None:
        self.state, self._held_s = state, 0.0

    def _move_trust(self, delta: float) -> None:
        self.trust = min(5.0, max(1.0, self.trust + delta))


def _item(value: float) -> int:
    return min(5, max(1, round(value)))
