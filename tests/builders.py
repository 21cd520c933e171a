"""Builders of what a tutor takes in, and ``Drive``, which runs a whole ``Tutor`` second by second.

Nothing here waits: session time is a number that ``Drive`` counts up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tutorbot.core.course import Item
from tutorbot.core.effects import Effect, Hear, Outcome, Perform
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
    Undelivered,
    Understood,
    ValidityAnswer,
    WizardChoice,
)
from tutorbot.core.evidence import Behaviour, Evidence, FaceEvidence, Standing
from tutorbot.core.lines import TutorLine
from tutorbot.core.settings import TutorSettings
from tutorbot.core.setup import Setup
from tutorbot.core.tutor import Tutor
from tutorbot.lessons import load_lesson, load_phrases

LESSON = load_lesson("card-sorting")
PHRASES = load_phrases("en")
R = TypeVar("R", bound=Row)
MakeWindow = Callable[[float], AffectWindow]


class SomePolicy:
    """A policy that answers anything, but always the same."""

    def level(self, features: tuple[float, ...]) -> int:
        return round(97 * sum((n + 1) * value for n, value in enumerate(features))) % 4


def setup(
    condition: str = "AD",
    *,
    objective: str = "trust_first",
    seed: int = 7,
    validity_probes: bool = False,
    **overrides: float,
) -> Setup:
    """A session's set-up on the real lesson; ``overrides`` are settings by name."""
    return Setup(
        condition=condition,
        objective=objective,
        seed=seed,
        settings=TutorSettings().overridden(overrides),
        lesson=LESSON,
        phrases=PHRASES,
        policy=SomePolicy() if condition == "RL" else None,
        validity_probes=validity_probes,
    )


# ---------------------------------------------------------------- affect windows


def window(at_s: float, **changes: Any) -> AffectWindow:
    """A window in which the face was seen well and showed little."""
    values: dict[str, Any] = {
        "at_s": at_s,
        "source": "webcam",
        "captured_at_s": at_s,
        "window_s": 10.0,
        "coverage": 1.0,
        "calibrated": True,
        "confusion": 0.2,
        "frustration": 0.2,
        "concentration": 0.7,
        "n_faces": 1,
        "estimator": "built-for-tests",
    }
    return AffectWindow(**(values | changes))


def calm(at_s: float) -> AffectWindow:
    """The face shows nothing."""
    return window(at_s)


def confused(at_s: float) -> AffectWindow:
    """The face shows confusion."""
    return window(at_s, confusion=0.8)


def frustrated(at_s: float) -> AffectWindow:
    """The face shows frustration."""
    return window(at_s, frustration=0.8)


def troubled(at_s: float) -> AffectWindow:
    """The face shows both."""
    return window(at_s, confusion=0.8, frustration=0.8)


def no_face(at_s: float) -> AffectWindow:
    """The camera runs, nobody is in its picture."""
    return window(at_s, coverage=0.0, confusion=None, frustration=None, concentration=None, n_faces=0)


def no_camera(at_s: float) -> AffectWindow:
    """The bare tick of a session without a camera."""
    return AffectWindow(
        at_s=at_s,
        source="interaction",
        captured_at_s=None,
        window_s=10.0,
        coverage=0.0,
        calibrated=False,
        confusion=None,
        frustration=None,
        concentration=None,
        n_faces=0,
        estimator="none",
    )


# ---------------------------------------------------------------- evidence


def behaviour(**changes: Any) -> Behaviour:
    """A learner ten seconds into an item, with nothing to remark."""
    values: dict[str, Any] = {
        "item_s": 10.0,
        "median_item_s": None,
        "n_errors": 0,
        "n_errors_in_row": 0,
        "n_changes": 0,
        "n_rapid": 0,
        "stuck_ago_s": None,
        "negative_ago_s": None,
        "confused_ago_s": None,
        "away_s": None,
        "progress_ago_s": None,
        "idle_s": 0.0,
    }
    return Behaviour(**(values | changes))


def face(**changes: Any) -> FaceEvidence:
    """A face in sight that has shown nothing."""
    values: dict[str, Any] = {
        "confusion": 0.2,
        "frustration": 0.2,
        "confusion_held_s": 0.0,
        "frustration_held_s": 0.0,
        "coverage": 1.0,
    }
    return FaceEvidence(**(values | changes))


def evidence(
    seen: FaceEvidence | None = None, *, standing: Standing | None = None, **changes: Any
) -> Evidence:
    """Evidence on item I1; ``changes`` are of the behaviour."""
    done = behaviour(**changes)
    return Evidence(at_s=100.0, item_id="I1", face=seen, behaviour=done, standing=standing)


