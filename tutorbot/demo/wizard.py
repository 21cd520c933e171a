"""A scripted wizard: what a person at the console would choose, for sessions of condition WZ without one.

A script to try the system with, not a model of a wizard: no result about people can come from it.
"""

from __future__ import annotations

from tutorbot.core.wizard_desk import Proposal
from tutorbot.errors import BadInput
from tutorbot.session.loop import TutoringSession

WAYS = ("agrees", "vetoes", "silent")
"""agrees: takes each proposal at its level. vetoes: says nothing on any account. silent: never chooses."""

CHOOSES_AFTER_S = 2.0
"""How long a proposal lies before the scripted wizard until the choice."""


class ScriptedWizard:
    """Looks once a second, as the console does, and chooses through the session's own door."""

    def __init__(self, way: str) -> None:
        """Raises: BadInput: there is no such way."""
        if way not in WAYS:
            raise BadInput(f"There is no scripted wizard {way!r}.", remedy=f"Known are {', '.join(WAYS)}.")
        self._way = way
        self._n_choices = 0
        self._answered: tuple[str, float] | None = None

    async def look(self, session: TutoringSession) -> None:
        """Choose if a proposal has lain there long enough."""
        proposal = session.tutor.initiative.proposal
        if self._way == "silent" or proposal is None or not self._wants(proposal, session):
            return
        self._n_choices += 1
        self._answered = proposal.trigger_id, proposal.since_s
        level = int(proposal.level) if self._way == "agrees" else 0
        await session.wizard(level, proposal.trigger_id, f"scripted-wizard-{self._n_choices}")

    def _wants(self, proposal: Proposal, session: TutoringSession) -> bool:
        """A choice that was given up is made again; one that still waits is not."""
        tutor = session.tutor
        if tutor.phase != "task" or tutor.paused or session.now_s() - proposal.since_s < CHOOSES_AFTER_S:
            return False
        if self._answered != (proposal.trigger_id, proposal.since_s):
            return True
        verdict = tutor.initiative.verdict
        return verdict is not None and verdict.state == "given_up"


def wizard_for(way: str | None, condition: str | None) -> ScriptedWizard | None:
    """The demo's wizard: there is one in condition WZ, who agrees unless told otherwise.

    Raises: BadInput: no such way, or one was asked for in a condition in which nobody decides by hand.
    """
    if condition == "WZ":
        return ScriptedWizard(way or "agrees")
    if way is not None:
        raise BadInput(
            f"--wizard {way} does not go with {condition or 'a condition that the study chooses'}: "
            "only in condition WZ somebody decides by hand.",
            remedy="Add --condition WZ, or leave --wizard out.",
        )
    return None
