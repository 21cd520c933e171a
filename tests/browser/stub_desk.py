"""The console's side of the stub host: fixed rows, and a memory of what was done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tutorbot.core.wizard_reasons import DELAYS_S, WIZARD_REASONS
from tutorbot.errors import BadInput, LogUnwritable

if TYPE_CHECKING:
    from tests.browser.stub_host import StubSession

LINES = [
    {"id": "take-your-time", "group": "Encourage", "text": "Take your time. There is no hurry."},
    {"id": "one-feature", "group": "Think", "text": "Look at one feature at a time."},
]
CURVE = [(0.0, 3.5), (40.0, 3.7), (80.0, 3.3), (120.0, 3.5)]


class StubDesk:
    """Behaves as ``tutorbot.session.desk.Desk``.

    broken: raised instead of doing anything. choosing_takes_s: how long a choice takes.
    done: everything that was done, oldest first: its name, and what came with it.
    """

    def __init__(self, sessions: Mapping[str, StubSession]) -> None:
        self._sessions = sessions
        self._seen: set[str] = set()
        self.broken: LogUnwritable | None = None
        self.choosing_takes_s = 0.0
        self.done: list[tuple[str, dict[str, Any]]] = []
        self.agreed: list[dict[str, Any]] = []
        self.standing: dict[str, Any] | None = None
        self.study_broken: LogUnwritable | None = None

    def of(self, name: str) -> list[dict[str, Any]]:
        """What was done of one kind."""
        return [fields for done, fields in list(self.done) if done == name]

    study_id = "stub-study"

    def rows(self) -> Sequence[Mapping[str, Any]]:
        return [self._row(session) for session in list(self._sessions.values())]

    def _row(self, session: StubSession) -> dict[str, Any]:
        act = {"act_id": "A1", "level": "suggestion", "move": "offer_contrast", "reason": "repeated errors"}
        return {
            "participant": session.label,
            "condition": session.condition,
            "phase": session.phase,
            "block": 1,
            "blocks": 1,
            "parts": session.parts,
            "item": f"{session.item + 1} of 2",
            "state": session.standing,
            "level": "suggestion",
            "last_acts": [{**act, "reaction": None, "at_s": 62.0}],
            "last_moves": session.moves[-5:],
            "trust": 3.5,
            "trust_curve": CURVE,
            "concentration_curve": [(at_s, round(value / 5, 2)) for at_s, value in CURVE],
            "affect": "on" if session.levels else "no camera",
            "levels": session.levels,
            "dialogue": "ready" if session.available else "down",
            "robot": "no robot",
            "connected": session.surface is not None,
            "paused": session.held_by or ("experimenter" if session.held else None),
            "breaks": list(session.breaks),
            "ended": session.ended_by,
            "ended_how": session.ended_how,
            "away_s": session.away_s,
            "seconds": 125,
            "test_only": True,
            "n_notes": len([one for one in self.of("note") if one["participant"] == session.label]),
            "n_looks": 0,
            "warnings": list(session.warnings),
            "face_warnings": list(session.face_warnings),
            "wizard": session.wizard,
            "last_words": "must not be shown",
        }

    def observer_rows(self) -> Sequence[Mapping[str, Any]]:
        return [
            {
                "participant": session.label,
                "can_watch": session.phase in {"task", "probe"} and not session.held,
                "over": session.phase == "ended",
                "test_only": True,
                "condition": session.condition,
                "levels": session.levels,
            }
            for session in list(self._sessions.values())
        ]

    def agreement(self) -> Sequence[Mapping[str, Any]]:
        return list(self.agreed)

    async def study(self) -> Mapping[str, Any] | None:
        if self.study_broken is not None:
            raise self.study_broken
        return self.standing

    def choices(self) -> Mapping[str, Any]:
        return {
            "reasons": [{"code": code, "text": text} for code, text in WIZARD_REASONS.items()],
            "delays_s": list(DELAYS_S),
            "lines": LINES,
            "most_line": 300,
            "most_note": 4000,
        }

    async def wizard(
        self,
        participant: str,
        level: int,
        trigger_id: str | None,
        client_id: str,
        *,
        reason: str | None = None,
        delay_s: float | None = None,
    ) -> None:
        """A proposal is over once it was chosen upon."""
        await asyncio.sleep(self.choosing_takes_s)
        session = self._find(participant)
        if session.wizard is None:
            raise BadInput("Nobody decides there by hand.", remedy="Choose a session of condition WZ.")
        if client_id in self._seen:
            return
        if not session.wizard["can_choose"]:
            raise BadInput(
                "No board is open there at the moment.", remedy="Choose again when the next one is."
            )
        self._note("wizard", client_id, participant=participant, level=level, reason=reason, delay_s=delay_s)
        session.choices.append((level, trigger_id))
        session.wizard["proposal"] = None
        why = "the wizard's veto" if level == 0 else None
        session.judge("said" if level else "refused", level=level, why=why, ago_s=0)

    async def line(self, participant: str, client_id: str, **fields: Any) -> None:
        session = self._find(participant)
        if session.wizard is None:
            raise BadInput("Nobody decides there by hand.", remedy="Choose a session of condition WZ.")
        if session.surface is None:
            raise BadInput("Nobody listens: the participant's page is closed.", remedy="Say it later.")
        self._note("line", client_id, participant=participant, **fields)

    async def hold(self, participant: str, client_id: str, *, on: bool) -> None:
        session = self._find(participant)
        session.held, session.held_by = on, None
        self._note("hold", client_id, participant=participant, on=on)

    async def restart(self, participant: str, client_id: str) -> None:
        session = self._find(participant)
        session.held, session.held_by, session.item = False, None, 0
        self._note("restart", client_id, participant=participant)

    async def end(self, participant: str, client_id: str) -> None:
        session = self._find(participant)
        session.phase, session.ended_by = "ended", "stopped_by_experimenter"
        session.ended_how = "stopped by the experimenter"
        self._note("end", client_id, participant=participant)

    async def note(self, participant: str, client_id: str, **fields: Any) -> None:
        self._find(participant)
        self._note("note", client_id, participant=participant, **fields)

    async def observe(self, participant: str, client_id: str, **fields: Any) -> None:
        self._find(participant)
        self._note("observe", client_id, participant=participant, **fields)

    def _find(self, participant: str) -> StubSession:
        if self.broken is not None:
            raise self.broken
        for session in self._sessions.values():
            if session.label == participant:
                return session
        raise BadInput(f"No session of {participant!r} is open.", remedy="Reload the console.")

    def _note(self, name: str, client_id: str, **fields: Any) -> None:
        if client_id not in self._seen:
            self._seen.add(client_id)
            self.done.append((name, fields))
