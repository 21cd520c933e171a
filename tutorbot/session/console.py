"""What the experimenter and the observers see of a session; never a learner's words."""

from __future__ import annotations

from math import ceil
from typing import Any

from tutorbot.core.initiative import Offer
from tutorbot.core.wizard_desk import Verdict
from tutorbot.session.console_memory import shown
from tutorbot.session.loop import TutoringSession
from tutorbot.session.plain_words import BASES, ENDS, KINDS, REASONS, SIGNS, plain

LAST_ACTS = 3
"""Acts per session on the console."""
SEEN_ENOUGH = 0.3
"""Share of a window below which the console warns that the face is hardly seen. P"""
NO_ROBOT = "no robot"
"""Said of a session on a page alone."""


def console_row(session: TutoringSession) -> dict[str, Any]:
    """What the experimenter sees of a session (``adapters.web.console.COLUMNS``)."""
    tutor, header, memory = session.tutor, session.header, session.memory
    initiative, item = tutor.initiative, tutor.course.item
    acts = [_act(offer) for offer in initiative.history[-LAST_ACTS:]]
    return {
        "participant": header.participant,
        "condition": tutor.condition,
        "phase": tutor.phase,
        "block": tutor.course.block if item else None,
        "blocks": len(tutor.course.lesson.problems),
        "parts": _parts(session),
        "item": f"{tutor.course.place} of {tutor.course.most_items}" if item else "",
        "state": "cannot store" if session.trouble else initiative.state,
        "level": acts[-1]["level"] if acts else "none",
        "last_acts": acts,
        "last_moves": [
            {"at_s": round(move.at_s, 1), "source": move.source, "dest": move.dest, "cause": move.cause}
            for move in session.last_moves
        ],
        "trust": round(initiative.trust, 2),
        "trust_curve": memory.trust,
        "concentration_curve": memory.concentration,
        "affect": tutor.camera_state if tutor.camera_consent else "no camera",
        "levels": _levels(session),
        "dialogue": None if tutor.over else "ready" if tutor.dialogue_up else "down",
        "robot": NO_ROBOT if tutor.robot is None or tutor.over else f"robot {tutor.robot}",
        "connected": bool(session.surfaces),
        "away_s": session.away_s,
        "paused": _paused(session),
        "breaks": [] if tutor.over else memory.breaks(session.now_s()),
        "ended": tutor.end_reason,
        "ended_how": None if tutor.end_reason is None else plain(ENDS, tutor.end_reason),
        "seconds": round(tutor.ended_s if tutor.ended_s is not None else session.now_s()),
        "test_only": header.test_only,
        "n_notes": memory.n_notes,
        "n_looks": memory.n_looks,
        "warnings": _warnings(session),
        "face_warnings": _face_warnings(session),
        "wizard": wizard_panel(session),
    }


def observer_row(session: TutoringSession) -> dict[str, Any]:
    """What an observer sees: who is there and can be watched. Nothing that could colour a judgement."""
    tutor = session.tutor
    return {
        "participant": session.header.participant,
        "can_watch": tutor.running and not tutor.paused and bool(session.surfaces),
        "over": tutor.over,
        "test_only": session.header.test_only,
    }


def _act(offer: Offer) -> dict[str, Any]:
    return {
        "act_id": offer.act.act_id,
        "level": offer.act.level.word,
        "move": offer.act.move.value,
        "reason": plain(KINDS, offer.kind),
        "reaction": offer.reaction.value if offer.reaction else None,
        "at_s": round(offer.decided_s, 1),
    }


def _parts(session: TutoringSession) -> dict[str, Any] | None:
    """The conditions of a within-subject session in this learner's order; None for a session of one part.

    now: number of the part the newest block belongs to, from 1; None before the first block.
    """
    setup, block = session.plan.setup, session.tutor.course.block
    placed = setup.part_of(block) if block else None
    if len(setup.parts) < 2:  # a design between participants makes one
        return None
    return {
        "now": None if placed is None else placed.n,
        "order": [
            {"condition": part.condition, "cell": part.cell, "n_blocks": part.n_blocks}
            for part in setup.parts
        ],
    }


