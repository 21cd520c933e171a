"""The tutor: takes what came in, one row at a time, and says what to log and what to do.

Deterministic: the same set-up and the same input rows give the same decisions. The session
stores rows before it carries out effects; a log's inputs fed to a fresh tutor rebuild its state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tutorbot.core.active_time import ActiveTime
from tutorbot.core.acts import Move, Reaction
from tutorbot.core.check_ins import CheckIns
from tutorbot.core.comeback import Then
from tutorbot.core.concentration import Concentration, concentration
from tutorbot.core.conversation import Conversation
from tutorbot.core.course import Course, Item
from tutorbot.core.effects import (
    BeginBaseline,
    BeginBlock,
    Effect,
    Finish,
    Hear,
    Notes,
    Outcome,
    Say,
    StopCamera,
    Utter,
)
from tutorbot.core.events import (
    Action,
    AffectWindow,
    Attempt,
    Attention,
    Baseline,
    BlockBegun,
    BoardChange,
    ConcentrationState,
    Consent,
    DeviceCheck,
    Health,
    ItemBegun,
    ItemEnded,
    LearnerSaid,
    Note,
    Observation,
    PhaseBegun,
    Probe,
    QuestionnaireAnswer,
    ResumePolicy,
    Returned,
    RobotHearing,
    RobotSpeech,
    Row,
    SessionEnded,
    TutorSaid,
    Undelivered,
    Understood,
    ValidityAnswer,
    WizardChoice,
    WizardLine,
)
from tutorbot.core.initiative import Initiative
from tutorbot.core.lesson import BOXES, Box
from tutorbot.core.lines import TutorLine
from tutorbot.core.questionnaires import Part
from tutorbot.core.setup import Setup
from tutorbot.core.stages import Stages
from tutorbot.core.strategies import STRATEGIES, strategy_for
from tutorbot.core.trust import RuleTrust
from tutorbot.core.watch import Watch
from tutorbot.core.wording import Wording

WIZARD_WORDING = "wizard/"
"""How the wording id of a wizard's own line begins; then the id of the prepared line, or ``typed``."""

STUCK = "I'm stuck"
"""What the "I'm stuck" button says to the dialogue manager."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What the board says about the last check. tone: good, try or info."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One message of the conversation, as it is shown. n: from 1; who: tutor or you."""

    n: int
    who: str
    text: str
    act_id: str | None = None
    choices: tuple[str, ...] = ()


