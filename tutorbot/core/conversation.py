"""Answers to what the learner says, in the light of what was offered. One method per intent."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from tutorbot.core.acts import Move, ProactivityLevel, Reaction
from tutorbot.core.course import Course, Item
from tutorbot.core.effects import Notes
from tutorbot.core.events import HintGiven, Understood
from tutorbot.core.initiative import Initiative, Offer
from tutorbot.core.lines import TutorLine
from tutorbot.core.watch import Watch
from tutorbot.core.wording import Wording

SIGN_REASON = {
    "stuck": "why_stuck",
    "away": "why_off_task",
    "repeated_errors": "why_frustration_behaviour",
    "no_input": "why_idle",
    "low_trust": "why_low_trust",
    "errors_in_row": "why_frustration_behaviour",
    "rapid_answers": "why_frustration_behaviour",
    "negative_words": "why_frustration_behaviour",
    "slow_item": "why_confusion_behaviour",
    "error": "why_confusion_behaviour",
    "answer_changes": "why_confusion_behaviour",
    "said_confused": "why_confusion_behaviour",
    "wrong_check": "why_error",
    "due": "why_due",
    "wizard": "why_wizard",
    "accepted_question": "why_accepted_question",
    "face_confusion": "why_face",
    "face_frustration": "why_face",
}
"""Which plain words explain a sign."""

OFFER_MEANING = {
    Move.SIGNAL_PRESENCE: "meaning_of_notification",
    Move.GIVE_CONTROL: "meaning_of_notification",
    Move.OFFER_CONTRAST: "meaning_of_suggestion",
    Move.ASK_BEFORE_STEP: "meaning_of_ask_before_step",
    Move.WORKED_STEP: "meaning_of_intervention",
}
ABOUT_A_BOARD = frozenset(
    {
        "ask_hint",
        "ask_explanation",
        "affirm",
        "express_confusion",
        "express_frustration",
        "stuck",
        "nlu_fallback",
    }
)
"""What can be answered only while a board is open; on a finished one the two questions come first."""
YES_NO = ("choice_yes", "choice_not_now")


class Conversation:
    """Turns an understood utterance into the tutor's reply; keeps what was last said.

    take_back: takes a worked step off the board.
    """

    def __init__(
        self,
        *,
        course: Course,
        initiative: Initiative,
        watch: Watch,
        wording: Wording,
        notes: Notes,
        take_back: Callable[[float], None],
    ) -> None:
        self._course = course
        self._initiative = initiative
        self._watch = watch
        self._wording = wording
        self._notes = notes
        self._take_back = take_back
        self.last_said: str | None = None
        self._contrast: tuple[str, tuple[str, str]] | None = None
        self._handlers: dict[str, Callable[[float], list[TutorLine]]] = {
            "greet": lambda at_s: [self._wording.line("greet")],
            "thanks": lambda at_s: [self._wording.line("thanks")],
            "goodbye": lambda at_s: [self._wording.line("goodbye")],
            "give_answer": lambda at_s: [self._wording.line("answer_box_ack")],
            "out_of_scope": lambda at_s: [self._wording.line("out_of_scope")],
            "ask_hint": self._ask_hint,
            "ask_explanation": self._ask_explanation,
            "ask_repeat": self._ask_repeat,
            "ask_meaning": self._ask_meaning,
            "affirm": self._affirm,
            "deny": lambda at_s: self._decline(at_s, "declined"),
            "undo_step": self._undo_step,
            "not_now": lambda at_s: self._decline(at_s, "not_now"),
            "express_confusion": self._express_confusion,
            "express_frustration": self._express_frustration,
            "stuck": self._stuck,
            "ask_why_you_spoke": self._why,
        }

    @property
    def contrast(self) -> tuple[str, ...]:
        """Cards the tutor asked to compare on the current item; empty when none."""
        board = self._course.board
        if self._contrast is None or board is None or self._contrast[0] != board.item_id:
            return ()
        return self._contrast[1]

    def reply(self, row: Understood) -> tuple[TutorLine, ...]:
        """The lines that answer one utterance."""
        if self._course.board is None and row.intent in ABOUT_A_BOARD and not self._rule_may_be_told(row):
            return (self._wording.line("board_over"),)
        handler = self._handlers.get(row.intent, self._fallback)
        return tuple(handler(row.at_s))

    def _rule_may_be_told(self, row: Understood) -> bool:
        """The rule is told once it cannot spoil the boards to come."""
        return row.intent == "ask_explanation" and self._course.block_over

    def said(self, line: TutorLine) -> None:
        """Keep what was said, to say it again; a repetition is nothing new."""
        if not line.wording_id.startswith("repeat"):
            self.last_said = line.text

    def words_for(self, offer: Offer) -> tuple[TutorLine, ...]:
        """How a proactive act is said. Asked once per act, when it is decided."""
        problem, act = self._course.problem, offer.act
        lead = self._motivation() + " " if act.motivate else ""
        line = {
            Move.SIGNAL_PRESENCE: lambda: self._wording.line(
                "notification", act_id=act.act_id, choices=("choice_hint", "choice_not_now")
            ),
            Move.GIVE_CONTROL: lambda: self._wording.line(
                "give_control", act_id=act.act_id, choices=("choice_hint", "choice_not_now")
            ),
            Move.OFFER_CONTRAST: lambda: self._wording.line(
                "suggestion", act_id=act.act_id, choices=YES_NO, offer=problem.contrast_offer
            ),
            Move.ASK_BEFORE_STEP: lambda: self._wording.line(
                "ask_before_step", act_id=act.act_id, choices=YES_NO
            ),
            Move.WORKED_STEP: lambda: self._wording.line(
                "intervention", act_id=act.act_id, text=problem.worked_text
            ),
        }[act.move]()
        return (
            TutorLine(
                text=lead + line.text,
                wording_id=line.wording_id,
                act_id=line.act_id,
                choices=line.choices,
            ),
        )

    def _motivation(self) -> str:
        """Praise for effort where there was some, otherwise a word on the task: it has to be true."""
        board = self._course.board
        tried = board is not None and board.n_attempts > 0
        return self._wording.text("motivation_effort" if tried else "motivation_task")[1]

    # ------------------------------------------------------------ help

    def _next_hint(self, item: Item, act_id: str | None, at_s: float) -> str | None:
        """Step up the hint ladder. Returns: the hint's text; None at the top."""
        if item.hints >= len(item.problem.hints):
            return None
        from_ladder = item.problem.hints[item.hints]
        self._course.hint_given()
        if act_id is None:
            self._watch.helped(at_s)
        self._notes.log(HintGiven(at_s=at_s, item_id=item.item_id, step=item.hints + 1, act_id=act_id))
        return from_ladder

    def _with_hint(self, key: str, at_s: float, act_id: str | None = None) -> list[TutorLine]:
        """A reply that carries the next hint, or says that there is none left."""
        item = self._course.board
        assert item is not None
        hint = self._next_hint(item, act_id, at_s)
        if hint is None:
            return [self._wording.line("hint_none_left")]
        return [self._wording.line(key, hint=hint)]

    def _accept(self, offer: Offer, at_s: float) -> list[TutorLine]:
        """The learner takes what was offered; a late yes gets the help too, the reaction stays as noted."""
        item = self._course.board
        assert item is not None
        if offer.act.move is Move.ASK_BEFORE_STEP and offer.reaction is not None:
            return self._with_hint("hint", at_s)
        self._initiative.react(at_s, Reaction.ACCEPTED, "said", item)
        self._course.mark_helped()
        if offer.act.level is ProactivityLevel.NOTIFICATION:
            return self._with_hint("accepted_notification", at_s, offer.act.act_id)
        if offer.act.move is Move.OFFER_CONTRAST:
            self._contrast = (item.item_id, item.problem.contrast)
            return [self._wording.line("accepted_suggestion", contrast=item.problem.contrast_text)]
        if offer.act.move is Move.ASK_BEFORE_STEP:
            return [self._wording.line("accepted_ask_before_step")]
        return [self._wording.line("thanks")]

    # ------------------------------------------------------------ intents

    def open_offer(self) -> Offer | None:
        """The last delivered act on this board that was neither taken nor turned down."""
        offer, item = self._initiative.offer, self._course.board
        if offer is None or offer.delivered_s is None or item is None:
            return None
        if offer.act.item_id != item.item_id:
            return None
        return offer if offer.reaction in {None, Reaction.IGNORED, Reaction.LAPSED} else None

    def _ask_hint(self, at_s: float) -> list[TutorLine]:
        offer = self.open_offer()
        if offer is not None and offer.act.move is not Move.WORKED_STEP:
            return self._accept(offer, at_s)
        return self._with_hint("hint", at_s)

    def _ask_explanation(self, at_s: float) -> list[TutorLine]:
        if self._course.board is None:
            return [self._wording.line("explanation", explanation=self._course.problem.explanation)]
        return [self._wording.line("explanation_during_item", choices=("choice_hint",))]

    def _ask_repeat(self, at_s: float) -> list[TutorLine]:
        if self.last_said is None:
            return [self._wording.line("repeat_nothing")]
        return [self._wording.line("repeat", text=self.last_said)]

    def _ask_meaning(self, at_s: float) -> list[TutorLine]:
        offer = self.open_offer()
        if offer is None:
            return self._ask_repeat(at_s)
        choices = () if offer.act.move is Move.WORKED_STEP else YES_NO
        return [self._wording.line(OFFER_MEANING[offer.act.move], choices=choices)]

    def _affirm(self, at_s: float) -> list[TutorLine]:
        offer = self.open_offer()
        if offer is None:
            return [self._wording.line("nothing_offered_yes", choices=("choice_hint",))]
        return self._accept(offer, at_s)

    def _undo_step(self, at_s: float) -> list[TutorLine]:
        """ "Stop", "take it back": of a worked step its undo, of any other offer a no."""
        board = self._course.board
        if board is None or board.worked_act_id is None:
            return self._decline(at_s, "declined")
        self._take_back(at_s)
        return [self._wording.line("undone")]

    def _decline(self, at_s: float, key: str) -> list[TutorLine]:
        offer, board = self.open_offer(), self._course.board
        if offer is None:
            return [self._wording.line("nothing_offered_no")]
        if board is not None and board.worked_act_id == offer.act.act_id:
            return self._undo_step(at_s)  # no to cards that lie there already
        self._initiative.react(at_s, Reaction.DECLINED, "said", None)
        return [self._wording.line(key)]

    def _express_confusion(self, at_s: float) -> list[TutorLine]:
        """After an offer this asks what the offer meant; otherwise it is a sign and gets a hint."""
        if self._initiative.awaiting() is not None:
            return self._ask_meaning(at_s)
        self._watch.confused_words(at_s)
        return self._with_hint("confusion_reply", at_s)

    def _express_frustration(self, at_s: float) -> list[TutorLine]:
        self._watch.negative_words(at_s)
        return self._with_hint("frustration_reply", at_s)

    def _stuck(self, at_s: float) -> list[TutorLine]:
        """ "I'm stuck", pressed or said: a sign, and a request for help."""
        self._watch.stuck(at_s)
        offer = self._initiative.awaiting()
        if offer is not None and offer.act.move is not Move.WORKED_STEP:
            return self._accept(offer, at_s)
        return self._with_hint("stuck", at_s)

    def _why(self, at_s: float) -> list[TutorLine]:
        """Why the tutor spoke last, in plain words, from the very signs that were logged."""
        said = [offer for offer in self._initiative.history if offer.delivered_s is not None]
        if not said:
            return [self._wording.line("why_nothing")]
        keys = dict.fromkeys(SIGN_REASON[sign] for sign in said[-1].signs)
        reasons = [self._wording.text(key)[1] for key in keys]
        reason = reduce(self._both, reasons)
        return [self._wording.line("why_spoke", reason=reason)]

    def _both(self, first: str, second: str) -> str:
        """Two reasons as one clause."""
        return self._wording.text("why_both", first=first, second=second)[1]

    def _fallback(self, at_s: float) -> list[TutorLine]:
        return [self._wording.line("fallback", choices=("choice_hint", "choice_carry_on"))]
