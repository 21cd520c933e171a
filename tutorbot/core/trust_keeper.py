"""All that a session knows of the learner's trust: the estimate, acceptance depth and the stop rule."""

from __future__ import annotations

from statistics import fmean

from tutorbot.core.acts import ProactivityLevel, Reaction
from tutorbot.core.effects import Notes
from tutorbot.core.events import StopRuleMet, TrustState
from tutorbot.core.settings import TutorSettings
from tutorbot.core.stop_rule import StopRule
from tutorbot.core.trust import TrustBand, TrustCause, TrustEvent, TrustModel, band_of, clamp_trust


class TrustKeeper:
    """Tells the trust model what bears on trust, and notes each change with its cause."""

    def __init__(self, model: TrustModel, settings: TutorSettings, notes: Notes) -> None:
        self._model = model
        self._settings = settings
        self._notes = notes
        self._events: list[TrustEvent] = []
        self._estimate = model.estimate(())
        self._taken: list[int] = []
        self._stop_rule = StopRule(settings)

    @property
    def mean(self) -> float:
        """The estimate, 1..5."""
        return self._estimate.mean

    @property
    def sd(self) -> float:
        """Its uncertainty, as a standard deviation."""
        return self._estimate.sd

    @property
    def band(self) -> TrustBand:
        """The estimate's band."""
        return band_of(self.mean, self._settings)

    @property
    def stopped(self) -> bool:
        """The stop rule is met: no more INTERVENTIONs."""
        return self._stop_rule.met

    def start(self, at_s: float, trust: float | None = None) -> None:
        """Note the first value; trust: what the learner answered beforehand, 1..5, None without."""
        start = round(clamp_trust(self._settings.trust_start if trust is None else trust), 4)
        self._note(at_s, TrustEvent(cause=TrustCause.START, start=start), None)

    def said(self, level: ProactivityLevel) -> None:
        """An act was delivered."""
        self._stop_rule.said(level)

    def reacted(
        self, at_s: float, reaction: Reaction, *, level: ProactivityLevel, kind: str, act_id: str
    ) -> None:
        """The learner reacted to an act of this level, whose reason was of this kind."""
        if reaction is not Reaction.LAPSED:
            self._taken.append(int(level) if reaction is Reaction.ACCEPTED else 0)
        self._note(at_s, TrustEvent(cause=TrustCause(reaction.value), level=int(level), kind=kind), act_id)

    def erred(self, at_s: float) -> None:
        """A check was wrong."""
        self._note(at_s, TrustEvent(cause=TrustCause.ERROR), None)

    def helped(self, at_s: float, act_id: str) -> None:
        """Accepted help was used, and the next check was right."""
        self._note(at_s, TrustEvent(cause=TrustCause.USED_AND_RIGHT), act_id)

    def answered(self, at_s: float, answer: int) -> None:
        """The learner answered the single trust item."""
        met = self._stop_rule.met
        self._stop_rule.answered(answer)
        if self._stop_rule.met and not met:
            changes = self._stop_rule.changes
            self._notes.log(StopRuleMet(at_s=at_s, n=len(changes), mean_change=round(fmean(changes), 3)))
        self._note(at_s, TrustEvent(cause=TrustCause.PROBE, answer=answer), None)

    def _note(self, at_s: float, event: TrustEvent, act_id: str | None) -> None:
        """Tell the model; note what it makes of it, or nothing where that is nothing."""
        before = self._estimate
        self._events.append(event)
        self._estimate = now = self._model.estimate(tuple(self._events))
        if event.cause in {TrustCause.ERROR, TrustCause.LAPSED} and now == before:
            return
        self._notes.log(
            TrustState(
                at_s=at_s,
                trust=round(now.mean, 4),
                band=self.band.value,
                delta=round(now.mean - before.mean, 4),
                cause=event.cause.value,
                act_id=act_id,
                sd=round(now.sd, 4),
                acceptance_depth=round(fmean(self._taken), 4) if self._taken else None,
            )
        )
