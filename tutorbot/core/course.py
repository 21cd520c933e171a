"""Where the learner stands in the lesson: blocks, items, the board, attempts and the criterion."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from statistics import median

from tutorbot.core.lesson import BOXES, Box, Lesson, Problem

WORKED_CARDS = 2
"""Cards an INTERVENTION puts right (pilot value)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One board of cards as it lies now.

    placed: (card, box) pairs; a card not named is still on the table.
    began_s: active seconds at its start. best_right: most cards right in any check so far.
    n_errors: wrong checks. hints: rungs of the ladder already given.
    marks: (card, mark) pairs shown on the board. worked_act_id: act whose worked step lies there and can be
    taken back; before_work: the placements before it.
    """

    item_id: str
    n: int
    block: int
    problem: Problem
    order: tuple[str, ...]
    given: tuple[str, ...]
    placed: tuple[tuple[str, Box], ...]
    began_s: float
    n_attempts: int = 0
    n_errors: int = 0
    n_changes: int = 0
    best_right: int = 0
    hints: int = 0
    helped: bool = False
    marks: tuple[tuple[str, str], ...] = ()
    worked_act_id: str | None = None
    before_work: tuple[tuple[str, Box], ...] = ()

    @property
    def boxes(self) -> dict[str, Box]:
        """Card to box."""
        return dict(self.placed)

    @property
    def complete(self) -> bool:
        """True when every card lies in a box."""
        return len(self.placed) == len(self.order)

    @property
    def n_right(self) -> int:
        """Cards in their right box."""
        return sum(box == self.problem.box_of(card) for card, box in self.placed)

    @property
    def solved(self) -> bool:
        """True when every card is in its right box."""
        return self.n_right == len(self.order)

    def with_card(self, card_id: str, box: Box | None) -> Item:
        """The board after one card was moved; ``None`` takes it back to the table."""
        boxes = self.boxes
        boxes.pop(card_id, None)
        if box is not None:
            boxes[card_id] = box
        changed = self.n_attempts > 0 and self.boxes.get(card_id) != box
        marks = tuple((card, mark) for card, mark in self.marks if card != card_id)
        return replace(
            self, placed=tuple(boxes.items()), n_changes=self.n_changes + int(changed), marks=marks
        )

    def with_work(self, act_id: str) -> Item:
        """The board after the tutor put some cards right."""
        boxes, right = self.boxes, self.problem.box_of
        useful = dict.fromkeys((*self.problem.worked_step, *self.order))
        wrong = [card for card in useful if card in self.order and boxes.get(card) != right(card)]
        for card in wrong[:WORKED_CARDS]:
            boxes[card] = right(card)
        marks = tuple((card, "filled") for card in wrong[:WORKED_CARDS])
        return replace(
            self,
            placed=tuple(boxes.items()),
            marks=marks,
            worked_act_id=act_id,
            before_work=self.placed,
            helped=True,
        )

    def without_work(self) -> Item:
        """The board as it lay before the worked step; the learner's later moves of other cards stay."""
        filled = [card for card, mark in self.marks if mark == "filled"]  # a set has no order of its own
        before, boxes = dict(self.before_work), self.boxes
        for card in filled:
            boxes.pop(card, None)
            if card in before:
                boxes[card] = before[card]
        return replace(self, placed=tuple(boxes.items()), marks=(), worked_act_id=None, before_work=())


class Course:
    """The way through the lesson's blocks. Deterministic for a seed; holds no clock."""

    def __init__(self, lesson: Lesson, seed: int) -> None:
        self.lesson = lesson
        self.item: Item | None = None
        self.block = 0
        self._seed = seed
        self._n_items = 0
        self._in_block = 0
        self._run = 0
        self._n_set_aside = 0
        self._durations: list[float] = []
        self._criterion_met = False
        self._open = False

    @property
    def board(self) -> Item | None:
        """The board the learner works on; None before the first and while a finished one is shown."""
        return self.item if self._open else None

    @property
    def n_items(self) -> int:
        """Items begun so far."""
        return self._n_items

    @property
    def most_items(self) -> int:
        """Items there can be at most in the whole lesson, those of blocks that were begun anew included."""
        return len(self.lesson.problems) * self.lesson.most_items + self._n_set_aside

    @property
    def problem(self) -> Problem:
        """The problem of the current block."""
        return self.lesson.problems[self.block - 1]

    @property
    def block_over(self) -> bool:
        """True when the criterion is met or the block's items are used up."""
        return self._criterion_met or self._in_block >= self.lesson.most_items

    @property
    def finished(self) -> bool:
        """True when the last block is over."""
        return self.block == len(self.lesson.problems) and self.block_over

    @property
    def end_reason(self) -> str:
        """``criterion`` when the last block met it, else ``max_items``."""
        return "criterion" if self._criterion_met else "max_items"

    def median_item_s(self, after_items: int) -> float | None:
        """Own median of finished items, seconds; None before ``after_items`` were finished."""
        return median(self._durations) if len(self._durations) >= max(1, after_items) else None

    def begin_block(self) -> None:
        """Go on to the next problem."""
        self.block += 1
        self._in_block = self._run = 0
        self._criterion_met = False

    def restart_block(self) -> None:
        """Begin the current block anew; boards keep counting on, so that no id comes twice."""
        self._n_set_aside += self._in_block
        self._in_block = self._run = 0
        self._criterion_met = False
        self._open = False

    def begin_item(self, active_s: float) -> Item:
        """Lay out the next board; its order depends on the seed and the item's number alone."""
        self._n_items += 1
        self._in_block += 1
        dice = random.Random(f"{self._seed}/item/{self._n_items}")
        order = [card.card_id for card in self.lesson.cards]
        dice.shuffle(order)
        given = self._given(order)
        right = self.problem.box_of
        self.item = Item(
            item_id=f"I{self._n_items}",
            n=self._n_items,
            block=self.block,
            problem=self.problem,
            order=tuple(order),
            given=given,
            placed=tuple((card, right(card)) for card in given),
            began_s=active_s,
        )
        self._open = True
        return self.item

    def _given(self, order: list[str]) -> tuple[str, ...]:
        """The first cards of each box in turn, so that both boxes have an example."""
        by_box = {box: [card for card in order if self.problem.box_of(card) == box] for box in BOXES}
        turns = [by_box[box][i] for i in range(len(order)) for box in BOXES if i < len(by_box[box])]
        return tuple(turns[: self.lesson.n_given])

    def hint_given(self) -> None:
        """One more rung of the hint ladder was given on this item."""
        assert self.item is not None
        self.item = replace(self.item, hints=self.item.hints + 1, helped=True)

    def mark_helped(self) -> None:
        """The learner had help on this item; a right first check no longer counts as unaided."""
        assert self.item is not None
        self.item = replace(self.item, helped=True)

    def finish_item(self, active_s: float, *, first_try: bool) -> float:
        """Count the item towards the criterion. Returns: its duration, active seconds."""
        assert self.item is not None
        duration_s = active_s - self.item.began_s
        self._durations.append(duration_s)
        self._open = False
        self._run = self._run + 1 if first_try else 0
        self._criterion_met = self._run >= self.lesson.criterion
        return duration_s
