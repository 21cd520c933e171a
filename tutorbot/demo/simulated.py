"""A simulated learner before the whole system: a page's messages in, views and lines out.

The learner is the one that ``tutorbot.simulation`` plays by the thousand; here the session loop carries it,
with whatever dialogue manager and detector the session has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from tutorbot.core.course import Item
from tutorbot.core.evidence import AffectEstimate, EvidenceSource
from tutorbot.core.lesson import Lesson
from tutorbot.core.lines import TutorLine
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.wizard import WizardAtTheConsole
from tutorbot.errors import BadFrame
from tutorbot.ports import BaselineReport
from tutorbot.session.loop import TutoringSession
from tutorbot.simulation.learner import Message, SimulatedLearner
from tutorbot.simulation.mind import State
from tutorbot.simulation.seen import Detector
from tutorbot.simulation.session import LONGEST_S

OF_THE_BOARD = frozenset({"filled", "right", "wrong"})
"""Marks that say what became of a card; the others only point at it."""
WITHOUT_ID = frozenset({"attention", "camera_state"})
"""Messages that a page sends without a ``client_id``."""


class LearnersPage:
    """A page as the learner sees it (port ``Surface``, and ``Sight``). lesson: the one on the page."""

    def __init__(self, learner: SimulatedLearner, lesson: Lesson) -> None:
        self.view: Mapping[str, Any] = {}
        self.item: Item | None = None
        self._learner = learner
        self._lesson = lesson

    @property
    def phase(self) -> str:
        """See ``Sight``."""
        return str(self.view["phase"])

    @property
    def check_in(self) -> str | None:
        """See ``Sight``."""
        asked = self.view["check_in"]
        return None if asked is None else str(asked["probe_id"])

    async def show(self, view: Mapping[str, Any]) -> None:
        """Look at the page again."""
        self.view = view
        task = view["task"]
        if task is not None:
            if self.item is None or self.item.item_id != task["item_id"]:
                self.item = self._laid_out(task)
            self.item = _as_it_lies(self.item, task)

    async def say(self, line: TutorLine, *, at_s: float) -> None:
        """Let the learner hear it."""
        self._learner.hear(line, at_s)

    def _laid_out(self, task: Mapping[str, Any]) -> Item:
        """A new board; the examples on it are looked at one box after the other, as they were laid."""
        right = {card["id"]: card["box"] for card in task["cards"] if card["given"]}
        by_box = [[card for card, where in right.items() if where == box] for box in ("left", "right")]
        given = tuple(card for pair in zip_longest(*by_box) for card in pair if card is not None)
        return Item(
            item_id=task["item_id"],
            n=task["n"],
            block=task["block"],
            problem=self._lesson.problems[task["block"] - 1],
            order=tuple(card["id"] for card in task["cards"]),
            given=given,
            placed=tuple((card, right[card]) for card in given),
            began_s=0.0,
        )


def _as_it_lies(item: Item, task: Mapping[str, Any]) -> Item:
    """The board after what happened to it since, cards in the order in which they came to lie there."""
    worked_act_id = task["worked_step"]["act_id"] if task["worked_step"] else None
    boxes = {card["id"]: card["box"] for card in task["cards"] if card["box"] is not None}
    if worked_act_id is not None and item.worked_act_id != worked_act_id:
        item = item.with_work(worked_act_id)
    elif worked_act_id is None and item.worked_act_id is not None and item.boxes != boxes:
        item = item.without_work()
    before = item.boxes
    for card in item.order:
        if before.get(card) != boxes.get(card):
            item = item.with_card(card, boxes.get(card))
    marks = {card["id"]: card["marked"] for card in task["cards"] if card["marked"] in OF_THE_BOARD}
    if dict(item.marks) != marks:
        item = replace(item, marks=tuple(marks.items()))
    return replace(item, worked_act_id=worked_act_id)


class SimulatedFace:
    """An ``AffectFeed`` without pictures: what a detector of known AUC makes of a learner's hidden state."""

    def __init__(self, detector: Detector, learner: SimulatedLearner) -> None:
        self._detector = detector
        self._learner = learner
        self._began_s = 0.0

    def begin_baseline(self, at_s: float) -> None:
        """The baseline is taken as given."""
        self._began_s = at_s

    def end_baseline(self, at_s: float) -> BaselineReport:
        """It always comes out well."""
        return BaselineReport(complete=True, seconds=at_s - self._began_s, coverage=1.0)

    async def see_jpeg(self, jpeg: bytes, captured_at_s: float) -> None:
        """Raises: BadFrame: always; there is nothing to see."""
        raise BadFrame("This session watches a simulated learner.", remedy="Send no pictures to it.")

    def estimate(self, at_s: float) -> AffectEstimate:
        """The window that ends now; asked once a second, as the noise has a memory."""
        window = self._detector.window(at_s, self._learner.mind.state)
        return AffectEstimate(
            captured_at_s=at_s,
            window_s=window.window_s,
            source=EvidenceSource.SIMULATED,
            coverage=window.coverage,
            calibrated=window.calibrated,
            confusion=window.confusion,
            frustration=window.frustration,
            concentration=window.concentration,
            n_faces=window.n_faces,
            estimator=window.estimator,
        )

    def close(self) -> None:
        """Nothing was kept."""


