"""Plays one session from consent to debrief and tells what happened, from the log alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.events import (
    Act,
    AffectWindow,
    Delivery,
    ItemBegun,
    ItemEnded,
    LearnerSaid,
    ReactionSeen,
    Row,
    SessionEnded,
    Trigger,
    TutorSaid,
    Understood,
    WizardChoice,
)
from tutorbot.core.lines import TutorLine
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.learners import ScriptedLearner
from tutorbot.demo.wizard import WizardAtTheConsole
from tutorbot.session.loop import TutoringSession

LONGEST_S = 3600.0
"""A demo that runs longer than this on its simulated clock has gone wrong."""


@dataclass
class Seen:
    """A surface that remembers what it last showed, for a scripted learner to look at."""

    learner: ScriptedLearner
    view: Mapping[str, Any] = field(default_factory=dict)

    async def show(self, view: Mapping[str, Any]) -> None:
        """Keep the view."""
        self.view = view

    async def say(self, line: TutorLine, *, at_s: float) -> None:
        """Let the learner hear it."""
        self.learner.hear(line, at_s)


async def play(
    session: TutoringSession,
    learner: ScriptedLearner,
    clock: SimulatedClock,
    *,
    turn: Callable[[float, bool], None] = lambda at_s, calm: None,
    on_second: Callable[[float], None] = lambda at_s: None,
    wizard: WizardAtTheConsole | None = None,
) -> None:
    """Run a session to its end.

    ``turn`` is told before each tick whether the learner's face is calm; ``on_second`` the time after it.
    ``wizard`` looks after each tick, and decides in condition WZ.

    Raises: RuntimeError: if it does not end within an hour of simulated time.
    """
    surface = Seen(learner)
    session.start(ticking=False)
    try:
        await session.connect(surface)
        while not session.tutor.over:
            for message in learner.step(session.now_s(), surface.view):
                await session.receive(message)
                await session.idle()
            clock.advance(1.0)
            turn(session.now_s(), learner.calm)
            await session.tick()
            await session.idle()
            if wizard is not None:
                await wizard.look(session)
            on_second(session.now_s())
            if session.now_s() > LONGEST_S:
                raise RuntimeError(f"the scripted session did not end within {LONGEST_S:g} s")
    finally:
        await session.stop()


def counts(rows: tuple[Row, ...]) -> dict[str, int | float]:
    """The session in numbers.

    acts: proactive acts delivered. accepted, declined, ignored, undone, lapsed: reactions to them.
    suppressed: would-be acts held back. items: boards finished. affect_windows: windows in which the
    learner's face was seen. rasa_turns: turns of the dialogue manager. seconds: on the session clock.
    """
    reactions = [row.reaction for row in rows if isinstance(row, ReactionSeen)]
    delivered = [row for row in rows if isinstance(row, Delivery) and row.delivered]
    return {
        "acts": len(delivered),
        "accepted": reactions.count("accepted"),
        "declined": reactions.count("declined"),
        "ignored": reactions.count("ignored"),
        "undone": reactions.count("undone"),
        "lapsed": reactions.count("lapsed"),
        "suppressed": sum(isinstance(row, Trigger) and row.outcome == "suppressed" for row in rows),
        "items": sum(isinstance(row, ItemEnded) and row.outcome != "stopped" for row in rows),
        "affect_windows": sum(isinstance(row, AffectWindow) and row.coverage > 0 for row in rows),
        "rasa_turns": sum(isinstance(row, Understood) for row in rows) + len(delivered),
        "seconds": round(rows[-1].at_s) if rows else 0,
    }


def transcript(rows: tuple[Row, ...]) -> list[str]:
    """What was said and why, a line each; a proactive act is followed by its reason."""
    reasons: dict[str, str] = {}
    allowed: dict[str, Trigger] = {}
    lines = []
    for row in rows:
        if isinstance(row, Trigger) and row.outcome == "allowed":
            allowed[row.trigger_id] = row
        elif isinstance(row, Act):
            reasons[row.act_id] = reason(row, allowed[row.trigger_id])
        text = _told(row, reasons)
        if text is not None:
            lines.append(f"{row.at_s:7.1f} s  {text}")
    return lines


def _told(row: Row, reasons: Mapping[str, str]) -> str | None:
    if isinstance(row, ItemBegun):
        return f"-- board {row.n}, block {row.block} ({row.problem})"
    if isinstance(row, ItemEnded):
        return f"-- {row.outcome} after {row.n_attempts} checks, {row.duration_s:.0f} s"
    if isinstance(row, LearnerSaid):
        return f"learner: {row.text}"
    if isinstance(row, TutorSaid):
        if row.act_id is None:
            return f"tutor:   {row.text}"
        return f"TUTOR:   {row.text}\n           {reasons[row.act_id]}"
    if isinstance(row, WizardChoice):
        return f"-- wizard on {row.trigger_id}: {ProactivityLevel(row.level).word if row.level else 'veto'}"
    if isinstance(row, ReactionSeen):
        return f"-- {row.act_id} {row.reaction} ({row.via}, {row.latency_s:.0f} s)"
    if isinstance(row, SessionEnded):
        return f"-- over: {row.reason}"
    return None


def reason(act: Act, trigger: Trigger) -> str:
    """Why an act was made, in one line."""
    values = ", ".join(f"{name} {value}" for name, value in trigger.evidence if value is not None)
    level = {1: "notification", 2: "suggestion", 3: "intervention"}[act.level]
    follows = f", carries out {act.follows_act_id}" if act.follows_act_id else ""
    return (
        f"[{act.act_id} {level} ({act.move}){follows}: {trigger.kind}, {trigger.basis}; "
        f"signs {', '.join(trigger.signs)}; trust {trigger.trust:.2f}; {values}]"
    )
