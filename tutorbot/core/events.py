"""The closed list of what is worth logging: one frozen row class per table of the log.

A row is either an *input* (something that came from outside: a learner's action, an affect
window, what the dialogue manager heard or said) or a *decision* (what the tutor made of it).
Feeding the inputs of a log to a fresh tutor gives the same decisions; that is how a session is
resumed after a crash and how a replay checks a log.

Times are ``at_s``: seconds since the session began, never decreasing within a session. Field
metadata ``doc`` is the codebook's text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from tutorbot.core.evidence import EvidenceSource

SCHEMA_VERSION = 1
"""Version of the row classes below; every stored row carries it."""


def doc(text: str, default: Any = ...) -> Any:
    """A field whose ``text`` becomes the column's comment and the codebook's entry."""
    if default is ...:
        return field(metadata={"doc": text})
    return field(default=default, metadata={"doc": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing worth logging. Subclasses name their table and say whether they are inputs."""

    table: ClassVar[str]
    is_input: ClassVar[bool]

    at_s: float = doc("seconds since the session began (monotonic)")


# ---------------------------------------------------------------- inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Row):
    """A learner gave or withdrew consent for one purpose."""

    table: ClassVar[str] = "consent"
    is_input: ClassVar[bool] = True

    purpose: str = doc("participation, camera, or a further purpose of the protocol, e.g. sharing")
    granted: bool = doc("true: given; false: refused or withdrawn")
    version: str = doc(
        "version of the consent text that was shown; \", robot's camera\" behind it: that camera's text, not "
        "the page's"
    )
    language: str = doc("language of the consent text, e.g. en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline(Row):
    """The learner's own neutral baseline was taken, or could not be."""

    table: ClassVar[str] = "baseline"
    is_input: ClassVar[bool] = True

    complete: bool = doc("true when enough usable frames were seen")
    seconds: float = doc("length of the baseline stretch, seconds")
    coverage: float = doc("share of the stretch with a usable face, 0..1; 0 without a camera")


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectWindow(Row):
    """Window scores at 1 Hz, and the tick on which the tutor decides; null scores without a camera."""

    table: ClassVar[str] = "affect_window"
    is_input: ClassVar[bool] = True

    source: str = doc(
        "evidence source of the scores: webcam, robot_camera, recording, ...; interaction without a camera "
        "or after it was lost"
    )
    captured_at_s: float | None = doc(
        "time of the newest frame in the window, seconds; null without a camera"
    )
    window_s: float = doc("length of the window, seconds")
    coverage: float = doc("share of the window in which the learner's face was usable, 0..1")
    calibrated: bool = doc("true when the scores are relative to the person's own baseline")
    confusion: float | None = doc(
        "confusion evidence score 0..1 (not a probability); null without sight of a face"
    )
    frustration: float | None = doc("frustration evidence score 0..1; null as above")
    concentration: float | None = doc("concentration index 0..1 from eyes, gaze and head pose; null as above")
    n_faces: int = doc("most faces seen at once in the window")
    estimator: str = doc("name and version of the estimator; none without a camera")
    p_confused: float | None = doc("calibrated probability 0..1; null where the estimator has none", None)
    p_frustrated: float | None = doc("calibrated probability 0..1; null as above", None)
    p_both: float | None = doc("calibrated probability 0..1 of both at once; null as above", None)
    confidence: float | None = doc(
        "0..1, how far the face alone can be relied on in this window; null without a camera", None
    )
    drifted: str | None = doc(
        "groups of channels whose calm level has moved away from the baseline, blanks between them, "
        "none when nothing has; null while that cannot be told",
        None,
    )

    @classmethod
    def unseen(cls, at_s: float, window_s: float) -> AffectWindow:
        """The bare tick of a session in which no camera runs."""
        return cls(
            at_s=at_s,
            source=EvidenceSource.INTERACTION.value,
            captured_at_s=None,
            window_s=window_s,
            coverage=0.0,
            calibrated=False,
            confusion=None,
            frustration=None,
            concentration=None,
            n_faces=0,
            estimator="none",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Row):
    """One action of the learner on the page or by voice."""

    table: ClassVar[str] = "action"
    is_input: ClassVar[bool] = True

    kind: str = doc(
        "check_done (of the device), questions_done, baseline_done, place, check, stuck, undo, pause, "
        "unpause or end; from the console experimenter_pause, experimenter_unpause, experimenter_restart or "
        "experimenter_end; robot_pause"
    )
    item_id: str | None = doc("lesson item it belongs to, null outside items", None)
    target: str | None = doc("card for place, act for undo", None)
    value: str | None = doc("box for place (left, right, none)", None)
    client_id: str | None = doc(
        "the page's own id of the message; a second one with the same id is dropped", None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention(Row):
    """The learner left or came back to the task window."""

    table: ClassVar[str] = "attention"
    is_input: ClassVar[bool] = True

    state: str = doc("left or returned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(Row):
    """The learner's answers to the two single items after a lesson item."""

    table: ClassVar[str] = "probe"
    is_input: ClassVar[bool] = True

    item_id: str = doc("lesson item after which it was asked")
    trust: int = doc("single trust item, 1 (not at all) to 5 (completely)")
    concentration: int = doc("single concentration item, 1 (not at all) to 5 (completely)")
    client_id: str | None = doc("the page's own id of the message", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerSaid(Row):
    """The learner typed or spoke something."""

    table: ClassVar[str] = "learner_said"
    is_input: ClassVar[bool] = True

    utterance_id: str = doc("U1, U2 ... within the session")
    text: str = doc("the learner's own words")
    item_id: str | None = doc("lesson item at that time", None)
    client_id: str | None = doc("the page's own id of the message", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood(Row):
    """What the dialogue manager made of the learner's words."""

    table: ClassVar[str] = "understood"
    is_input: ClassVar[bool] = True

    utterance_id: str | None = doc(
        "the utterance it belongs to; null when that is not known. After a failure of the dialogue manager "
        "one may stand here twice: it got one answer, that to its first row, so count it once. That of the "
        "I'm-stuck button has no row in learner_said, but an action of kind stuck"
    )
    intent: str = doc("best intent; nlu_fallback when none was sure")
    confidence: float = doc("confidence of the intent, 0..1")
    entities: tuple[tuple[str, str], ...] = doc("name and value pairs found in the text", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class TutorSaid(Row):
    """The dialogue manager said a line of the tutor's: it is shown after this row is stored."""

    table: ClassVar[str] = "tutor_said"
    is_input: ClassVar[bool] = True

    text: str = doc("the words")
    wording_id: str = doc("which wording of which text, e.g. suggestion/2")
    act_id: str | None = doc("proactive act it belongs to; null for an answer", None)
    choices: tuple[str, ...] = doc("quick replies offered with it", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Row):
    """A part of the system changed its state."""

    table: ClassVar[str] = "health"
    is_input: ClassVar[bool] = True

    component: str = doc("dialogue, camera, page, robot or tutor")
    state: str = doc("e.g. ready, down, no_answer, on, denied, lost, connected, disconnected, resumed")
    detail: str | None = doc("what happened, without anybody's words", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSpeech(Row):
    """What became of a line of the tutor's on the robot; the page shows the line whatever it was."""

    table: ClassVar[str] = "robot_speech"
    is_input: ClassVar[bool] = True

    wording_id: str = doc(
        "which line, as in tutor_said; robot/again and robot/question_again are said by the robot alone"
    )
    act_id: str | None = doc("the act it belongs to; null: an answer", None)
    outcome: str = doc(
        "spoken, stopped, shown, stale, lost, silent or refused; values.csv says what each means"
    )
    began_s: float | None = doc("when the robot was handed it, seconds; null: it never was", None)
    estimated: bool = doc("true: the robot tells no end, so it was reckoned from the length", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotHearing(Row):
    """What the robot heard somebody say to the end; the words are in learner_said where they were taken."""

    table: ClassVar[str] = "robot_hearing"
    is_input: ClassVar[bool] = True

    outcome: str = doc("taken, self_heard, repeated, unsure or not_now (values.csv)")
    confidence: float | None = doc("of the robot's speech recognition, 0..1; null: it tells none", None)
    language: str | None = doc("as the robot names it", None)
    interrupted: bool = doc("true: the robot fell silent for it", False)
    client_id: str | None = doc("that of the learner_said row it became", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered(Row):
    """A proactive act did not reach the learner."""

    table: ClassVar[str] = "undelivered"
    is_input: ClassVar[bool] = True

    act_id: str = doc("the act")
    reason: str = doc("dialogue_unreachable or stale")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityAnswer(Row):
    """The learner answered the two questions that check the detector, or passed them over."""

    table: ClassVar[str] = "validity_answer"
    is_input: ClassVar[bool] = True

    probe_id: str = doc("the validity_probe it answers")
    confused: int | None = doc("how confused just now, 1 (not at all) to 5 (completely); null: passed over")
    frustrated: int | None = doc("how frustrated just now, 1 to 5; null: passed over")
    client_id: str | None = doc("the page's own id of the message", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WizardChoice(Row):
    """The person at the console of a WZ session chose."""

    table: ClassVar[str] = "wizard_choice"
    is_input: ClassVar[bool] = True

    level: int = doc("level chosen, 1..3; 0: nothing is to be said on this account (a veto)")
    trigger_id: str | None = doc("the proposal that lay before the wizard; null when there was none")
    client_id: str | None = doc("the console's own id of the message", None)
    latency_s: float | None = doc(
        "seconds the proposal had lain before the wizard; null when there was none", None
    )
    proposed: int | None = doc("level the table proposed, 0..3; null when nothing was found", None)
    reason: str | None = doc("the wizard's reason, a code of the console's list; null: none was given", None)
    delay_s: float | None = doc("seconds the wizard asked to wait before it is said; null: none", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WizardLine(Row):
    """The person at the console had the tutor say a line of their own choice."""

    table: ClassVar[str] = "wizard_line"
    is_input: ClassVar[bool] = True

    text: str = doc("the words")
    prepared: str | None = doc("id of the prepared line; null when it was typed")
    reason: str | None = doc("the wizard's reason, a code of the console's list; null: none was given", None)
    client_id: str | None = doc("the console's own id of the message", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Row):
    """An experimenter wrote something down about the session."""

    table: ClassVar[str] = "note"
    is_input: ClassVar[bool] = True

    text: str = doc("the experimenter's words")
    observer: str = doc("who wrote it, a short name of the experimenter's choice, e.g. E1")
    about_s: float = doc("session seconds it is about: when writing began")
    client_id: str | None = doc("the console's own id of the message", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation(Row):
    """An observer coded what a learner showed within at most 20 seconds (after BROMP 2.0)."""

    table: ClassVar[str] = "observation"
    is_input: ClassVar[bool] = True

    observer: str = doc("who observed, a short name of the observer's choice, e.g. O1")
    from_s: float = doc("session seconds at which the observation began")
    to_s: float = doc("session seconds at which the observer had decided, at most 20 s later")
    affect: str = doc("engaged, confused, frustrated, bored, delighted, surprised, neutral, other or unclear")
    behaviour: str = doc("on_task, on_task_conversation, off_task, gaming, other or unclear")
    client_id: str | None = doc("the console's own id of the message", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireAnswer(Row):
    """The learner answered, or changed the answer to, one item of a questionnaire."""

    table: ClassVar[str] = "questionnaire_answer"
    is_input: ClassVar[bool] = True

    instrument: str = doc("id of the instrument, e.g. fks")
    version: str = doc("version of the instrument's file")
    phase: str = doc("pre (before the lesson), block (after a block) or post (after the lesson)")
    block: int | None = doc("number of the block it was asked after; null before and after the lesson")
    item_id: str = doc("item of the instrument; a later row of the same item takes this one's place")
    value: float | None = doc(
        "answer as given, on the instrument's own scale, not reversed; null: none, or no number", None
    )
    choice: str | None = doc("id of the option chosen, several with blanks between; null elsewhere", None)
    text: str | None = doc("the learner's own words, where the item asks for some", None)
    not_applicable: bool = doc('true when the learner chose "does not apply"', False)
    response_s: float | None = doc("seconds from the page's being shown to the answer, by the page", None)
    client_id: str | None = doc("the page's own id of the message", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCheck(Row):
    """One thing that was checked before the lesson: camera, light, screen, browser, input, connection."""

    table: ClassVar[str] = "device_check"
    is_input: ClassVar[bool] = True

    check: str = doc("camera, light, screen, browser, input or connection")
    outcome: str = doc("passed, warned (the learner went on all the same), failed or skipped")
    detail: str | None = doc("what was measured, e.g. 1280x720; nothing that names a person", None)
    client_id: str | None = doc("the page's own id of the message", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(Row):
    """The learner came back to a session after the page had been away."""

    table: ClassVar[str] = "comeback"
    is_input: ClassVar[bool] = True

    away_s: float = doc("seconds without a page, by the server's clock")
    device: str = doc("same or other browser as before, or unknown")


# ------------------------------------------------------------- decisions


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseBegun(Row):
    """A part of the session around the lesson began: where a participant got to."""

    table: ClassVar[str] = "phase"
    is_input: ClassVar[bool] = False

    phase: str = doc("check (of the device), pre, block or post (questionnaires of that phase)")
    block: int | None = doc("number of the block it is about; null outside the lesson", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionnaireEnd(Row):
    """The learner left a questionnaire, complete or not."""

    table: ClassVar[str] = "questionnaire_end"
    is_input: ClassVar[bool] = False

    instrument: str = doc("id of the instrument")
    version: str = doc("version of the instrument's file")
    phase: str = doc("pre, block or post")
    block: int | None = doc("number of the block it was asked after; null before and after the lesson")
    n_items: int = doc("items asked, attention checks included")
    n_answered: int = doc('items answered, "does not apply" included')
    outcome: str = doc("done, or left (the session ended before)")
    duration_s: float = doc("seconds from the first showing to the end, pauses left out")
    n_checks: int = doc("attention and instruction checks in it")
    n_checks_passed: int = doc("of these, how many were answered as asked")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumePolicy(Row):
    """What the protocol's rule made of a learner's coming back late."""

    table: ClassVar[str] = "resume_policy"
    is_input: ClassVar[bool] = False

    away_s: float = doc("seconds without a page")
    action: str = doc("continue, restart_block or stop")


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockBegun(Row):
    """A block of the lesson began."""

    table: ClassVar[str] = "block"
    is_input: ClassVar[bool] = False

    block: int = doc("number of the block, from 1")
    problem: str = doc("the concept problem, e.g. type-ii")
    part: int = doc("the part of the design it belongs to, from 1: one cell of a within-subject design", 1)
    cell: str | None = doc("levels of the factors in force, e.g. help=adaptive material=a, or null", None)
    run: int = doc("1; 2 and more when the block was begun anew after a long absence", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBegun(Row):
    """A lesson item (one board of cards) was put before the learner."""

    table: ClassVar[str] = "item"
    is_input: ClassVar[bool] = False

    item_id: str = doc("I1, I2 ... within the session")
    n: int = doc("running number of the item in the session, from 1")
    block: int = doc("number of the block, from 1")
    problem: str = doc("the concept problem, e.g. type-ii")
    card_order: tuple[str, ...] = doc("cards in the order shown")
    given: tuple[str, ...] = doc("cards that lay in their right box from the start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Row):
    """One check of the whole board."""

    table: ClassVar[str] = "attempt"
    is_input: ClassVar[bool] = False

    item_id: str = doc("the item")
    n: int = doc("number of the check on this item, from 1")
    n_right: int = doc("cards in their right box")
    n_cards: int = doc("cards on the board")
    correct: bool = doc("true when every card is in its right box")
    duration_s: float = doc("seconds since the item began")
    n_changes: int = doc("answer changes on this item so far: cards moved after a check")
    helped: bool = doc("true when a hint or worked step was given on this item before")


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEnded(Row):
    """A lesson item was finished."""

    table: ClassVar[str] = "item_end"
    is_input: ClassVar[bool] = False

    item_id: str = doc("the item")
    outcome: str = doc("solved, revealed (most attempts used) or stopped")
    n_attempts: int = doc("checks made")
    duration_s: float = doc("seconds the item took, pauses left out")
    first_try: bool = doc("true when the first check was right without help")


@dataclass(frozen=True, slots=True, kw_only=True)
class HintGiven(Row):
    """Help content was given, on request or in the course of an act."""

    table: ClassVar[str] = "hint"
    is_input: ClassVar[bool] = False

    item_id: str = doc("the item")
    step: int = doc("rung of the hint ladder: 1 point, 2 teach, 3 bottom-out")
    act_id: str | None = doc("the accepted act it answers; null when the learner asked unprompted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger(Row):
    """A reason to speak was found; it passed or was blocked."""

    table: ClassVar[str] = "trigger"
    is_input: ClassVar[bool] = False

    trigger_id: str = doc("T1, T2 ... within the session; repeated when its outcome changes")
    kind: str = doc(
        "confusion, frustration, both, stuck, repeated_error, off_task, idle or low_trust; in control "
        "conditions error, interval or yoked; wizard for an act of the wizard's own"
    )
    basis: str = doc("face_only, corroborated, behaviour_only, timetable or wizard")
    item_id: str = doc("the item")
    signs: tuple[str, ...] = doc("the signs that held, e.g. face_confusion, slow_item, error")
    evidence: tuple[tuple[str, float | int | str | None], ...] = doc("the values behind the signs")
    persists: bool = doc("true when an act was already delivered for it on this item")
    trust: float = doc("trust estimate at that time, 1..5")
    level_offered: int = doc("level the strategy asked for, 0..3; in WZ what the table of AD proposed")
    level_allowed: int = doc("level left after the safety rules, 0..3; in WZ what the wizard chose")
    outcome: str = doc("allowed, waiting or suppressed")
    reason: str | None = doc(
        "why it waits or was suppressed: condition, face_only, rest, cap_item, cap_time, just_helped, ..."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Act(Row):
    """The tutor decided to take the initiative."""

    table: ClassVar[str] = "act"
    is_input: ClassVar[bool] = False

    act_id: str = doc("A1, A2 ... within the session")
    trigger_id: str = doc("the trigger that caused it")
    item_id: str = doc("the item")
    level_offered: int = doc("level the strategy asked for, 0..3; in WZ what the table of AD proposed")
    level: int = doc("level of the act, 1..3")
    move: str = doc("signal_presence, give_control, offer_contrast, ask_before_step or worked_step")
    follows_act_id: str | None = doc("the accepted question it carries out; null otherwise")
    motivate: bool = doc("true when a motivational clause comes first")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Row):
    """What became of an act's delivery."""

    table: ClassVar[str] = "delivery"
    is_input: ClassVar[bool] = False

    act_id: str = doc("the act")
    delivered: bool = doc("true when it reached the learner")
    level: int = doc("level delivered, 0 when it was not")
    wording_id: str | None = doc("wording that was said")
    latency_s: float = doc("seconds from decision to delivery or failure")
    reason: str | None = doc("why it failed; null when delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionSeen(Row):
    """What the learner did with a delivered act."""

    table: ClassVar[str] = "reaction"
    is_input: ClassVar[bool] = False

    act_id: str = doc("the act")
    reaction: str = doc("accepted, declined, ignored (no reaction in time), undone or lapsed (closed before)")
    latency_s: float = doc("seconds from delivery to reaction")
    via: str = doc("what showed it: said, worked_on, undo, timeout, item_end, pause or end")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustState(Row):
    """The trust estimate changed."""

    table: ClassVar[str] = "trust_state"
    is_input: ClassVar[bool] = False

    trust: float = doc("estimate after the change, 1..5")
    band: str = doc("low, mid or high")
    delta: float = doc("change, after clamping")
    cause: str = doc(
        "start, accepted, declined, ignored, undone, used_and_right or probe; with a learned model also "
        "lapsed and error (a wrong check)"
    )
    act_id: str | None = doc("act concerned", None)
    sd: float | None = doc("its uncertainty, as a standard deviation; null in older sessions", None)
    acceptance_depth: float | None = doc(
        "how far the learner has let the tutor go so far, 0..3: mean over the acts reacted to of the level "
        "taken, 0 when an act was declined, ignored or undone; null before the first",
        None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcentrationState(Row):
    """The concentration index changed."""

    table: ClassVar[str] = "concentration_state"
    is_input: ClassVar[bool] = False

    concentration: float = doc("index after the change, 0..1")
    sd: float = doc("its uncertainty, as a standard deviation")
    delta: float = doc("change since the last row")
    cause: str = doc("start, page, activity, steadiness, promptness or face: the part that moved most")
    parts: tuple[tuple[str, float], ...] = doc(
        "each part, 0..1: page, activity, steadiness, promptness, face"
    )
    item_id: str = doc("the item")


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidityProbe(Row):
    """Two questions were put to the learner, to check the detector, or were taken back unanswered."""

    table: ClassVar[str] = "validity_probe"
    is_input: ClassVar[bool] = False

    probe_id: str = doc("V1, V2 ... within the session; repeated when it was taken back")
    item_id: str = doc("the item")
    outcome: str = doc("asked, expired (no answer in time) or dropped (the board, or the session, stopped)")
    why: str = doc("found: after a finding; random: at a moment drawn beforehand")
    kind: str | None = doc("confusion, frustration or both, as found at that moment; null: nothing was found")
    basis: str | None = doc("face_only, corroborated or behaviour_only; null as above")


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRuleMet(Row):
    """Trust fell too far after INTERVENTIONs: this learner gets no more of them."""

    table: ClassVar[str] = "stop_rule"
    is_input: ClassVar[bool] = False

    n: int = doc("trust answers that followed an INTERVENTION")
    mean_change: float = doc("their mean change from the answer before it, points of 1..5")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange(Row):
    """The proactivity machine moved."""

    table: ClassVar[str] = "state_change"
    is_input: ClassVar[bool] = False

    source: str = doc("state before")
    dest: str = doc("state after")
    cause: str = doc("trigger of the transition")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardChange(Row):
    """The tutor changed the task surface (worked step) or took the change back."""

    table: ClassVar[str] = "board_change"
    is_input: ClassVar[bool] = False

    item_id: str = doc("the item")
    act_id: str = doc("the act that did it")
    kind: str = doc("worked_step or undone")
    placed: tuple[tuple[str, str], ...] = doc("card and box pairs after the change")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Row):
    """The session is over."""

    table: ClassVar[str] = "session_end"
    is_input: ClassVar[bool] = False

    reason: str = doc(
        "criterion, max_items, stopped_by_learner, stopped_by_experimenter, away_too_long, consent_refused "
        "or consent_withdrawn"
    )
    n_items: int = doc("items finished")
    n_acts: int = doc("proactive acts delivered")


ROW_TYPES: tuple[type[Row], ...] = (
    Consent,
    Baseline,
    AffectWindow,
    Action,
    Attention,
    Probe,
    LearnerSaid,
    Understood,
    TutorSaid,
    Health,
    RobotSpeech,
    RobotHearing,
    Undelivered,
    ValidityAnswer,
    WizardChoice,
    WizardLine,
    Note,
    Observation,
    QuestionnaireAnswer,
    DeviceCheck,
    Returned,
    PhaseBegun,
    QuestionnaireEnd,
    ResumePolicy,
    BlockBegun,
    ItemBegun,
    Attempt,
    ItemEnded,
    HintGiven,
    Trigger,
    Act,
    Delivery,
    ReactionSeen,
    TrustState,
    ConcentrationState,
    ValidityProbe,
    StopRuleMet,
    StateChange,
    BoardChange,
    SessionEnded,
)
"""Every row class there is; a table each."""