# ---------------------------------------------------------------- the driver


class Drive:
    """A tutor with a learner's hands and a dialogue manager that does as it is told.

    rows: the log so far, inputs and decisions in order. effects, lines: all that was asked for and said.
    deliver: False leaves proactive acts under way, until ``deliver_now`` or ``fail_now``.
    answer: False leaves the learner's words unanswered.
    """

    def __init__(self, the_setup: Setup | None = None) -> None:
        self.tutor = Tutor(the_setup or setup())
        self.at_s = 0.0
        self.rows: list[Row] = []
        self.effects: list[Effect] = []
        self.lines: list[TutorLine] = []
        self.deliver = True
        self.answer = True
        self._next_intent = "stuck"
        self._n_messages = 0

    # what came of it

    def of(self, kind: type[R]) -> list[R]:
        """All rows of one kind so far."""
        return [row for row in self.rows if isinstance(row, kind)]

    def last(self, kind: type[R]) -> R:
        """The newest row of one kind."""
        return self.of(kind)[-1]

    @property
    def inputs(self) -> list[Row]:
        """What a log keeps of the outside."""
        return [row for row in self.rows if row.is_input]

    @property
    def item(self) -> Item:
        """The board before the learner."""
        assert self.tutor.course.item is not None
        return self.tutor.course.item

    @property
    def setup(self) -> Setup:
        """What the tutor was made with."""
        return self.tutor.setup

    # one row

    def put(self, row: Row) -> Outcome:
        """Hand in one row, keep what it led to, and let the dialogue manager do its part."""
        outcome = self.tutor.take(row)
        self.rows += [row, *outcome.rows]
        self.effects += outcome.effects
        for effect in outcome.effects:
            if isinstance(effect, Perform) and self.deliver:
                self.deliver_now(effect.act.act_id)
            elif isinstance(effect, Hear) and self.answer:
                self.understand(effect.utterance_id, self._next_intent)
        return outcome

    def wait(self, seconds: float) -> Drive:
        """Let time pass without a tick."""
        self.at_s = round(self.at_s + seconds, 3)
        return self

    def deliver_now(self, act_id: str) -> None:
        """The dialogue manager says the act, if it is still wanted."""
        for line in self.tutor.lines_for_act(act_id):
            self.tutor_says(line)

    def fail_now(self, act_id: str, reason: str = "dialogue_unreachable") -> None:
        """The dialogue manager could not say the act."""
        self.put(Undelivered(at_s=self.at_s, act_id=act_id, reason=reason))

    def tutor_says(self, line: TutorLine) -> None:
        """One line reaches the learner."""
        self.lines.append(line)
        self.put(
            TutorSaid(
                at_s=self.at_s,
                text=line.text,
                wording_id=line.wording_id,
                act_id=line.act_id,
                choices=line.choices,
            )
        )

    def understand(self, utterance_id: str | None, intent: str) -> tuple[TutorLine, ...]:
        """The dialogue manager understood something and says the tutor's answer."""
        row = Understood(at_s=self.at_s, utterance_id=utterance_id, intent=intent, confidence=1.0)
        lines = self.put(row).lines
        for line in lines:
            self.tutor_says(line)
        return lines

    # before the lesson

    def consent(self, *, camera: bool = True) -> Drive:
        """The learner agrees to take part."""
        for purpose, granted in (("camera", camera), ("participation", True)):
            self.put(Consent(at_s=self.at_s, purpose=purpose, granted=granted, version="1", language="en"))
        if camera:
            self.camera("on")
        return self

    def begin(self, *, camera: bool = True) -> Drive:
        """The learner agrees and reads the neutral text; the first board is laid out."""
        self.consent(camera=camera).wait(60.0)
        coverage = 1.0 if camera else 0.0
        self.put(Baseline(at_s=self.at_s, complete=camera, seconds=60.0, coverage=coverage))
        return self

    # time

    def tick(self, make: MakeWindow = calm, after_s: float = 1.0) -> Outcome:
        """One window, a second later."""
        self.wait(after_s)
        return self.put(make(self.at_s))

    def tick_through(self, make: MakeWindow) -> Drive:
        """One window, a second later; returns the drive."""
        self.tick(make)
        return self

    def seconds(self, n: int, make: MakeWindow = calm) -> Drive:
        """So many windows, one a second."""
        for _ in range(n):
            self.tick(make)
        return self

    # what the learner does

    def act(self, kind: str, target: str | None = None, value: str | None = None) -> Drive:
        """One action on the page, now."""
        item = self.tutor.course.item
        item_id = item.item_id if item else None
        self._n_messages += 1
        client_id = f"m{self._n_messages}"
        self.put(
            Action(
                at_s=self.at_s, kind=kind, item_id=item_id, target=target, value=value, client_id=client_id
            )
        )
        return self

    def place(self, card_id: str, box: str) -> Drive:
        """Move one card, now."""
        return self.act("place", card_id, box)

    def free_cards(self) -> list[str]:
        """Cards the learner may move."""
        return [card for card in self.item.order if card not in self.item.given]

    def fill(self, n_wrong: int = 0) -> Drive:
        """Lay every card, the first ``n_wrong`` of the free ones into the other box."""
        for n, card in enumerate(self.free_cards()):
            box = self.item.problem.box_of(card)
            wanted = other(box) if n < n_wrong else box
            if self.item.boxes.get(card) != wanted:
                self.place(card, wanted)
        return self

    def check(self) -> Drive:
        """Have the board checked, now."""
        return self.act("check")

    def wrong(self, n_wrong: int = 2) -> Drive:
        """A whole board with mistakes, checked."""
        return self.fill(n_wrong).check()

    def solve(self) -> Drive:
        """A whole board as it belongs, checked."""
        return self.fill().check()

    def probe(self, trust: int = 4, concentration: int = 4) -> Drive:
        """Answer the two single items; the next board comes."""
        self.put(Probe(at_s=self.at_s, item_id=self.item.item_id, trust=trust, concentration=concentration))
        return self

    def check_in(self, confused: int | None = 2, frustrated: int | None = 1) -> Drive:
        """Answer the study's two questions, if they are open."""
        probe_id = self.tutor.check_in
        if probe_id is not None:
            self.put(
                ValidityAnswer(at_s=self.at_s, probe_id=probe_id, confused=confused, frustrated=frustrated)
            )
        return self

    def wizard(self, level: int) -> Drive:
        """The person at the console chooses, on whatever is proposed."""
        proposal = self.tutor.initiative.proposal
        trigger_id = None if proposal is None else proposal.trigger_id
        self.put(WizardChoice(at_s=self.at_s, level=level, trigger_id=trigger_id))
        return self

    def say(self, intent: str, text: str = "words") -> Drive:
        """The learner says something that is understood as ``intent``."""
        self._next_intent = intent
        item = self.tutor.course.item
        self.put(
            LearnerSaid(
                at_s=self.at_s,
                utterance_id=self.tutor.next_utterance_id(),
                text=text,
                item_id=item.item_id if item else None,
            )
        )
        return self

    def press_stuck(self) -> Drive:
        """The "I'm stuck" button."""
        self._next_intent = "stuck"
        return self.act("stuck")

    def pause(self) -> Drive:
        """The pause key."""
        return self.act("pause")

    def unpause(self) -> Drive:
        """Go on."""
        return self.act("unpause")

    def leave(self) -> Drive:
        """Away to another window."""
        self.put(Attention(at_s=self.at_s, state="left"))
        return self

    def come_back(self) -> Drive:
        """Back at the lesson."""
        self.put(Attention(at_s=self.at_s, state="returned"))
        return self

    def undo(self) -> Drive:
        """Take the worked step on the board back."""
        return self.act("undo", self.item.worked_act_id)

    def refuse_camera(self) -> Drive:
        """Take the consent to the camera back."""
        return self._camera_choice(granted=False)

    def allow_camera(self) -> Drive:
        """Give it again."""
        return self._camera_choice(granted=True)

    def _camera_choice(self, *, granted: bool) -> Drive:
        self.put(Consent(at_s=self.at_s, purpose="camera", granted=granted, version="1", language="en"))
        return self

    # what befalls the session

    def camera(self, state: str) -> Drive:
        """The camera came, went or was lost."""
        return self.health("camera", state)

    def health(self, component: str, state: str) -> Drive:
        """A part changed its state."""
        self.put(Health(at_s=self.at_s, component=component, state=state))
        return self


def other(box: str) -> str:
    """The other box."""
    return "right" if box == "left" else "left"


def replayed(drive: Drive) -> list[Row]:
    """The log a fresh tutor makes of the same inputs."""
    tutor = Tutor(drive.setup)
    rows: list[Row] = []
    for row in drive.inputs:
        rows += [row, *tutor.take(row).rows]
    return rows
