"""Whole sessions on a log on disk: real tutor, protocol and loop; scripted learner, fake dialogue."""

from __future__ import annotations

from pathlib import Path

from studies.log.store import SqlStudyLog
from tests.fakes.dialogue import FakeDialogue, MindToCome
from tests.fakes.feed import FakeFeed
from tutorbot.bootstrap.enrolment import StudyEnrolment
from tutorbot.bootstrap.study import find_protocol, lesson_of, plan_for
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.learners import ScriptedLearner
from tutorbot.demo.run import play
from tutorbot.demo.wizard import wizard_for
from tutorbot.session.host import Sessions


class MoodyFeed(FakeFeed):
    """Looks confused whenever the scripted learner's face is not calm."""

    def turn(self, at_s: float, calm: bool) -> None:
        self._seen_s = at_s
        self.pictures.append(b"jpeg")
        self.confusion = 0.1 if calm else 0.95


async def record(
    path: Path,
    *,
    study: str = "pilot-camera",
    learner: str = "struggling",
    condition: str | None = None,
    wizard: str | None = None,
) -> str:
    """Play one session to its end on the log at ``path``. Returns: its id."""
    clock, protocol, feed, mind = SimulatedClock(), find_protocol(study), MoodyFeed(), MindToCome()
    log = SqlStudyLog.open(f"sqlite:///{path}")
    try:
        enrolment = StudyEnrolment(protocol, log, clock, "0" * 64)
        sessions = mind.sessions = Sessions(
            enrolment=enrolment,
            planner=plan_for,
            log=log,
            dialogue=FakeDialogue(mind),
            clock=clock,
            make_feed=None,
        )
        header = await enrolment.enrol(condition, 1)
        camera = plan_for(header).camera_refused is None
        session = sessions.build(header, (lambda: feed) if camera else None)
        sessions.adopt(session)
        script = ScriptedLearner(learner, lesson_of(protocol), 1, camera=camera)
        await play(session, script, clock, turn=feed.turn, wizard=wizard_for(wizard, header.condition))
    finally:
        log.close()
    return header.session_id
