"""What a simulated learner knows of a problem when it begins: nothing, and how it learns from then on."""

from __future__ import annotations

import random
from collections.abc import Mapping

from tutorbot.core.lesson import Box, Lesson, Problem
from tutorbot.simulation.concept import Bits, ConceptLearner, ConceptParameters
from tutorbot.simulation.learner import Knowledge

CONCEPT = ConceptParameters()


class Cards:
    """Knows each card by itself, whatever its features: for lessons that are no concept problems."""

    def __init__(self) -> None:
        self._left: dict[str, float] = {}

    def p_left(self, card_id: str) -> float:
        """See ``Knowledge``."""
        return self._left.get(card_id, 0.5)

    def learn(self, card_id: str, box: Box) -> None:
        """See ``Knowledge``."""
        p = self.p_left(card_id)
        self._left[card_id] = p + 0.35 * ((box == "left") - p)

    def learn_board(self, placed: Mapping[str, Box], n_right: int, *, known: tuple[str, ...]) -> None:
        """Nothing is made of a number of right cards."""

    def taught(self, share: float) -> None:
        """See ``Knowledge``."""
        self._left = {card: p + share * (round(p) - p) for card, p in self._left.items()}


def begins(lesson: Lesson, problem: Problem, dice: random.Random) -> Knowledge:
    """A concept learner where cards differ in three features of two values; else one who learns by card."""
    features: dict[str, Bits] = {
        card.card_id: (card.features[0], card.features[1], card.features[2])
        for card in lesson.cards
        if len(card.features) == 3
    }
    if len(features) != len(lesson.cards) or len(set(features.values())) != len(features):
        return Cards()
    return ConceptLearner(features, CONCEPT, dice, left=problem.left)