class Tutor:
    """One learner's tutor.

    phase: consent, check, questions, baseline, task, probe, ended or refused.
    dialogue_up: the dialogue manager can be reached. condition: in force now.
    purposes: of consent, as answered.
    unheard: it had no answer to what the learner said last, and nothing was said since.
    robot: ready or lost; None where there is none.
    paused: nothing is watched. held: the experimenter paused it, and only the experimenter lets it go on.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.phase = "consent"
        self.camera_consent = False
        self.paused = False
        self.held_by: str | None = None
        self._break_taken = False
        self.camera_state = "off"
        self.dialogue_up = True
        self.robot: str | None = None
        self.unheard = False
        self.welcome: Then | None = None
        self.feedback: Feedback | None = None
        self.messages: list[Spoken] = []
        self.active = ActiveTime()
        self.course = Course(setup.lesson, setup.seed)
        self._notes = Notes()
        self._wording = Wording(setup.phrases, setup.seed)
        self._watch = Watch(setup.settings, self.course, self.active, setup.sources)
        self.initiative = Initiative(
            strategy=strategy_for(setup.condition, setup.policy),
            settings=setup.settings,
            watch=self._watch,
            objective=setup.objective,
            notes=self._notes,
            trust_model=setup.trust_model or RuleTrust(setup.settings),
            schedule=setup.schedule,
        )
        self.conversation = Conversation(
            course=self.course,
            initiative=self.initiative,
            watch=self._watch,
            wording=self._wording,
            notes=self._notes,
            take_back=self._take_back,
        )
        self.stages = Stages(
            setup.questionnaires, trust_start=setup.trust_start, active=self.active, notes=self._notes
        )
        self.purposes: dict[str, bool] = {}
        self.condition = setup.condition
        self._block_run = 1
        self._act_lines: dict[str, tuple[TutorLine, ...]] = {}
        self._unanswered: dict[str, str] = {}
        self._answering: str | None = None
        self._replies: dict[str, tuple[TutorLine, ...]] = {}
        self._seen: set[str] = set()
        self._n_said = 0
        self._finished_items = 0
        self._ticked_s = 0.0
        self._concentration: Concentration | None = None
        self._check_ins = (
            CheckIns(setup.seed, setup.settings, course=self.course, notes=self._notes)
            if setup.validity_probes
            else None
        )
        self._uses_face = STRATEGIES[setup.condition].uses_face
        self.end_reason: str | None = None
        self.ended_s: float | None = None
        self._takers: dict[type[Row], Callable[[Any], tuple[TutorLine, ...] | None]] = {
            Consent: self._consent,
            Baseline: self._baseline,
            AffectWindow: self._window,
            Action: self._action,
            Attention: self._attention,
            Probe: self._probe,
            LearnerSaid: self._learner_said,
            Understood: self._understood,
            TutorSaid: self._tutor_said,
            Health: self._health,
            Undelivered: self._undelivered,
            ValidityAnswer: self._validity_answer,
            WizardChoice: self._wizard_choice,
            QuestionnaireAnswer: self.stages.take,
            DeviceCheck: lambda row: None,
            Returned: self._returned,
            WizardLine: self._wizard_line,
            Note: lambda row: None,
            Observation: lambda row: None,
            RobotSpeech: lambda row: None,
            RobotHearing: lambda row: None,
        }
        self._actions: dict[str, Callable[[Action], None]] = {
            "check_done": self._check_done,
            "questions_done": self._questions_done,
            "baseline_done": lambda row: None,
            "place": self._place,
            "check": self._check,
            "stuck": self._stuck_pressed,
            "undo": self._undo,
            "pause": self._pause,
            "unpause": self._unpause,
            "end": lambda row: self._end(row.at_s, "stopped_by_learner"),
            "experimenter_pause": self._hold,
            "experimenter_unpause": self._let_go,
            "robot_pause": self._hold,
            "experimenter_restart": self._restart_asked,
            "experimenter_end": lambda row: self._end(row.at_s, "stopped_by_experimenter"),
        }

    # ------------------------------------------------------------ the door

    def take(self, row: Row) -> Outcome:
        """Take one input row. Raises: KeyError: for a row that is no input."""
        self._notes.rows.clear()
        self._notes.effects.clear()
        client_id = getattr(row, "client_id", None)
        if client_id is not None:
            self._seen.add(client_id)
        lines = self._takers[type(row)](row) or ()
        effects: tuple[Effect, ...] = tuple(self._notes.effects)
        for effect in effects:
            self._prepare_words(effect)
        return Outcome(rows=tuple(self._notes.rows), effects=effects, lines=lines)

    def has_seen(self, client_id: str | None) -> bool:
        """True when an action with this id was taken before (the page sent it again)."""
        return client_id is not None and client_id in self._seen

    def lines_for_act(self, act_id: str) -> tuple[TutorLine, ...]:
        """The words of the act under way; empty when it is no longer wanted."""
        return self._act_lines.get(act_id, ()) if self.initiative.under_way(act_id) else ()

    @property
    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """Utterances (id, text) the dialogue manager has not understood yet, oldest first."""
        return tuple(self._unanswered.items())

    @property
    def running(self) -> bool:
        """True while the learner works on the lesson."""
        return self.phase in {"task", "probe"}

    @property
    def over(self) -> bool:
        """True when the session is finished."""
        return self.phase in {"ended", "refused"}

    def _prepare_words(self, effect: Effect) -> None:
        act = getattr(effect, "act", None)
        offer = self.initiative.offer
        if act is not None and offer is not None and offer.act is act:
            self._act_lines[act.act_id] = self.conversation.words_for(offer)

    # ------------------------------------------------------------ before the lesson

    def _consent(self, row: Consent) -> None:
        if self.over:
            return
        self.purposes[row.purpose] = row.granted
        if row.purpose == "camera":
            self._camera_consent(row)
        elif row.purpose != "participation":
            return
        elif not row.granted:
            withdrawn = self.phase != "consent"
            self._end(row.at_s, "consent_withdrawn" if withdrawn else "consent_refused")
        elif self.phase == "consent":
            self._after_consent(row.at_s)

    def _after_consent(self, at_s: float) -> None:
        if self.setup.device_check:
            self.phase = "check"
            self._notes.log(PhaseBegun(at_s=at_s, phase="check"))
        else:
            self._ask(Part.PRE, at_s, self._begin_baseline)

    def _check_done(self, row: Action) -> None:
        if self.phase == "check":
            self._ask(Part.PRE, row.at_s, self._begin_baseline)

    def _begin_baseline(self, at_s: float) -> None:
        self.phase = "baseline"
        self.initiative.start(at_s, self.stages.starting_trust)
        self._notes.do(BeginBaseline())

    # ------------------------------------------------------------ questionnaires

    def _ask(
        self, part: Part, at_s: float, then: Callable[[float], None], *, block: int | None = None
    ) -> None:
        """Put the questionnaires of a phase before the learner, then go on."""
        if self.stages.ask(part, at_s, block=block, then=then):
            self.phase = "questions"
        else:
            then(at_s)

    def _questions_done(self, row: Action) -> None:
        sheet = self.stages.sheet
        if self.phase == "questions" and sheet is not None and row.target == sheet.questionnaire.instrument:
            self.stages.done(row.at_s)

    def _camera_consent(self, row: Consent) -> None:
        withdrawn = self.camera_consent and not row.granted
        self.camera_consent = row.granted
        if withdrawn:
            self.initiative.face_forbidden(row.at_s)
            self._watch.forget_face()
            self.camera_state = "off"
            self._notes.do(StopCamera())

    def _baseline(self, row: Baseline) -> None:
        if self.phase != "baseline":
            return
        self.phase = "task"
        self._begin_block(row.at_s)
        self.initiative.calibrated(row.at_s)

    # ------------------------------------------------------------ the lesson

    def _begin_block(self, at_s: float) -> None:
        self.course.begin_block()
        self._open_block(at_s, run=1)

    def _open_block(self, at_s: float, *, run: int) -> None:
        """The block of the course's problem begins, for the first time or anew."""
        part = self.setup.part_of(self.course.block)
        if part is not None and part.condition != self.condition:
            self.condition = part.condition
            self._uses_face = STRATEGIES[part.condition].uses_face
            self.initiative.change_strategy(strategy_for(part.condition, self.setup.policy))
        problem = self.course.problem
        self._block_run = run
        self._notes.log(
            BlockBegun(
                at_s=at_s,
                block=self.course.block,
                problem=problem.problem_id,
                part=1 if part is None else part.n,
                cell=None if part is None else part.cell,
                run=run,
            )
        )
        self._notes.do(BeginBlock())
        self._begin_item(at_s)

    def _begin_item(self, at_s: float) -> None:
        item = self.course.begin_item(self.active.at(at_s))
        self._watch.begin_item(at_s)
        self.feedback = None
        self._notes.log(
            ItemBegun(
                at_s=at_s,
                item_id=item.item_id,
                n=item.n,
                block=item.block,
                problem=item.problem.problem_id,
                card_order=item.order,
                given=item.given,
            )
        )

    def _item(self, item_id: str | None) -> Item | None:
        """The board an action is about, if it is still the one before the learner."""
        board = self.course.board
        return board if board is not None and board.item_id == item_id else None

    def _place(self, row: Action) -> None:
        item = self._item(row.item_id)
        if item is None or row.target is None or row.target not in item.order or row.target in item.given:
            return
        box: Box | None = next((b for b in BOXES if b == row.value), None)
        self._touch(row.at_s)
        if box is not None and item.n_attempts == 0:
            self._watch.laid(row.at_s, row.target)
        self.course.item = item.with_card(row.target, box)
        self._take_up_work(row.at_s)

    def _touch(self, at_s: float) -> None:
        """The learner did something: it was not the moment to speak."""
        self._watch.touch(at_s)
        self.initiative.interrupted(at_s)

    def _take_up_work(self, at_s: float) -> None:
        """Working on after a worked step shows that it was taken up."""
        offer = self.initiative.awaiting()
        if offer is not None and offer.act.move is Move.WORKED_STEP:
            self.initiative.react(at_s, Reaction.ACCEPTED, "worked_on", None)

    def _check(self, row: Action) -> None:
        item = self._item(row.item_id)
        if item is None or not item.complete:
            return
        self._touch(row.at_s)
        self._take_up_work(row.at_s)
        correct, better = item.solved, item.n_right > item.best_right
        item = replace(
            item,
            n_attempts=item.n_attempts + 1,
            n_errors=item.n_errors + int(not correct),
            best_right=max(item.best_right, item.n_right),
            worked_act_id=None,
            marks=(),
        )
        improved = better and item.n_attempts > 1
        self.course.item = item
        self._watch.check(row.at_s, correct=correct)
        if improved:
            self._watch.progress(row.at_s)
        self._notes.log(
            Attempt(
                at_s=row.at_s,
                item_id=item.item_id,
                n=item.n_attempts,
                n_right=item.n_right,
                n_cards=len(item.order),
                correct=correct,
                duration_s=round(self.active.at(row.at_s) - item.began_s, 3),
                n_changes=item.n_changes,
                helped=item.helped,
            )
        )
        self.initiative.checked(row.at_s, correct=correct, better=improved)
        if correct:
            self._end_item(row.at_s, "solved")
        elif item.n_attempts >= self.setup.lesson.most_attempts:
            self._end_item(row.at_s, "revealed")
        else:
            text = self._wording.text("item_wrong", n_right=item.n_right, n_cards=len(item.order))[1]
            self.feedback = Feedback(text=text, tone="try")

    def _end_item(self, at_s: float, outcome: str) -> None:
        item = self.course.item
        assert item is not None
        first_try = outcome == "solved" and item.n_attempts == 1 and not item.helped
        duration_s = self.course.finish_item(self.active.at(at_s), first_try=first_try)
        self._finished_items += 1
        self._drop_check_in(at_s)
        self._watch.board_over()
        self.initiative.item_over(at_s)
        self._notes.log(
            ItemEnded(
                at_s=at_s,
                item_id=item.item_id,
                outcome=outcome,
                n_attempts=item.n_attempts,
                duration_s=round(duration_s, 3),
                first_try=first_try,
            )
        )
        self.phase = "probe"
        key, tone = ("item_solved", "good") if outcome == "solved" else ("item_revealed", "info")
        text = self._wording.text(key)[1]
        if self.course.block_over:
            text += " " + self._wording.text("block_done", explanation=item.problem.explanation)[1]
        self.feedback = Feedback(text=text, tone=tone)
        self._reveal(item)

    def _reveal(self, item: Item) -> None:
        """Show the board as it belongs, with what the learner had right."""
        right = item.problem.box_of
        marks = tuple((card, "right" if box == right(card) else "wrong") for card, box in item.placed)
        placed = tuple((card, right(card)) for card in item.order)
        self.course.item = replace(item, placed=placed, marks=marks, worked_act_id=None)

    def _probe(self, row: Probe) -> None:
        item = self.course.item
        if self.phase != "probe" or item is None or row.item_id != item.item_id:
            return
        self.welcome = None
        self._watch.touch(row.at_s)
        self.initiative.answered(row.at_s, row.trust)
        if not self.course.block_over:
            self.phase = "task"
            self._begin_item(row.at_s)
        elif self.setup.ends_part(self.course.block):
            self._ask(Part.BLOCK, row.at_s, self._after_block, block=self.course.block)
        else:
            self._after_block(row.at_s)

    def _after_block(self, at_s: float) -> None:
        if not self.course.finished:
            self.phase = "task"
            self._begin_block(at_s)
        else:
            self._ask(Part.POST, at_s, lambda later_s: self._end(later_s, self.course.end_reason))

    def _returned(self, row: Returned) -> None:
        """The page is back after a while: go on, begin the block anew, or stop, as the protocol says."""
        rule = self.setup.resume
        if rule is None or self.over or self.phase in {"consent", "check"}:
            return
        action = rule.action(row.away_s)
        self._notes.log(ResumePolicy(at_s=row.at_s, away_s=row.away_s, action=action.value))
        restarts = action is Then.RESTART_BLOCK and self.running
        # What the page tells once about a long absence, until the learner has answered something.
        told = Then.RESTART_BLOCK if restarts else Then.CONTINUE
        self.welcome = told if row.away_s >= rule.after_s else None
        if action is Then.STOP:
            self._end(row.at_s, "away_too_long")
        elif restarts:
            self._restart_block(row.at_s)

    def _restart_asked(self, row: Action) -> None:
        """The experimenter has the block begun anew, after something outside the lesson broke in."""
        if self.running and not self.paused:
            self._restart_block(row.at_s)

    def _restart_block(self, at_s: float) -> None:
        if self.phase == "task":
            self._break_off_item(at_s)
        self.initiative.item_over(at_s)
        self._watch.board_over()
        self._drop_check_in(at_s)
        self.phase = "task"
        self.course.restart_block()
        self._open_block(at_s, run=self._block_run + 1)

    def _end(self, at_s: float, reason: str) -> None:
        if self.over:
            return
        if self.phase == "task":
            self._break_off_item(at_s)
        self.stages.leave(at_s)
        self._drop_check_in(at_s)
        self.initiative.end(at_s)
        self.phase = "refused" if reason == "consent_refused" else "ended"
        self.end_reason, self.ended_s = reason, at_s
        self._unanswered.clear()
        self._notes.do(StopCamera())
        self._notes.log(
            SessionEnded(
                at_s=at_s,
                reason=reason,
                n_items=self._finished_items,
                n_acts=self.initiative.n_delivered,
            )
        )
        self._notes.do(Finish())

    def _break_off_item(self, at_s: float) -> None:
        item = self.course.item
        if item is None:
            return
        self._notes.log(
            ItemEnded(
                at_s=at_s,
                item_id=item.item_id,
                outcome="stopped",
                n_attempts=item.n_attempts,
                duration_s=round(self.active.at(at_s) - item.began_s, 3),
                first_try=False,
            )
        )

    # ------------------------------------------------------------ watching

    def _window(self, row: AffectWindow) -> None:
        """A tick. One that comes from before the last, after a clock that jumped, changes nothing."""
        if self.paused or self.over or row.at_s < self._ticked_s:
            return
        self._ticked_s = row.at_s
        if self.camera_consent:
            self._watch.see(row)
        item = self.course.item
        if self.phase != "task" or item is None or not self.active.running:
            return
        self._note_concentration(row.at_s, item)
        self.initiative.tick(
            row.at_s,
            item,
            active_s=self.active.at(row.at_s),
            talking=bool(self._unanswered),
            reachable=self.dialogue_up,
            checking_in=self._checks_in(row.at_s, item),
        )

    def _checks_in(self, at_s: float, item: Item) -> bool:
        """Ask how things are, if the study wants to know. Returns: the tutor had better wait with its own."""
        if self._check_ins is None:
            return False
        return self._check_ins.tick(
            at_s,
            item,
            active_s=self.active.at(at_s),
            evidence=self._watch.evidence(at_s, item, uses_face=self._uses_face),
            quiet=self.initiative.quiet(at_s, item, talking=bool(self._unanswered)),
        )

    @property
    def check_in(self) -> str | None:
        """Id of the study's two questions while they lie before the learner."""
        return None if self._check_ins is None else self._check_ins.open_id

    def _validity_answer(self, row: ValidityAnswer) -> None:
        if self._check_ins is not None and row.probe_id == self.check_in:
            self._watch.touch(row.at_s)
            self._check_ins.answered(row.at_s)

    def _drop_check_in(self, at_s: float) -> None:
        """The board, a pause or the session ends: nothing is asked about it any more."""
        if self._check_ins is not None:
            self._check_ins.drop(at_s)

    # ------------------------------------------------------------ the wizard (WZ)

    def _wizard_choice(self, row: WizardChoice) -> None:
        if self.phase == "task" and not self.paused:
            self.initiative.wizard_chose(row)

    def _wizard_line(self, row: WizardLine) -> None:
        """A line of the wizard's own: said like any other, but no act, and no answer to anything."""
        if self.running and not self.paused:
            line = TutorLine(text=row.text, wording_id=f"{WIZARD_WORDING}{row.prepared or 'typed'}")
            self._notes.do(Utter(line))

    def _note_concentration(self, at_s: float, item: Item) -> None:
        """Log the index when it has changed enough, or the face has come or gone."""
        settings, before = self.setup.settings, self._concentration
        focus = self._watch.focus(at_s, item, uses_face=self._uses_face)
        now = concentration(focus, settings)
        known = before is not None and dict(before.parts).keys() == dict(now.parts).keys()
        if before is not None and known and abs(now.index - before.index) < settings.focus_step:
            return
        self._concentration = now
        self._notes.log(
            ConcentrationState(
                at_s=at_s,
                concentration=round(now.index, 4),
                sd=now.sd,
                delta=round(now.index - (before.index if before is not None else 0.0), 4),
                cause=now.cause(before),
                parts=tuple((name, round(value, 4)) for name, value in now.parts),
                item_id=item.item_id,
            )
        )

    def _attention(self, row: Attention) -> None:
        if row.state == "left":
            self._watch.left(row.at_s)
        else:
            self._watch.returned()

    def _health(self, row: Health) -> None:
        if row.component == "camera":
            self.camera_state = row.state
            if row.state != "on":
                self._watch.forget_face()
        elif row.component == "dialogue":
            self._dialogue(row)
        elif row.component == "page":
            self._page(row)
        elif row.component == "robot" and row.state in {"ready", "lost"}:
            self.robot = row.state

    def _dialogue(self, row: Health) -> None:
        """``no_answer``: it took an utterance (its id is the detail) and never replied; give that one up."""
        if row.state == "no_answer":
            self._unanswered.pop(row.detail or "", None)
            self.unheard = True
        else:
            self.dialogue_up = row.state == "ready"

    def _page(self, row: Health) -> None:
        """A page that is gone is no time on the item and no learner who left it."""
        if row.state == "connected":
            self.active.go(row.at_s, "page")
            self._watch.page_back(row.at_s)
        elif row.state == "disconnected":
            self._drop_check_in(row.at_s)
            self.active.stop(row.at_s, "page")
            self._watch.returned()

    def _pause(self, row: Action) -> None:
        """The learner takes a break."""
        self._break_taken = True
        self._stop_watching(row)

    def _unpause(self, row: Action) -> None:
        self._break_taken = False
        self._watch_again(row)

    def _hold(self, row: Action) -> None:
        """The experimenter pauses the session, or the loss of the robot does."""
        self.held_by = "robot" if row.kind == "robot_pause" else "experimenter"
        self._stop_watching(row)

    def _let_go(self, row: Action) -> None:
        self.held_by = None
        self._watch_again(row)

    @property
    def held(self) -> bool:
        """Paused until the experimenter lets it go on."""
        return self.held_by is not None

    def _stop_watching(self, row: Action) -> None:
        if not self.paused and not self.over:
            self.paused = True
            self._drop_check_in(row.at_s)
            self.active.stop(row.at_s, "pause")
            self._watch.forget_face()
            self.initiative.pause(row.at_s)

    def _watch_again(self, row: Action) -> None:
        """Once nobody wants the break any more, neither learner nor experimenter."""
        if self.paused and not self.over and not self.held and not self._break_taken:
            self.paused = False
            self.active.go(row.at_s, "pause")
            self._watch.touch(row.at_s)
            self.initiative.unpause(row.at_s)

    # ------------------------------------------------------------ talking

    def _action(self, row: Action) -> None:
        if not self.over:
            self._actions[row.kind](row)

    def _stuck_pressed(self, row: Action) -> None:
        if not self.running:
            return
        self._touch(row.at_s)
        self._watch.stuck(row.at_s)
        utterance_id = f"U{self._n_said + 1}"
        self._n_said += 1
        self._hear(utterance_id, STUCK)

    def next_utterance_id(self) -> str:
        """The id the next thing the learner says will get."""
        return f"U{self._n_said + 1}"

    def _learner_said(self, row: LearnerSaid) -> None:
        if self.over:
            return
        self._n_said += 1
        self._touch(row.at_s)
        self._show("you", row.text)
        self._hear(row.utterance_id, row.text)

    def _hear(self, utterance_id: str, text: str) -> None:
        self._unanswered[utterance_id] = text
        self.unheard = False
        self._notes.do(Hear(utterance_id=utterance_id, text=text))

    def _understood(self, row: Understood) -> tuple[TutorLine, ...]:
        """Reply once per utterance: one that is handed over again after a failure gets the same lines."""
        if self.over:
            return ()
        self._answering = row.utterance_id
        if row.utterance_id is None:
            return self.conversation.reply(row)
        if row.utterance_id not in self._replies:
            self._replies[row.utterance_id] = self.conversation.reply(row)
        return self._replies[row.utterance_id]

    def _tutor_said(self, row: TutorSaid) -> None:
        line = TutorLine(text=row.text, wording_id=row.wording_id, act_id=row.act_id, choices=row.choices)
        if row.wording_id.startswith(WIZARD_WORDING):
            pass  # what the learner said last still waits for its answer
        elif row.act_id is None:
            self._answered()
        else:
            act = self.initiative.delivered(row.at_s, row.act_id, row.wording_id)
            if act is not None and act.move is Move.WORKED_STEP:
                self._place_work(row.at_s, act.act_id)
        self.conversation.said(line)
        self._show("tutor", row.text, row.act_id, row.choices)
        self._notes.do(Say(line))

    def _answered(self) -> None:
        """A reply was said: to what was understood last; a late one, to what has waited longest."""
        answered = self._answering if self._answering is not None else next(iter(self._unanswered), None)
        if answered is not None:
            self._unanswered.pop(answered, None)

    def _undelivered(self, row: Undelivered) -> None:
        self.initiative.failed(row.at_s, row.act_id, row.reason)

    def _place_work(self, at_s: float, act_id: str) -> None:
        item = self.course.item
        if item is None:
            return
        self.course.item = item.with_work(act_id)
        self._note_board(at_s, act_id, "worked_step")

    def _undo(self, row: Action) -> None:
        board = self.course.board
        if board is None or board.worked_act_id is None or row.target != board.worked_act_id:
            return
        self._touch(row.at_s)
        self._take_back(row.at_s)
        self.feedback = Feedback(text=self._wording.text("undone")[1], tone="info")

    def _take_back(self, at_s: float) -> None:
        """The worked step comes off the board, on the learner's button or word."""
        board = self.course.board
        assert board is not None
        assert board.worked_act_id is not None
        self.initiative.undone(at_s, board.worked_act_id)
        self.course.item = board.without_work()
        self._note_board(at_s, board.worked_act_id, "undone")

    def _note_board(self, at_s: float, act_id: str, kind: str) -> None:
        item = self.course.item
        assert item is not None
        self._notes.log(
            BoardChange(
                at_s=at_s,
                item_id=item.item_id,
                act_id=act_id,
                kind=kind,
                placed=tuple((card, box) for card, box in item.placed),
            )
        )

    def _show(self, who: str, text: str, act_id: str | None = None, choices: tuple[str, ...] = ()) -> None:
        self.messages.append(
            Spoken(n=len(self.messages) + 1, who=who, text=text, act_id=act_id, choices=choices)
        )
