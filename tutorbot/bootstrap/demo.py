"""One whole session without a browser: real Rasa, a scripted or simulated learner, and what watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from affect.feed import AffectEngine
from affect.sources.recording import RecordedFace
from studies.protocol import Protocol
from tutorbot.bootstrap.parts import running_parts
from tutorbot.bootstrap.study import find_protocol, plan_for
from tutorbot.config import Settings
from tutorbot.core.events import Row
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.learners import TEMPERS, ScriptedLearner
from tutorbot.demo.run import play
from tutorbot.demo.simulated import SimulatedFace, play_simulated
from tutorbot.demo.wizard import wizard_for
from tutorbot.errors import BadInput, MissingPart
from tutorbot.ports import AffectFeed, LogHeader
from tutorbot.session.plan import Plan
from tutorbot.simulation.begin import begins
from tutorbot.simulation.learner import SimulatedLearner
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import load_parameters

SIMULATED = "simulated"
LEARNERS = (*TEMPERS, SIMULATED)
"""Who can play a demo."""
AUC = 0.65
"""Of the detector that sees a simulated learner, unless another is given; as in ``studies simulate``."""
LEARNER = 0
"""Number of the simulated learner among those of its seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """One played session: who, under what, and all its rows."""

    header: LogHeader
    rows: tuple[Row, ...]
    watching: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was asked for. auc: of a simulated detector, None for the default; video: None for the fetched.

    wizard: how the scripted wizard of condition WZ chooses, see ``tutorbot.demo.wizard``.

    Raises: BadInput: there is no such learner, or the options do not go together.
    """

    learner: str
    condition: str | None
    seed: int
    video: Path | None
    auc: float | None
    wizard: str | None = None

    def __post_init__(self) -> None:
        if self.learner not in LEARNERS:
            raise BadInput(
                f"There is no learner {self.learner!r}.", remedy=f"Known are {', '.join(LEARNERS)}."
            )
        wizard_for(self.wizard, self.condition)
        if self.auc is None:
            return
        if not 0.5 <= self.auc <= 0.999:
            raise BadInput(f"--auc is {self.auc:g}.", remedy="Give one from .5, chance, to .999.")
        if self.learner != SIMULATED:
            raise BadInput(
                f"--auc is {self.auc:g}, but the real detector watches learner {self.learner!r}.",
                remedy=f"Leave it out, or give --learner {SIMULATED}.",
            )
        if self.video is not None:
            raise BadInput(
                f"--auc is {self.auc:g}, but the real detector watches --video {self.video}.",
                remedy="Give one of the two.",
            )

    def recording(self, settings: Settings) -> Path | None:
        """What is watched; None for the hidden state itself. Raises: MissingPart: it is not there."""
        if self.learner == SIMULATED and self.video is None:
            return None
        path = self.video or settings.recording
        if not path.is_file():
            raise MissingPart(
                f"There is no recording {path}.", remedy="Run `make media`, or give --video FILE."
            )
        return path

    def check_condition(self, protocol: Protocol) -> None:
        """Raises: BadInput: the study has no such condition."""
        if self.condition is not None and self.condition not in protocol.conditions:
            raise BadInput(
                f"Study {protocol.id!r} has no condition {self.condition!r}.",
                remedy=f"It has {', '.join(protocol.conditions)}.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What looks at the learner. feed: None without a camera. turn: told each second whether all is well."""

    why: str
    feed: AffectFeed | None = None
    turn: Callable[[float, bool], None] = lambda at_s, calm: None


async def play_demo(settings: Settings, choice: Choice, *, on_second: Callable[[float], None]) -> DemoResult:
    """Play it on the real Rasa.

    Raises: BadInput: unknown study or condition. MissingPart: no recording, model or environment.
    """
    path = choice.recording(settings)
    choice.check_condition(find_protocol(settings.study))
    clock = SimulatedClock()
    async with running_parts(settings, clock=clock) as parts:
        header = await parts.enrolment.enrol(choice.condition, choice.seed)
        person = wizard_for(choice.wizard, header.condition)
        plan = plan_for(header)
        learner = _learner(choice, plan)
        watched = _watched(choice, plan, parts.engine, path, learner)
        feed = watched.feed
        session = parts.sessions.build(header, None if feed is None else lambda: feed)
        parts.sessions.adopt(session)
        if isinstance(learner, ScriptedLearner):
            await play(session, learner, clock, turn=watched.turn, on_second=on_second, wizard=person)
        else:
            await play_simulated(
                session, learner, clock, turn=watched.turn, on_second=on_second, wizard=person
            )
        rows = await parts.log.read(header.session_id)
    return DemoResult(header=header, rows=rows, watching=watched.why)


def people_of(seed: int, auc: float | None) -> Population:
    """Simulated learners, and detectors that see them: those of ``studies simulate --boards 0``."""
    return Population(parameters=load_parameters(), seed=seed, auc=AUC if auc is None else auc, begin=begins)


def _learner(choice: Choice, plan: Plan) -> ScriptedLearner | SimulatedLearner:
    if choice.learner == SIMULATED:
        return people_of(choice.seed, choice.auc).learner(plan.setup.lesson, LEARNER)
    return ScriptedLearner(choice.learner, plan.setup.lesson, choice.seed, camera=True)


def _watched(
    choice: Choice,
    plan: Plan,
    engine: AffectEngine,
    path: Path | None,
    learner: ScriptedLearner | SimulatedLearner,
) -> Watched:
    """The real detector on a recording; of a simulated learner without one, its hidden state."""
    if plan.camera_refused is not None:
        return Watched(why=f"no camera: {plan.camera_refused}")
    if path is None:
        assert isinstance(learner, SimulatedLearner)
        people = people_of(choice.seed, choice.auc)
        detector = people.detector(LEARNER)
        assert detector is not None
        return Watched(
            why=f"its hidden state, through a simulated detector of AUC {people.auc:g}",
            feed=SimulatedFace(detector, learner),
        )
    face = RecordedFace(engine, path)
    return Watched(why=face.plan.why, feed=face, turn=lambda at_s, calm: face.turn(at_s, calm=calm))
