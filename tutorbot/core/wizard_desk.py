"""What lies before the wizard of condition WZ, and what the wizard chose."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.events import WizardChoice
from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies.base import Decision, speak
from tutorbot.core.triggers.values import behaviour_values

About = tuple[str, str, str]
"""Item id, kind and basis of a reason to speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the table would do, and waits for the wizard's choice.

    trigger_id: its row. level: the table's, after the trust rules. since_s: session seconds at which it
    began to wait.
    """

    trigger_id: str
    kind: str
    basis: str
    signs: tuple[str, ...]
    level: ProactivityLevel
    since_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WizardCall:
    """A choice that was not carried out yet.

    level: never NONE. at_s: session seconds of the choice. from_s: not said before; ``at_s`` and the delay
    that was asked for.
    """

    level: ProactivityLevel
    at_s: float
    from_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a choice.

    state: waiting (for its moment), said (or on its way), refused (``reason`` says why; a veto is one of the
    wizard's own), or given_up. at_s: session seconds of the choice. from_s: not said before.
    """

    level: ProactivityLevel
    at_s: float
    from_s: float
    state: str = "waiting"
    reason: str | None = None


def choice_row(
    at_s: float,
    level: int,
    trigger_id: str | None,
    proposal: Proposal | None,
    *,
    client_id: str | None = None,
    reason: str | None = None,
    delay_s: float | None = None,
) -> WizardChoice:
    """A choice as it is logged, with what lay before the wizard. proposal: that of ``trigger_id``, if any."""
    return WizardChoice(
        at_s=at_s,
        level=level,
        trigger_id=trigger_id,
        client_id=client_id,
        latency_s=None if proposal is None else round(at_s - proposal.since_s, 3),
        proposed=None if proposal is None else int(proposal.level),
        reason=reason,
        delay_s=delay_s,
    )


class WizardDesk:
    """Keeps one choice until it is carried out, refused or too old; a veto lasts for the board."""

    def __init__(self, settings: TutorSettings) -> None:
        self._settings = settings
        self._call: WizardCall | None = None
        self._vetoed: set[About] = set()
        self._laid: dict[str, tuple[About, Proposal]] = {}
        self.proposal: Proposal | None = None
        self.verdict: Verdict | None = None

    def candidate(self, at_s: float, evidence: Evidence) -> Candidate | None:
        """Nothing was found: the reason is the wizard's own, if there is a choice to carry out."""
        self.proposal, call = None, self.call(at_s)
        if call is None or at_s < call.from_s:
            return None
        return Candidate(
            kind="wizard", basis=Basis.WIZARD, signs=("wizard",), evidence=behaviour_values(evidence)
        )

    def asked(self, at_s: float, about: About, proposed: Decision) -> tuple[Decision, str | None, str | None]:
        """What is left of a proposal: (the act, why it is refused, what it waits for)."""
        call = self.call(at_s)
        if call is None:
            return proposed, "wizard_veto" if about in self._vetoed else None, "wizard"
        wait = "wizard_delay" if at_s < call.from_s else None
        return proposed if call.level is proposed.level else speak(call.level), None, wait

    def laid(self, trigger_id: str | None) -> Proposal | None:
        """A proposal that lay before the wizard on this board, if only a moment ago."""
        found = self._laid.get(trigger_id or "")
        return None if found is None else found[1]

    def lay_down(
        self, at_s: float, trigger_id: str, about: About, candidate: Candidate, level: ProactivityLevel
    ) -> None:
        """Show a proposal that waits for a choice; one that waits for its moment is no longer open."""
        if self._call is not None:
            return
        known = self.proposal
        since_s = known.since_s if known is not None and known.trigger_id == trigger_id else at_s
        self.proposal = Proposal(
            trigger_id=trigger_id,
            kind=candidate.kind,
            basis=candidate.basis.value,
            signs=candidate.signs,
            level=level,
            since_s=since_s,
        )
        self._laid[trigger_id] = about, self.proposal

    def choose(
        self, at_s: float, level: ProactivityLevel, trigger_id: str | None, delay_s: float = 0.0
    ) -> None:
        """The wizard chose; a later choice replaces an earlier one.

        delay_s: seconds before which nothing is said. A veto is of the proposal that
        was answered, even if another reason has come up meanwhile.
        """
        self._end("given_up")
        from_s = at_s + delay_s
        self.verdict = Verdict(level=level, at_s=at_s, from_s=from_s)
        if level is not ProactivityLevel.NONE:
            self._call = WizardCall(level=level, at_s=at_s, from_s=from_s)
            return
        known = self._laid.get(trigger_id or "")
        if known is not None:
            self._vetoed.add(known[0])
        reason = "wizard_veto" if known is not None else "evidence_gone"
        self.verdict = replace(self.verdict, state="refused", reason=reason)

    def call(self, at_s: float) -> WizardCall | None:
        """The choice that still counts."""
        if self._call is not None and at_s - self._call.from_s > self._settings.wizard_waits_s:
            self._end("given_up")
        return self._call

    def said(self) -> None:
        """The choice is carried out."""
        self.proposal = None
        self._end("said")

    def refused(self, at_s: float, reason: str) -> None:
        """The choice, if there is one, cannot be carried out; one that is not due yet stands."""
        self.proposal = None
        if self._call is None or at_s >= self._call.from_s:
            self._end("refused", reason)

    def clear(self) -> None:
        """Nothing is proposed any more, and what was vetoed is over."""
        self._end("given_up")
        self.proposal = None
        self._vetoed.clear()
        self._laid.clear()

    def _end(self, state: str, reason: str | None = None) -> None:
        if self._call is not None and self.verdict is not None:
            self.verdict = replace(self.verdict, state=state, reason=reason)
        self._call = None
