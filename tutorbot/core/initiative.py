"""The tutor's initiative: from a candidate to an act, its delivery, the reaction, and trust."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tutorbot.core.acts import DialogueAct, Move, ProactivityLevel, Reaction
from tutorbot.core.course import Item
from tutorbot.core.effects import Notes, Perform
from tutorbot.core.events import (
    Act,
    Delivery,
    ReactionSeen,
    StateChange,
    WizardChoice,
)
from tutorbot.core.evidence import Basis, Candidate, Evidence, Standing
from tutorbot.core.proactivity import ProactivityMachine
from tutorbot.core.safety import Restraint, bound_by_trust, escalates, forbidden, not_now
from tutorbot.core.settings import TutorSettings
from tutorbot.core.silence import asks_again
from tutorbot.core.strategies import Context, Decision, Moment, ScheduledAct, Strategy
from tutorbot.core.strategies.wizard import Wizard
from tutorbot.core.trigger_notes import Found, TriggerNotes
from tutorbot.core.trust import TrustBand, TrustModel
from tutorbot.core.trust_keeper import TrustKeeper
from tutorbot.core.watch import Watch
from tutorbot.core.wizard_desk import Proposal, Verdict, WizardDesk
from tutorbot.core.wizard_limits import Limits, limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An act on its way or delivered.

    decided_s, delivered_s: session seconds; delivered_s None while on its way.
    agreed: the learner said yes to a question that asked for it.
    reaction: None until the learner reacted or time ran out.
    signs, kind: of its trigger, for "why did you say that?"; a step that was agreed to has a sign of its own.
    """

    act: DialogueAct
    decided_s: float
    kind: str
    signs: tuple[str, ...]
    agreed: bool = False
    delivered_s: float | None = None
    reaction: Reaction | None = None


