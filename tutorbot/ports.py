"""What the tutor needs of the world, as protocols with deadlines.

Everything here may be imported by any part; nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tutorbot.core.acts import DialogueAct
from tutorbot.core.events import Row
from tutorbot.core.evidence import AffectEstimate
from tutorbot.core.lines import LearnerTurn, TutorLine

__all__ = [
    "AffectFeed",
    "BaselineReport",
    "Clock",
    "DialogueManager",
    "Enrolment",
    "Hearing",
    "LearnerTurn",
    "LogHeader",
    "Robot",
    "RobotEvents",
    "Spoken",
    "StudyLog",
    "Surface",
    "TutorLine",
    "TutorMind",
]


class Clock(Protocol):
    """Two clocks: seconds that never run backwards, and the calendar."""

    def monotonic_s(self) -> float:
        """Seconds from a fixed, arbitrary origin; never decreases."""

    def utc_iso(self) -> str:
        """Now as ISO 8601 in UTC with milliseconds, e.g. ``2026-11-24T09:00:00.000Z``."""


class TutorMind(Protocol):
    """What the dialogue manager's actions ask: the tutor decides, the dialogue manager speaks."""

    async def answer(self, session_id: str, turn: LearnerTurn) -> tuple[TutorLine, ...]:
        """Decide the reply to something the learner said.

        Raises: KeyError: if no such session is open.
        """

    async def voice(self, session_id: str, act_id: str) -> tuple[TutorLine, ...]:
        """Words for a proactive act that is under way; empty when it is no longer wanted (stale).

        Raises: KeyError: if no such session is open.
        """

    async def spoken(self, session_id: str, line: TutorLine) -> None:
        """The dialogue manager has said this line: log it, then show it.

        Raises: KeyError: if no such session is open.
        """


class DialogueManager(Protocol):
    """The one dialogue manager: Rasa in a session, a fake with the same contract in tests.

    Every call returns once the whole turn is over, that is after all its lines
    have reached ``TutorMind.spoken``.
    """

    async def begin_block(self, session_id: str, *, deadline_s: float) -> None:
        """Start a fresh conversation history (a new block of the lesson).

        Raises: DialogueUnreachable: if it did not answer within ``deadline_s`` seconds.
        """

    async def hear(self, session_id: str, text: str, *, deadline_s: float) -> None:
        """Hand over what the learner said.

        Raises: DialogueUnreachable: if the turn was not finished within ``deadline_s`` seconds.
        """

    async def perform(self, session_id: str, act: DialogueAct, *, deadline_s: float) -> None:
        """Say one proactive act.

        Raises: DialogueUnreachable: if it was not said within ``deadline_s`` seconds.
        """

    async def ready(self) -> bool:
        """True when a turn would be taken now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineReport:
    """How a person's baseline came out.

    complete: enough usable frames were seen.
    seconds: length of the stretch; coverage: 0..1 share of it with a usable face.
    """

    complete: bool
    seconds: float
    coverage: float


class AffectFeed(Protocol):
    """Pictures of one learner in, estimates out; nothing is kept but window features.

    Times are seconds on the session clock and never decrease. Only the newest
    picture waits: a slow detector drops frames, it never builds a queue.
    """

    def begin_baseline(self, at_s: float) -> None:
        """Start to collect the person's own neutral baseline."""

    def end_baseline(self, at_s: float) -> BaselineReport:
        """Freeze the baseline; the report says whether it will do."""

    async def see_jpeg(self, jpeg: bytes, captured_at_s: float) -> None:
        """Take one picture.

        Raises: BadFrame: if it is empty, cut short, too large or no JPEG; nothing else changes.
        """

    def estimate(self, at_s: float) -> AffectEstimate | None:
        """Scores over the window that ends at ``at_s``; None when no picture was ever seen."""

    def close(self) -> None:
        """Forget everything, stop the worker."""


class Surface(Protocol):
    """Where one learner sees and hears the tutor: a page, a robot, a list in tests."""

    async def show(self, view: Mapping[str, Any]) -> None:
        """Bring the whole task surface to this state (idempotent)."""

    async def say(self, line: TutorLine, *, at_s: float) -> None:
        """Append one whole message."""


