"""Whatever a robot and those before it do besides, the laws of a session hold, and its log is replayed."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.robot import FakeRobot
from tests.session.room import CODE
from tests.session.test_session_laws import WORDS, Play, check, happenings
from tutorbot.core.events import LearnerSaid, RobotHearing, RobotSpeech
from tutorbot.session.host import Sessions
from tutorbot.session.robot import RobotSeat
from tutorbot.session.robot_talk import QUESTION_AGAIN

TURNS_OF_THE_LOOP = 30
"""So many let all that is under way come to where it waits for something."""

of_a_robot = st.one_of(
    st.tuples(st.just("robot hears"), st.tuples(st.sampled_from(WORDS), st.sampled_from([None, 0.1, 0.9]))),
    st.tuples(st.just("robot half hears"), st.sampled_from(WORDS)),
    st.tuples(st.just("robot hears itself"), st.none()),
    st.tuples(st.just("robot is there"), st.booleans()),
    st.tuples(st.just("robot is slow"), st.booleans()),
    st.tuples(st.just("robot is asked"), st.sampled_from([("pause", True), ("pause", False)])),
    st.tuples(st.just("robot complains"), st.sampled_from(["the neck is blocked", ""])),
)


class PlayWithRobot(Play):
    """A robot has its seat from the beginning, and again after a crash."""

    robot: FakeRobot
    seat: RobotSeat
    sat_in: Sessions

    async def begin(self) -> None:
        await super().begin()
        await self._seat()

    async def _seat(self) -> None:
        self.robot, self.sat_in = FakeRobot(), self.room.sessions
        self.seat = await self.room.sessions.seat(CODE, self.robot)

    async def calm(self) -> None:
        if self.room.sessions is not self.sat_in:  # it crashed
            await self._seat()
        for _ in range(TURNS_OF_THE_LOOP):
            await asyncio.sleep(0)
        await super().calm()

    async def _robot_hears(self, heard: tuple[str, float | None]) -> None:
        self.robot.hear(heard[0], confidence=heard[1])

    async def _robot_half_hears(self, text: str) -> None:
        self.robot.hear(text, final=False)

    async def _robot_hears_itself(self, _: None) -> None:
        if self.robot.said:
            self.robot.hear(self.robot.said[-1])

    async def _robot_is_there(self, there: bool) -> None:
        (self.robot.come_back if there else self.robot.lose)()

    async def _robot_is_slow(self, slow: bool) -> None:
        self.robot.slow = slow
        self.robot.finish()

    async def _robot_is_asked(self, what: tuple[str, bool]) -> None:
        await self.robot.ask(*what)

    async def _robot_complains(self, what: str) -> None:
        self.seat.complained(what)


@settings(max_examples=100, deadline=None)
@given(st.lists(happenings | of_a_robot, min_size=10, max_size=60))
def test_any_course_with_a_robot_leaves_a_log_that_explains_the_session(course: list[tuple[str, Any]]):
    async def run() -> None:
        play = PlayWithRobot()
        await play.begin()
        for what, value in course:
            await play.do(what, value)
        play.log.full_in = None
        await play.do("robot is slow", False)
        await play.do("reload", None)
        await play.do("dialogue", True)
        check(play.room)
        said = Counter(
            row.act_id
            for row in play.room.of(RobotSpeech)
            if row.act_id is not None and row.wording_id != QUESTION_AGAIN and row.outcome == "spoken"
        )
        assert all(n <= 1 for n in said.values()), "an act is said once"
        taken = {row.client_id for row in play.room.of(RobotHearing) if row.outcome == "taken"}
        assert taken <= {row.client_id for row in play.room.of(LearnerSaid)}, "what counts as taken is there"
        await play.room.sessions.close()

    asyncio.run(run())
