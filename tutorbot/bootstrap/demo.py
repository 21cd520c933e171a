"""One whole session without a browser: real Rasa, real detector on a recording, a scripted learner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from affect.sources.recording import RecordedFace
from tutorbot.bootstrap.parts import running_parts
from tutorbot.bootstrap.study import find_protocol, lesson_of, plan_for
from tutorbot.config import Settings
from tutorbot.core.events import Row
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.learners import ScriptedLearner
from tutorbot.demo.run import play
from tutorbot.demo.wizard import wizard_for
from tutorbot.errors import BadInput, MissingPart
from tutorbot.ports import LogHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """One played session: who, under what, and all its rows."""

    header: LogHeader
    rows: tuple[Row, ...]
    watching: str


async def play_demo(
    settings: Settings,
    *,
    learner: str,
    condition: str | None,
    seed: int,
    video: Path | None,
    on_second: Callable[[float], None],
    wizard: str | None = None,
) -> DemoResult:
    """One whole headless session: real Rasa, real detector on a recording, a scripted learner.

    wizard: how the scripted wizard of condition WZ chooses, see ``tutorbot.demo.wizard``.

    Raises: BadInput: unknown learner, condition or wizard. MissingPart: no recording, model or environment.
    """
    path = video or settings.recording
    if not path.is_file():
        raise MissingPart(f"There is no recording {path}.", remedy="Run `make media`, or give --video FILE.")
    protocol = find_protocol(settings.study)
    if condition is not None and condition not in protocol.conditions:
        raise BadInput(
            f"Study {protocol.id!r} has no condition {condition!r}.",
            remedy=f"It has {', '.join(protocol.conditions)}.",
        )
    wizard_for(wizard, condition)  # refused before anything is started
    lesson = lesson_of(protocol)
    script = ScriptedLearner(learner, lesson, seed, camera=True)
    clock = SimulatedClock()
    async with running_parts(settings, clock=clock) as parts:
        header = await parts.enrolment.enrol(condition, seed)
        person = wizard_for(wizard, header.condition)
        plan = plan_for(header)
        recorded = None
        if plan.camera_refused is None:
            recorded = RecordedFace(parts.engine, path)
        session = parts.sessions.build(header, None if recorded is None else lambda: recorded)
        parts.sessions.adopt(session)

        def turn(at_s: float, calm: bool) -> None:
            if recorded is not None:
                recorded.turn(at_s, calm=calm)

        await play(session, script, clock, turn=turn, on_second=on_second, wizard=person)
        rows = await parts.log.read(header.session_id)
        watching = recorded.plan.why if recorded is not None else f"no camera: {plan.camera_refused}"
    return DemoResult(header=header, rows=rows, watching=watching)
