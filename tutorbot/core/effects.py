"""What the tutor wants done in the world; the session carries it out once the rows are stored."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.acts import DialogueAct
from tutorbot.core.events import Row
from tutorbot.core.lines import TutorLine


@dataclass(frozen=True, slots=True)
class BeginBlock:
    """Start a fresh conversation history in the dialogue manager."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hear:
    """Hand the learner's words to the dialogue manager."""

    utterance_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Perform:
    """Have the dialogue manager say a proactive act."""

    act: DialogueAct


@dataclass(frozen=True, slots=True)
class Say:
    """Show one line, already stored, to the learner."""

    line: TutorLine


@dataclass(frozen=True, slots=True)
class Utter:
    """Have a line of the wizard's own said once no turn is open; it is no answer and no act."""

    line: TutorLine


@dataclass(frozen=True, slots=True)
class StopCamera:
    """Stop taking pictures at once and forget what was derived from them."""


@dataclass(frozen=True, slots=True)
class BeginBaseline:
    """Start to collect the person's baseline, if the camera runs."""


@dataclass(frozen=True, slots=True)
class Finish:
    """The session is over."""


Effect = BeginBlock | Hear | Perform | Say | Utter | StopCamera | BeginBaseline | Finish


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one input: rows to store after it, effects to carry out, lines in answer to a turn."""

    rows: tuple[Row, ...] = ()
    effects: tuple[Effect, ...] = ()
    lines: tuple[TutorLine, ...] = ()


class Notes:
    """Collects the rows and effects of one step, in order."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.effects: list[Effect] = []

    def log(self, row: Row) -> None:
        """Note a decision."""
        self.rows.append(row)

    def do(self, effect: Effect) -> None:
        """Note an effect."""
        self.effects.append(effect)