def _paused(session: TutoringSession) -> str | None:
    """Who wants the break: experimenter, robot (it is away) or learner; None while the session goes on."""
    if session.tutor.over or not session.tutor.paused:
        return None
    return session.tutor.held_by or "learner"


def _levels(session: TutoringSession) -> dict[str, float | None] | None:
    """The newest window's scores, 0..1; None without a camera, or while nothing is watched."""
    tutor, window = session.tutor, session.memory.window
    if not tutor.camera_consent or not tutor.running or tutor.paused or window is None:
        return None
    scores = {
        "confusion": window.confusion,
        "frustration": window.frustration,
        "concentration": window.concentration,
        "coverage": window.coverage,
    }
    return {name: None if value is None else round(value, 2) for name, value in scores.items()}


def _warnings(session: TutoringSession) -> list[str]:
    """What needs a person, and would in any condition."""
    tutor = session.tutor
    if tutor.over:
        return []
    found = []
    if session.trouble:
        found.append("nothing can be stored")
    if not tutor.dialogue_up:
        found.append("the tutor cannot talk: the dialogue manager is away")
    if tutor.robot == "lost":
        found.append("the robot is away")
    if not session.surfaces and tutor.phase != "consent":
        found.append("the participant's page is closed")
    return found


def _face_warnings(session: TutoringSession) -> list[str]:
    """What needs a person, and tells that a camera runs: not for who is blinded."""
    tutor, levels = session.tutor, _levels(session)
    if tutor.over or not tutor.camera_consent:
        return []
    found = []
    if tutor.camera_state in {"denied", "absent", "lost"}:
        found.append(f"the camera is {tutor.camera_state}")
    elif levels is not None and (levels["coverage"] or 0.0) < SEEN_ENOUGH:
        found.append("the face is hardly seen")
    if session.memory.window is not None and levels is not None and session.memory.window.n_faces > 1:
        found.append("several faces are in sight")
    return found


def wizard_panel(session: TutoringSession) -> dict[str, Any] | None:
    """What the wizard of a WZ session sees; None in other conditions.

    can_choose: something could be said on this board. can_say: a line of the wizard's own could be.
    limits: own levels that would be refused now, why, and seconds until then: 0 may end at any time, None
    time alone does not end it. proposal: what the table would do, and for how many seconds it has waited;
    None when there is none.
    verdict: what became of the newest choice. agreement: of choices with proposals.
    """
    tutor = session.tutor
    if tutor.condition != "WZ":
        return None
    proposal, verdict = tutor.initiative.proposal, tutor.initiative.verdict
    return {
        "can_choose": tutor.phase == "task" and not tutor.paused and bool(session.surfaces),
        "can_say": tutor.running and not tutor.paused and bool(session.surfaces),
        "limits": _limits(session),
        "proposal": None
        if proposal is None
        else {
            "trigger_id": proposal.trigger_id,
            "reason": plain(KINDS, proposal.kind),
            "basis": plain(BASES, proposal.basis),
            "signs": [plain(SIGNS, sign) for sign in proposal.signs],
            "level": int(proposal.level),
            "waits_s": round(session.now_s() - proposal.since_s),
        },
        "verdict": None if verdict is None else verdict_of(verdict, session.now_s()),
        "agreement": shown(session.memory.with_table),
    }


def _limits(session: TutoringSession) -> list[dict[str, Any]]:
    board, now_s = session.tutor.course.board, session.now_s()
    found = {} if board is None else session.tutor.initiative.limits(now_s, board)
    return [
        {
            "level": int(level),
            "why": plain(REASONS, limit.reason),
            "left_s": None if limit.left_s is None else ceil(limit.left_s),
        }
        for level, limit in found.items()
    ]


def verdict_of(verdict: Verdict, now_s: float) -> dict[str, Any]:
    """A choice and what became of it, for the console.

    state: waiting, said, refused or given_up. in_s: seconds until it may be said; None when it may.
    """
    left_s = verdict.from_s - now_s
    return {
        "level": int(verdict.level),
        "state": verdict.state,
        "why": None if verdict.reason is None else plain(REASONS, verdict.reason),
        "ago_s": round(now_s - verdict.at_s),
        "in_s": round(left_s) if verdict.state == "waiting" and left_s > 0 else None,
    }