GESTURES = ("attention", "nod", "present", "think", "encourage", "greet")
"""What the tutor may ask a robot's body for; a profile says which motion that is."""
EXPRESSIONS = ("neutral", "friendly", "thinking", "glad")
"""What the tutor may ask a robot's face for. Never an imitation of what the learner feels."""
LOOKS = ("learner", "task", "away")
"""Where the tutor may ask a robot to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """How an utterance ended.

    seconds: from handing it over to its end. estimated: the robot does not tell when it ends, so the end was
    reckoned from the length of the text. stopped: it was cut short.
    """

    seconds: float
    estimated: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Something the robot heard a person say.

    text: never put into a log message. final: False while the person still speaks. confidence: 0..1 of the
    robot's speech recognition; None where it tells none. language: as the robot names it, e.g. ``en-GB``.
    """

    text: str
    final: bool
    confidence: float | None = None
    language: str | None = None


class RobotEvents(Protocol):
    """What a robot tells the tutor; every call returns at once."""

    def heard(self, hearing: Hearing) -> None:
        """Speech, while it goes on and when it is over."""

    def touched(self, where: str) -> None:
        """Somebody pressed a button or touched a sensor of this name."""

    def pictured(self, jpeg: bytes, age_s: float | None) -> None:
        """A picture of the robot's camera. age_s: since it was taken; None where the robot does not say."""

    def changed(self, *, ready: bool, why: str) -> None:
        """The robot can be commanded now, or no longer. why: in a few words, for an operator."""

    def complained(self, what: str) -> None:
        """Something beside a command went wrong; without anybody's words."""

    def noted(self, what: str) -> None:
        """Something an operator should know and that is no fault, e.g. how far the robot's clock is off."""

    async def asked(self, what: str, on: bool) -> str | None:
        """Somebody on the robot's side asks for ``pause`` (on or off) or ``end``.

        Returns: None when it was done, else why not.
        """