class Initiative:
    """Runs the proactivity machine for one learner; every move and every block is noted as a row."""

    def __init__(
        self,
        *,
        strategy: Strategy,
        settings: TutorSettings,
        watch: Watch,
        objective: str,
        notes: Notes,
        trust_model: TrustModel,
        schedule: tuple[ScheduledAct, ...] = (),
    ) -> None:
        self._strategy = strategy
        self._schedule = schedule
        self._settings = settings
        self._watch = watch
        self._objective = objective
        self._notes = notes
        self._machine = ProactivityMachine()
        self._desk = WizardDesk(settings) if isinstance(strategy, Wizard) else None
        self._trust = TrustKeeper(trust_model, settings, notes)
        self._triggers = TriggerNotes(notes)
        self.offer: Offer | None = None
        self._past: list[Offer] = []
        self._delivered: list[tuple[float, ProactivityLevel, str]] = []
        self._quiet_from_s: float | None = None
        self._error_new = False
        self._active_s = 0.0
        self._lowered = 0
        self._silent_s: float | None = None
        self._ready = False
        self._improved = False
        self._helped_by: str | None = None
        self._n_acts = 0
        self._n_begun = 0
        self._n_repairs = 0
        self._waiting: Found | None = None

    @property
    def state(self) -> str:
        """State of the proactivity machine."""
        return self._machine.state

    @property
    def trust(self) -> float:
        """The trust estimate, 1..5."""
        return self._trust.mean

    @property
    def trust_sd(self) -> float:
        """Its uncertainty, as a standard deviation."""
        return self._trust.sd

    @property
    def history(self) -> tuple[Offer, ...]:
        """All acts decided so far, oldest first, each as it stands now."""
        return (*self._past, self.offer) if self.offer is not None else tuple(self._past)

    @property
    def proposal(self) -> Proposal | None:
        """What waits for the wizard's choice; always None outside of WZ."""
        return None if self._desk is None else self._desk.proposal

    @property
    def verdict(self) -> Verdict | None:
        """What became of the wizard's last choice; always None outside of WZ."""
        return None if self._desk is None else self._desk.verdict

    def laid(self, trigger_id: str | None) -> Proposal | None:
        """A proposal that lay before the wizard on this board; always None outside of WZ."""
        return None if self._desk is None else self._desk.laid(trigger_id)

    def limits(self, at_s: float, item: Item) -> Limits:
        """Levels the wizard could not have said on this board now; empty outside of WZ."""
        if self._desk is None:
            return {}
        return limits(
            self._restraint(at_s, item, talking=False, checking_in=False),
            self._settings,
            said_ago_s=[at_s - when_s for when_s, _, _ in self._delivered],
            act_open=self.state in {"acting", "awaiting_reply"},
            silent_left_s=0.0
            if self._silent_s is None
            else max(0.0, self._silent_s + self._settings.rest_s - at_s),
        )

    @property
    def n_delivered(self) -> int:
        """Acts delivered so far."""
        return len(self._delivered)

    # ------------------------------------------------------------ life cycle

    def start(self, at_s: float, trust: float | None = None) -> None:
        """Note the first trust value: the learner's own, 1..5, or None for the setting's."""
        self._trust.start(at_s, trust)

    def change_strategy(self, strategy: Strategy) -> None:
        """Another condition holds from here on; nothing of the last one is under way (its board is over)."""
        self._strategy = strategy
        self._desk = WizardDesk(self._settings) if isinstance(strategy, Wizard) else None

    def calibrated(self, at_s: float) -> None:
        """The baseline phase is over: start watching."""
        self._ready = True
        if self.state == "calibrating":
            self._fire(at_s, "calibrated")

    def pause(self, at_s: float) -> None:
        """Stop watching and speaking."""
        if self.state in {"paused", "ended"}:
            return
        self._drop_waiting(at_s, "paused")
        self._close_offer(at_s, "pause")
        self._forget()
        self._fire(at_s, "pause")

    def unpause(self, at_s: float) -> None:
        """Go on."""
        if self.state == "paused":
            self._fire(at_s, "unpause")

    def end(self, at_s: float) -> None:
        """Nothing more will be said."""
        if self.state == "ended":
            return
        self._drop_waiting(at_s, "ended")
        self._close_offer(at_s, "end")
        self._fire(at_s, "end")

    def face_forbidden(self, at_s: float) -> None:
        """The consent to the camera was taken back: what waits on the face's account is dropped."""
        waiting = self._waiting
        if waiting is not None and waiting.candidate.basis in {Basis.FACE_ONLY, Basis.CORROBORATED}:
            self._drop_waiting(at_s, "no_consent")
            self._triggers.forget()

    def item_over(self, at_s: float) -> None:
        """The item is done: what was about it is over."""
        self._drop_waiting(at_s, "item_over")
        self._close_offer(at_s, "item_end")
        self._helped_by = None
        self._forget()
        self._error_new = False

    def _forget(self) -> None:
        """What was found, proposed or vetoed belongs to a stretch of work that is over."""
        self._triggers.forget()
        if self._desk is not None:
            self._desk.clear()

    # ------------------------------------------------------------ deciding

    def tick(
        self,
        at_s: float,
        item: Item,
        *,
        active_s: float,
        talking: bool,
        reachable: bool,
        checking_in: bool = False,
    ) -> None:
        """Decide at one tick whether to speak.

        active_s: time on the lesson without pauses. reachable: False while the dialogue manager is away.
        checking_in: the study's two questions are open or about to be.
        """
        self._active_s = active_s
        self._time_out(at_s)
        if self.state == "resting" and self._rested(at_s):
            self._fire(at_s, "wake")
        moment = self._moment(item)
        evidence = self._watch.evidence(
            at_s, item, uses_face=self._strategy.uses_face, standing=self._standing(moment.quiet_s)
        )
        candidate = self._strategy.look(evidence, moment, self._settings)
        if candidate is None and self._desk is not None:
            candidate = self._desk.candidate(at_s, evidence)
        if candidate is None:
            self._drop_waiting(at_s, "evidence_gone")
            self._triggers.forget()
            return
        restraint = self._restraint(at_s, item, talking=talking, checking_in=checking_in)
        found = self._judge(item, candidate, evidence, restraint)
        refused = wait = None
        if self._desk is not None:
            left, refused, wait = self._desk.asked(at_s, found.about, found.left)
            found = replace(found, left=left)
        blocked = refused or self._blocked(at_s, found, restraint)
        if blocked is not None:
            self._suppress(at_s, found, blocked)
            return
        self._become_candidate(at_s, found.left, restraint)
        wait = wait or ("dialogue_down" if not reachable else not_now(restraint, self._settings))
        if wait is not None:
            trigger_id = self._triggers.note(at_s, found, "waiting", wait)
            self._waiting = found
            if self._desk is not None:
                self._desk.lay_down(at_s, trigger_id, found.about, found.candidate, found.left.level)
            return
        trigger_id = self._triggers.note(at_s, found, "allowed", None)
        self._waiting = None
        if self._desk is not None:
            self._desk.said()
        self._act(at_s, found, trigger_id)

    def wizard_chose(self, row: WizardChoice) -> None:
        """The person at the console of a WZ session chose; carried out at the next tick."""
        if self._desk is not None:
            self._desk.choose(row.at_s, ProactivityLevel(row.level), row.trigger_id, row.delay_s or 0.0)

    def _moment(self, item: Item) -> Moment:
        if self._quiet_from_s is None:
            self._quiet_from_s = item.began_s
        return Moment(
            item_n=item.n,
            item_s=self._active_s - item.began_s,
            quiet_s=self._active_s - self._quiet_from_s,
            error_new=self._error_new,
            n_said=self._n_begun,
            schedule=self._schedule,
        )

    def _standing(self, quiet_s: float) -> Standing:
        low = self._trust.band is TrustBand.LOW
        return Standing(low_trust=low, quiet_s=quiet_s, n_repairs=self._n_repairs)

    def quiet(self, at_s: float, item: Item, *, talking: bool) -> bool:
        """The learner could be asked something right now: nobody acts, talks or waits for a reply."""
        restraint = self._restraint(at_s, item, talking=talking, checking_in=False)
        busy = self.state in {"acting", "awaiting_reply"}
        return not busy and not_now(restraint, self._settings) is None

    def _judge(self, item: Item, candidate: Candidate, evidence: Evidence, restraint: Restraint) -> Found:
        """The condition's wish, and what the trust rules leave of it."""
        suggested = any(
            level is ProactivityLevel.SUGGESTION and where == item.item_id
            for _, level, where in self._delivered
        )
        context = Context(
            band=restraint.band,
            persists=restraint.acts_on_item > 0,
            suggested=suggested,
            n_errors=item.n_errors if evidence.interaction else 0,
            errors_persisting=self._settings.errors_persisting,
            objective=self._objective,
            trust=self.trust,
            since_act_s=restraint.since_act_s,
            n_acts=len(self._delivered),
            possible=self._possible(restraint),
        )
        wish = self._strategy.decide(candidate, context)
        if self._desk is not None:
            wish = bound_by_trust(wish, restraint)  # the proposal is all that AD would do
        left = bound_by_trust(wish, restraint) if self._strategy.follows_trust else wish
        return Found(
            item=item,
            candidate=candidate,
            wish=wish.level,
            left=left,
            trust=self.trust,
            persists=context.persists,
        )

    def _possible(self, restraint: Restraint) -> bool:
        """An act of some level could be said right now."""
        strongest = forbidden(ProactivityLevel.INTERVENTION, restraint, self._settings)
        quiet = not_now(restraint, self._settings) is None
        return strongest is None and quiet and self.state not in {"acting", "awaiting_reply"}

    def _blocked(self, at_s: float, found: Found, restraint: Restraint) -> str | None:
        level, silenced = found.left.level, found.left.reason == "after_decline"
        if level is ProactivityLevel.NONE and not silenced:
            return found.left.reason or "table"
        if self.state in {"acting", "awaiting_reply"}:
            return "act_open"
        reason = forbidden(found.wish if silenced else level, restraint, self._settings)
        if reason is None and (silenced or self._in_silent_turn(at_s)):
            return "after_decline"
        return reason

    def _in_silent_turn(self, at_s: float) -> bool:
        """An act lowered to nothing takes its turn in silence: no other comes within the rest."""
        return self._silent_s is not None and at_s - self._silent_s < self._settings.rest_s

    def _become_candidate(self, at_s: float, left: Decision, restraint: Restraint) -> None:
        if self.state == "observing":
            self._fire(at_s, "suspect")
        elif self.state == "resting":
            assert escalates(left.level, restraint, self._settings)
            self._fire(at_s, "escalate")

    def _restraint(self, at_s: float, item: Item, *, talking: bool, checking_in: bool) -> Restraint:
        last = self._delivered[-1] if self._delivered else None
        window_from = at_s - self._settings.most_acts_window_s
        watch = self._watch
        return Restraint(
            since_act_s=None if last is None else at_s - last[0],
            last_level=ProactivityLevel.NONE if last is None else last[1],
            same_item=last is not None and last[2] == item.item_id,
            improved=self._improved,
            acts_on_item=sum(where == item.item_id for _, _, where in self._delivered),
            acts_in_window=sum(when > window_from for when, _, _ in self._delivered),
            lowered=self._lowered,
            band=self._trust.band,
            input_ago_s=None if watch.last_input_s is None else at_s - watch.last_input_s,
            answer_ago_s=None if watch.last_answer_s is None else at_s - watch.last_answer_s,
            help_ago_s=None if watch.helped_s is None else at_s - watch.helped_s,
            talking=talking,
            checking_in=checking_in,
            stopped=self._trust.stopped,
        )

    def _suppress(self, at_s: float, found: Found, reason: str) -> None:
        if self.state == "candidate":
            self._fire(at_s, "drop")
            self._waiting = None
        if self._desk is not None:
            self._desk.refused(at_s, reason)
        if reason == "after_decline" and not self._in_silent_turn(at_s):
            self._silent_s = at_s
            self._lowered -= 1
            self._triggers.forget()
        self._triggers.note(at_s, found, "suppressed", reason)

    def _drop_waiting(self, at_s: float, reason: str) -> None:
        """A candidate that waited for its moment is given up."""
        if self.state != "candidate":
            return
        self._fire(at_s, "drop")
        if self._waiting is not None:
            self._triggers.log(at_s, self._waiting, "suppressed", reason)
            self._waiting = None

    # ------------------------------------------------------------ acting

    def _act(self, at_s: float, found: Found, trigger_id: str) -> None:
        assert found.left.move is not None
        self._fire(at_s, "deliver", allowed=True)
        self._send(
            at_s,
            found.item,
            kind=found.candidate.kind,
            signs=found.candidate.signs,
            offered=found.wish,
            level=found.left.level,
            move=found.left.move,
            trigger_id=trigger_id,
            follows=None,
        )

    def _carry_out(self, at_s: float, item: Item, question: Offer) -> None:
        """The learner said yes to the question before an INTERVENTION: do it now."""
        self._fire(at_s, "carry_out")
        self._send(
            at_s,
            item,
            kind=question.kind,
            signs=("accepted_question",),
            offered=ProactivityLevel.INTERVENTION,
            level=ProactivityLevel.INTERVENTION,
            move=Move.WORKED_STEP,
            trigger_id=question.act.trigger_id,
            follows=question.act.act_id,
        )

    def _send(
        self,
        at_s: float,
        item: Item,
        *,
        kind: str,
        signs: tuple[str, ...],
        offered: ProactivityLevel,
        level: ProactivityLevel,
        move: Move,
        trigger_id: str,
        follows: str | None,
    ) -> None:
        self._n_acts += 1
        act = DialogueAct(
            act_id=f"A{self._n_acts}",
            level=level,
            move=move,
            trigger_id=trigger_id,
            item_id=item.item_id,
            motivate=kind in {"frustration", "both"} and follows is None,
        )
        if self.offer is not None:
            self._past.append(self.offer)
        agreed = follows is not None
        self.offer = Offer(act=act, decided_s=at_s, kind=kind, signs=signs, agreed=agreed)
        self._notes.log(
            Act(
                at_s=at_s,
                act_id=act.act_id,
                trigger_id=trigger_id,
                item_id=item.item_id,
                level_offered=int(offered),
                level=int(level),
                move=move.value,
                follows_act_id=follows,
                motivate=act.motivate,
            )
        )
        self._notes.do(Perform(act))

    def under_way(self, act_id: str) -> Offer | None:
        """The act of that id if it still wants to be said."""
        offer = self.offer
        if offer is None or offer.act.act_id != act_id or self.state != "acting":
            return None
        return offer

    def delivered(self, at_s: float, act_id: str, wording_id: str) -> DialogueAct | None:
        """The act has been said. Returns: it, or None when it is not the one under way."""
        offer = self.under_way(act_id)
        if offer is None:
            return None
        self.offer = replace(offer, delivered_s=at_s)
        self._delivered.append((at_s, offer.act.level, offer.act.item_id))
        self._trust.said(offer.act.level)
        self._improved = False
        self._error_new = False
        self._quiet_from_s = self._active_s
        if not offer.agreed:
            self._n_begun += 1
        if offer.act.move is Move.GIVE_CONTROL:
            self._n_repairs += 1
        if self._lowered > 0:
            self._lowered -= 1
        self._notes.log(
            Delivery(
                at_s=at_s,
                act_id=act_id,
                delivered=True,
                level=int(offer.act.level),
                wording_id=wording_id,
                latency_s=round(at_s - offer.decided_s, 3),
                reason=None,
            )
        )
        self._fire(at_s, "delivered")
        return offer.act

    def failed(self, at_s: float, act_id: str, reason: str) -> None:
        """The act did not reach the learner; it is dropped, never said late."""
        offer = self.under_way(act_id)
        if offer is None:
            return
        self._triggers.forget()
        self._note_failure(at_s, offer, reason)
        self._fire(at_s, "fail")

    def interrupted(self, at_s: float) -> None:
        """The learner did something before the act could be said: it waits for a better moment.

        A step the learner just agreed to comes all the same.
        """
        offer = self.offer
        if self.state == "acting" and offer is not None and not offer.agreed:
            self.failed(at_s, offer.act.act_id, "learner_busy")

    def _note_failure(self, at_s: float, offer: Offer, reason: str) -> None:
        """An act that was never said is none: the one before it is the last again."""
        self.offer = self._past.pop() if self._past else None
        self._notes.log(
            Delivery(
                at_s=at_s,
                act_id=offer.act.act_id,
                delivered=False,
                level=0,
                wording_id=None,
                latency_s=round(at_s - offer.decided_s, 3),
                reason=reason,
            )
        )

    # ------------------------------------------------------------ reactions

    def awaiting(self) -> Offer | None:
        """The delivered act that has no reaction yet."""
        return self.offer if self.state == "awaiting_reply" else None

    def asks_again(self, at_s: float, silent_from_s: float) -> Offer | None:
        """The question to be said once more, if there is one. silent_from_s: when anybody was last heard."""
        offer = self.awaiting()
        if offer is None or self._is_late(offer, at_s):
            return None
        silent_s = at_s - max(silent_from_s, self._watch.last_input_s or 0.0)
        again = asks_again(
            offer.act,
            silent_s=silent_s,
            strategy=self._strategy,
            band=self._trust.band,
            settings=self._settings,
        )
        return offer if again else None

    def react(self, at_s: float, reaction: Reaction, via: str, item: Item | None) -> None:
        """The learner reacted to the open act, or it can be reacted to no longer."""
        offer = self.awaiting()
        if offer is None or offer.delivered_s is None:
            return
        self.offer = self._reacted(at_s, offer, offer.delivered_s, reaction, via)
        if reaction is Reaction.ACCEPTED:
            self._helped_by = offer.act.act_id
        if reaction is Reaction.DECLINED:
            self._lowered = self._settings.lowered_acts
        self._fire(at_s, "react")
        asked = offer.act.move is Move.ASK_BEFORE_STEP and reaction is Reaction.ACCEPTED
        if asked and item is not None:
            self._carry_out(at_s, item, offer)

    def _reacted(self, at_s: float, offer: Offer, since_s: float, reaction: Reaction, via: str) -> Offer:
        act_id = offer.act.act_id
        self._notes.log(
            ReactionSeen(
                at_s=at_s,
                act_id=act_id,
                reaction=reaction.value,
                latency_s=round(at_s - since_s, 3),
                via=via,
            )
        )
        self._trust.reacted(at_s, reaction, level=offer.act.level, kind=offer.kind, act_id=act_id)
        return replace(offer, reaction=reaction)

    def undone(self, at_s: float, act_id: str) -> None:
        """The learner took a worked step back: a reaction if it is the first, and no help any more."""
        awaiting = self.awaiting()
        if awaiting is not None and awaiting.act.act_id == act_id:
            self.react(at_s, Reaction.UNDONE, "undo", None)
            return
        if self._helped_by == act_id:
            self._helped_by = None

    def checked(self, at_s: float, *, correct: bool, better: bool) -> None:
        """The board was checked: help that was used may have worked."""
        if better or correct:
            self._improved = True
        self._error_new = not correct
        if not correct:
            self._trust.erred(at_s)
        elif self._helped_by is not None:
            self._trust.helped(at_s, self._helped_by)
        self._helped_by = None

    def answered(self, at_s: float, answer: int) -> None:
        """The learner answered the single trust item."""
        self._trust.answered(at_s, answer)

    def _time_out(self, at_s: float) -> None:
        offer = self.awaiting()
        if offer is not None and self._is_late(offer, at_s):
            self.react(at_s, Reaction.IGNORED, "timeout", None)

    def _is_late(self, offer: Offer, at_s: float) -> bool:
        """Whether the time for a reaction is over."""
        return offer.delivered_s is not None and at_s - offer.delivered_s >= self._settings.react_timeout_s

    def _close_offer(self, at_s: float, via: str) -> None:
        """An open act comes to its end with the item, a pause or the session."""
        if self.state == "awaiting_reply":
            self.react(at_s, Reaction.LAPSED, via, None)
        elif self.state == "acting" and self.offer is not None:
            self._note_failure(at_s, self.offer, via)
            self._fire(at_s, "fail")

    # ------------------------------------------------------------ helpers

    def _rested(self, at_s: float) -> bool:
        return not self._delivered or at_s - self._delivered[-1][0] >= self._settings.rest_s

    def _fire(self, at_s: float, cause: str, *, allowed: bool = False) -> None:
        source = self.state
        if self._machine.fire(cause, allowed=allowed, rested=self._rested(at_s), ready=self._ready):
            self._notes.log(StateChange(at_s=at_s, source=source, dest=self.state, cause=cause))
