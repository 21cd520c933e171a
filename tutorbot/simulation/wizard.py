"""A scripted wizard: what a person at the console would choose, for sessions of condition WZ without one.

A script to try the system with, not a model of a wizard: no result about people can come from it.
"""

from __future__ import annotations

from tutorbot.core.tutor import Tutor
from tutorbot.core.wizard_desk import Proposal

AGREES, VETOES, SILENT = "agrees", "vetoes", "silent"
WAYS = (AGREES, VETOES, SILENT)
"""agrees: takes each proposal at its level. vetoes: says nothing on any account. silent: never chooses."""

CHOOSES_AFTER_S = 2.0
"""How long a proposal lies before the scripted wizard until the choice."""


class ScriptedWizard:
    """Looks once a second, as the console does. way: one of ``WAYS``."""

    def __init__(self, way: str = AGREES) -> None:
        self._way = way
        self._answered: tuple[str, float] | None = None

    def look(self, at_s: float, tutor: Tutor) -> tuple[int, str] | None:
        """Level and trigger id of a choice, if a proposal has lain there long enough; level 0 is a veto."""
        proposal = tutor.initiative.proposal
        if self._way == SILENT or proposal is None or not self._wants(at_s, proposal, tutor):
            return None
        self._answered = proposal.trigger_id, proposal.since_s
        return (int(proposal.level) if self._way == AGREES else 0), proposal.trigger_id

    def _wants(self, at_s: float, proposal: Proposal, tutor: Tutor) -> bool:
        """A choice that was given up is made again; one that still waits is not."""
        if tutor.phase != "task" or tutor.paused or at_s - proposal.since_s < CHOOSES_AFTER_S:
            return False
        if self._answered != (proposal.trigger_id, proposal.since_s):
            return True
        verdict = tutor.initiative.verdict
        return verdict is not None and verdict.state == "given_up"
