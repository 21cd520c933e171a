"""Simulated learners by number: who the n-th one is depends on the seed alone, never on the condition."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tutorbot.core.lesson import Lesson, Problem
from tutorbot.core.setup import Setup
from tutorbot.core.strategies import ScheduledAct
from tutorbot.core.strategies.timetable import schedule_of
from tutorbot.simulation.figures import Figures, figures_of
from tutorbot.simulation.learner import Knowledge, SimulatedLearner
from tutorbot.simulation.mind import Mind, make_person
from tutorbot.simulation.parameters import Parameters
from tutorbot.simulation.seen import Detector
from tutorbot.simulation.session import SimulatedSession

YOKED, MATCH = "-Y", "-A"
Beginner = Callable[[Lesson, Problem, random.Random], Knowledge]
"""Makes what a learner knows of a problem at its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Where learners come from. auc: of the detector they are seen with; None for sessions without a camera.

    boards: so many for everybody, or None for the lesson's own criterion.
    """

    parameters: Parameters
    seed: int
    auc: float | None
    begin: Beginner
    boards: int | None = None

    def play(self, setup: Setup, learner: int) -> SimulatedSession:
        """A whole session of this learner; a yoked one replays the acts of the next learner in its match."""
        if setup.condition.endswith(YOKED):
            setup = replace(setup, schedule=self._schedule(setup, learner + 1))
        session = self.session(setup, learner)
        session.play()
        return session

    def session(self, setup: Setup, learner: int) -> SimulatedSession:
        """The same, not yet played, without a schedule."""
        return self._session(replace(setup, seed=self.seed + learner), learner)

    def figures(self, setup: Setup, learner: int) -> Figures:
        """The same in numbers."""
        return figures_of(setup.condition, learner, self.play(setup, learner))

    def _schedule(self, setup: Setup, learner: int) -> tuple[ScheduledAct, ...]:
        match = replace(setup, condition=setup.condition.removesuffix(YOKED) + MATCH)
        return schedule_of(self.play(match, learner).rows)

    def learner(self, lesson: Lesson, learner: int) -> SimulatedLearner:
        """This learner, at the beginning of the lesson."""
        person = make_person(self.parameters, self._dice(learner, "person"))
        return SimulatedLearner(
            mind=Mind(person, self.parameters, self._dice(learner, "mind")),
            knowledge={
                problem.problem_id: self.begin(
                    lesson, problem, self._dice(learner, f"concept/{problem.problem_id}")
                )
                for problem in lesson.problems
            },
            parameters=self.parameters,
            dice=self._dice(learner, "learner"),
        )

    def detector(self, learner: int) -> Detector | None:
        """What sees this learner; None without a camera."""
        if self.auc is None:
            return None
        return Detector(self.parameters.detector, self.auc, self._dice(learner, "seen"))

    def _dice(self, learner: int, of: str) -> random.Random:
        return random.Random(f"{self.seed}/{learner}/{of}")

    def _session(self, setup: Setup, learner: int) -> SimulatedSession:
        lesson = setup.lesson
        if self.boards is not None:
            a_block = -(-self.boards // len(lesson.problems))
            lesson = replace(lesson, criterion=a_block + 1, most_items=a_block)
        return SimulatedSession(
            replace(setup, lesson=lesson),
            learner=self.learner(lesson, learner),
            detector=self.detector(learner),
        )