class Robot(Protocol):
    """A body for the tutor: a robot behind its bridge, one in the browser, a list in tests.

    Every command has a deadline and is never carried out late: a robot that cannot be reached raises
    RobotUnreachable at once, and nothing is kept for later. What the robot cannot do raises RobotRefused;
    ``can`` says so beforehand.
    """

    @property
    def name(self) -> str:
        """Of the profile, for logs and pages."""

    @property
    def can(self) -> frozenset[str]:
        """Of say, stop, gesture, express, look, hear, see, touch, tell: what this robot does."""

    @property
    def motions(self) -> Mapping[str, tuple[str, ...]]:
        """Of gesture, express and look, where it can: the names this robot knows, of those the tutor has."""

    async def start(self, events: RobotEvents) -> None:
        """Begin to reach for the robot; what it does is told to ``events`` from now on."""

    async def ready(self, *, within_s: float) -> None:
        """Return once commands are taken. Raises: RobotUnreachable: not in time, and why."""

    async def close(self) -> None:
        """Let go of it."""

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        """Speak, and return when it ends. within_s: handing it over. language: e.g. ``en``.

        Cancelling the call leaves the robot speaking; ``stop_speaking`` ends both.
        Raises: RobotUnreachable: it was not said, or the robot was lost in the middle. RobotSilent: no end
        was told in a time that the length of the text allows. RobotRefused; BadInput: the text is empty.
        """

    async def stop_speaking(self, *, within_s: float) -> bool:
        """Fall silent. Returns: whether the robot confirmed it in time. Raises: RobotUnreachable."""

    async def gesture(self, name: str, *, within_s: float) -> None:
        """Begin one of ``GESTURES``. Raises: RobotUnreachable, RobotSilent, RobotRefused."""

    async def express(self, name: str, *, within_s: float) -> None:
        """Show one of ``EXPRESSIONS``. Raises: as ``gesture``."""

    async def look(self, at: str, *, within_s: float) -> None:
        """Turn to one of ``LOOKS``. Raises: as ``gesture``."""

    async def watch(self, on: bool) -> None:
        """Have the camera's pictures sent, or no longer. Only with the learner's consent."""

    async def tell(self, what: str, values: Mapping[str, Any], *, within_s: float) -> None:
        """Publish for other programs on the robot's side: ``affect``, ``proactivity`` or ``dialogue_state``.

        Raises: RobotUnreachable.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPart:
    """One cell of the design as one participant meets it.

    condition: in force during it. problems: of the lesson, by id, a block each, in order; empty for all.
    cell: levels of all factors, e.g. ``help=adaptive material=a``.
    """

    condition: str
    problems: tuple[str, ...]
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHeader:
    """What every row of a session carries.

    participant: pseudonym, e.g. ``P001``. link: secret part of the participant's address, never exported.
    protocol_hash, lesson_hash, model_hash: sha256 of the files in force, so that a row names its set-up.
    protocol: the protocol file's text as it was, so that a replay needs no other file.
    schedule: of a yoked session, (number of the board, active seconds on it) of each act of the matched one,
        in order; whose they were is not kept.
    condition: of the whole session, or of its first part.
    cell: between-subject levels, e.g. ``help=adaptive``; None where the protocol names no factors.
    sequence: row of the order square and of the material, e.g. ``order=2 material=1``; None without an order.
    language: of the pages and the tutor, e.g. ``en``; the participant may choose it before consent.
    parts: in the order this participant meets them; empty for one part with all problems of the protocol.
    """

    session_id: str
    study_id: str
    participant: str
    link: str
    condition: str
    seed: int
    software_version: str
    protocol_hash: str
    lesson_hash: str
    model_hash: str
    protocol: str
    test_only: bool
    started_at_utc: str
    schedule: tuple[tuple[int, float], ...] = ()
    cell: str | None = None
    sequence: str | None = None
    parts: tuple[SessionPart, ...] = ()
    language: str | None = None


class StudyLog(Protocol):
    """The append-only log of one study; durable before it returns."""

    async def begin(self, header: LogHeader) -> None:
        """Record that a session exists, with all hashes. Raises: LogUnwritable."""

    async def append(self, session_id: str, at_utc: str, rows: Sequence[Row]) -> None:
        """Store rows in this order, in one transaction, numbered on from the last (``seq`` from 1, no gap).

        Raises: LogUnwritable: if they are not on disk; none of them is then.
        """

    async def read(self, session_id: str) -> tuple[Row, ...]:
        """All rows of a session in the order they were stored. Raises: LogDamaged; KeyError."""

    async def header(self, session_id: str) -> LogHeader:
        """The set-up a session was begun with. Raises: KeyError."""

    async def unfinished(self) -> tuple[LogHeader, ...]:
        """Sessions that have no ``SessionEnded`` row, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody who opened the study's address.

    answers: to the form's questions, option id by question id. parameters: of a recruitment service's link.
    language: of the study, asked for in the address or by the browser; None: the study's first.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinQuestion:
    """Something a place hangs on. options: (id, label) pairs."""

    id: str
    text: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinForm:
    """What is asked before a place is given, in one language; without questions nobody sees it.

    parameters: names in a recruitment service's link that are kept.
    """

    language: str
    title: str
    instruction: str
    button: str
    questions: tuple[JoinQuestion, ...] = ()
    parameters: tuple[str, ...] = ()


class Enrolment(Protocol):
    """Takes new participants into the study and knows the old ones by their link."""

    def join_form(self, wanted: Sequence[str]) -> JoinForm:
        """What must be known of somebody before a place is given.

        wanted: languages by preference; the study's first where it has none of them.
        """

    async def known(self, parameters: Mapping[str, str]) -> LogHeader | None:
        """The session of somebody a recruitment service sent before; None for all others."""

    async def join(self, arrival: Arrival) -> LogHeader:
        """A new participant with pseudonym, condition, seed and secret link, begun in the log.

        Somebody a recruitment service sent before gets the session begun then.
        Raises: EnrolmentClosed: nobody new is taken in. BadInput: an answer is missing. LogUnwritable.
        """

    async def begun(self, link: str) -> LogHeader:
        """The session of a link that was opened before; nothing is begun by asking. Raises: UnknownLink."""

    async def choose_language(self, session_id: str, language: str) -> LogHeader:
        """Note the language chosen before consent. Raises: BadInput: the study has no such. LogUnwritable."""

    async def by_link(self, link: str, wanted: Sequence[str] = ()) -> LogHeader:
        """The session of a link; that of a personal link is begun when it is first opened.

        wanted: languages by preference, of a session begun now; later the participant's own choice holds.
        Raises: UnknownLink; EnrolmentClosed.
        """
