"""The scripted wizard before a whole session: chooses through the session's own door."""

from __future__ import annotations

from tutorbot.errors import BadInput
from tutorbot.session.loop import TutoringSession
from tutorbot.simulation.wizard import AGREES, WAYS, ScriptedWizard


class WizardAtTheConsole:
    """Looks once a second and hands in what the scripted wizard chooses."""

    def __init__(self, way: str) -> None:
        """Raises: BadInput: there is no such way."""
        if way not in WAYS:
            raise BadInput(f"There is no scripted wizard {way!r}.", remedy=f"Known are {', '.join(WAYS)}.")
        self._wizard = ScriptedWizard(way)
        self._n_choices = 0

    async def look(self, session: TutoringSession) -> None:
        """Choose if a proposal has lain there long enough."""
        choice = self._wizard.look(session.now_s(), session.tutor)
        if choice is None:
            return
        self._n_choices += 1
        level, trigger_id = choice
        await session.wizard(level, trigger_id, f"scripted-wizard-{self._n_choices}")


def wizard_for(way: str | None, condition: str | None) -> WizardAtTheConsole | None:
    """The demo's wizard: there is one in condition WZ, who agrees unless told otherwise.

    Raises: BadInput: no such way, or one was asked for in a condition in which nobody decides by hand.
    """
    if condition == "WZ":
        return WizardAtTheConsole(way or AGREES)
    if way is not None:
        raise BadInput(
            f"--wizard {way} does not go with {condition or 'a condition that the study chooses'}: "
            "only in condition WZ somebody decides by hand.",
            remedy="Add --condition WZ, or leave --wizard out.",
        )
    return None