class _Hands:
    """Sends a page's messages, each with an id of its own, and waits for all that comes of them."""

    def __init__(self, session: TutoringSession) -> None:
        self._session = session
        self._n_sent = 0

    async def send(self, message: Message) -> None:
        self._n_sent += 1
        if message["type"] not in WITHOUT_ID:
            message = {**message, "client_id": f"simulated-{self._n_sent:06d}"}
        await self._session.receive(message)
        await self._session.idle()


async def play_simulated(
    session: TutoringSession,
    learner: SimulatedLearner,
    clock: SimulatedClock,
    *,
    turn: Callable[[float, bool], None] = lambda at_s, calm: None,
    on_second: Callable[[float], None] = lambda at_s: None,
    wizard: WizardAtTheConsole | None = None,
) -> None:
    """Run a session to its end, each second as in ``SimulatedSession``: first the learner, then the tick.

    ``turn`` is told before each tick whether the learner is engaged; ``on_second`` the time after it.
    ``wizard`` looks after each tick, and decides in condition WZ.

    Raises: RuntimeError: if it does not end within three hours of simulated time.
    """
    page, hands = LearnersPage(learner, session.plan.setup.lesson), _Hands(session)
    session.start(ticking=False)
    try:
        await session.connect(page)
        await _come_to_the_lesson(page, hands, clock)
        learner.sit_down(page, session.now_s())
        while page.phase != "ended":
            clock.advance(1.0)
            for message in learner.act(session.now_s()):
                await hands.send(message)
            learner.live()
            turn(session.now_s(), learner.mind.state is State.ENGAGED)
            await session.tick()
            await session.idle()
            if wizard is not None:
                await wizard.look(session)
            on_second(session.now_s())
            if session.now_s() > LONGEST_S:
                raise RuntimeError(f"the simulated learner's session did not end within {LONGEST_S:g} s")
    finally:
        await session.stop()


async def _come_to_the_lesson(page: LearnersPage, hands: _Hands, clock: SimulatedClock) -> None:
    """Agree to everything that is asked, and read the text at the start."""
    consent = page.view["consent"]
    camera = bool(consent["camera_offered"])
    await hands.send(
        {"type": "consent", "participation": True, "camera": camera, "version": consent["version"]}
    )
    if page.view["baseline"]["camera"]:
        await hands.send({"type": "camera_state", "state": "on"})
    clock.advance(page.view["baseline"]["seconds"])
    await hands.send({"type": "baseline_done"})
