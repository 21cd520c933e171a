"""One simulated session: a learner, a tutor and a clock that only counts.

The fast way to carry a learner. The tutor is the one that people meet (``tutorbot.core.tutor``), fed with the
rows that the session loop makes of the same messages, in the same order, so that its log replays like any
other; what is said to it is understood as the trained dialogue manager was recorded to understand it.
``tutorbot.demo.simulated`` carries the same learner through that loop.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from tutorbot.core.course import Item
from tutorbot.core.effects import Hear, Perform
from tutorbot.core.events import (
    Action,
    AffectWindow,
    Attention,
    Baseline,
    Consent,
    Health,
    LearnerSaid,
    Probe,
    Row,
    TutorSaid,
    Understood,
    ValidityAnswer,
)
from tutorbot.core.lines import TutorLine
from tutorbot.core.strategies import STRATEGIES
from tutorbot.core.tutor import Setup, Tutor
from tutorbot.core.wizard_desk import choice_row
from tutorbot.simulation.dialogue import recorded
from tutorbot.simulation.learner import Message, SimulatedLearner
from tutorbot.simulation.seen import WINDOW_S, Detector
from tutorbot.simulation.wizard import ScriptedWizard

LONGEST_S = 3 * 3600.0
"""A session that lasts longer has gone wrong."""
CONSENT_VERSION = "simulated"


class _Beside:
    """What is to be seen of a tutor in the same process."""

    __slots__ = ("_tutor",)

    def __init__(self, tutor: Tutor) -> None:
        self._tutor = tutor

    @property
    def phase(self) -> str:
        """See ``Sight``."""
        return self._tutor.phase

    @property
    def item(self) -> Item | None:
        """See ``Sight``."""
        return self._tutor.course.item

    @property
    def check_in(self) -> str | None:
        """See ``Sight``."""
        return self._tutor.check_in


class SimulatedSession:
    """Plays one session to its end; ``rows`` is then the log, the learner's ``truth`` what was behind it."""

    def __init__(self, setup: Setup, *, learner: SimulatedLearner, detector: Detector | None) -> None:
        """detector: None without a camera."""
        self.tutor = Tutor(setup)
        self.rows: list[Row] = []
        self.learner = learner
        self._setup = setup
        self._asked_for_camera = STRATEGIES[setup.condition].uses_face
        self._detector = detector if self._asked_for_camera else None
        self._wizard = ScriptedWizard() if setup.condition == "WZ" else None
        self._intents = recorded()
        self._turns: deque[Hear | Perform] = deque()
        self._now_s = 0.0

    def play(self) -> None:
        """Run it. Raises: RuntimeError: if it does not end within three hours of simulated time."""
        self._begin()
        self.learner.sit_down(_Beside(self.tutor), self._now_s)
        while not self.tutor.over:
            self._now_s += 1.0
            for message in self.learner.act(self._now_s):
                self._take(self._row_of(message))
            if self.tutor.over:
                return
            self.learner.live()
            self._take(self._window())
            self._have_chosen()
            if self._now_s > LONGEST_S:
                raise RuntimeError(f"the simulated session did not end within {LONGEST_S:g} s")

    def _have_chosen(self) -> None:
        """In WZ a script agrees with every proposal: the session goes as AD would, two seconds later."""
        choice = None if self._wizard is None else self._wizard.look(self._now_s, self.tutor)
        if choice is not None:
            level, trigger_id = choice
            proposal = self.tutor.initiative.laid(trigger_id)
            self._take(choice_row(self._now_s, level, trigger_id, proposal))

    def _begin(self) -> None:
        camera = self._detector is not None
        if self._asked_for_camera:
            self._take(self._consent("camera", granted=camera))
        self._take(self._consent("participation", granted=True))
        if camera:
            self._take(Health(at_s=0.0, component="camera", state="on"))
        self._now_s = self._setup.settings.baseline_s
        coverage = 1.0 if camera else 0.0
        self._take(Baseline(at_s=self._now_s, complete=camera, seconds=self._now_s, coverage=coverage))

    @staticmethod
    def _consent(purpose: str, *, granted: bool) -> Consent:
        return Consent(at_s=0.0, purpose=purpose, granted=granted, version=CONSENT_VERSION, language="en")

    def _window(self) -> AffectWindow:
        if self._detector is None:
            return AffectWindow.unseen(self._now_s, WINDOW_S)
        return self._detector.window(self._now_s, self.learner.mind.state)

    # ------------------------------------------------------------ messages

    def _row_of(self, message: Message) -> Row:
        """The row that the session loop makes of a page's message (``tutorbot.session.page``)."""
        kind: str = message["type"]
        if kind == "attention":
            return Attention(at_s=self._now_s, state=message["state"])
        if kind == "probe":
            return Probe(at_s=self._now_s, **_fields(message, "item_id", "trust", "concentration"))
        if kind == "check_in":
            return ValidityAnswer(at_s=self._now_s, **_fields(message, "probe_id", "confused", "frustrated"))
        item = self.tutor.course.item
        item_id = None if item is None else item.item_id
        if kind == "say":
            utterance_id = self.tutor.next_utterance_id()
            return LearnerSaid(
                at_s=self._now_s, utterance_id=utterance_id, text=message["text"], item_id=item_id
            )
        target = message["card_id"] if kind == "place" else message.get("act_id")
        return Action(at_s=self._now_s, kind=kind, item_id=item_id, target=target, value=message.get("box"))

    # ------------------------------------------------------------ the loop and its dialogue manager

    def _take(self, row: Row) -> None:
        """One input, and every turn that it leads to, one after the other."""
        self._put(row)
        while self._turns:
            turn = self._turns.popleft()
            if isinstance(turn, Hear):
                self._have_heard(turn)
            else:
                self._speak(self.tutor.lines_for_act(turn.act.act_id))

    def _put(self, row: Row) -> tuple[TutorLine, ...]:
        outcome = self.tutor.take(row)
        self.rows.append(row)
        self.rows.extend(outcome.rows)
        for effect in outcome.effects:
            if isinstance(effect, Hear | Perform):
                self._turns.append(effect)
        return outcome.lines

    def _have_heard(self, words: Hear) -> None:
        intent, confidence = self._intents[words.text]
        understood = Understood(
            at_s=self._now_s, utterance_id=words.utterance_id, intent=intent, confidence=confidence
        )
        self._speak(self._put(understood))

    def _speak(self, lines: tuple[TutorLine, ...]) -> None:
        for line in lines:
            self._put(
                TutorSaid(
                    at_s=self._now_s,
                    text=line.text,
                    wording_id=line.wording_id,
                    act_id=line.act_id,
                    choices=line.choices,
                )
            )
            self.learner.hear(line, self._now_s)


def _fields(message: Message, *names: str) -> dict[str, Any]:
    return {name: message[name] for name in names}
