"""Said twice: what the learner repeats counts once, and a question nobody answered is asked once more."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.robot import FakeRobot
from tests.session.room import CODE, Room, until
from tutorbot.core.events import HintGiven, LearnerSaid, ReactionSeen, RobotHearing, RobotSpeech, TutorSaid
from tutorbot.session.robot import RobotSeat
from tutorbot.session.robot_talk import QUESTION_AGAIN

HINT = "Can I have a hint?"


class Before:
    """A learner before a robot."""

    def __init__(self, room: Room, robot: FakeRobot, seat: RobotSeat) -> None:
        self.room, self.robot, self.seat = room, robot, seat

    async def settled(self) -> None:
        for _ in range(2):
            await self.room.settled()
            await self.seat.idle()

    async def seconds(self, n: int) -> None:
        await self.room.seconds(n)
        await self.settled()

    def heard(self) -> list[str]:
        return [row.outcome for row in self.room.of(RobotHearing)]

    def asked_again(self) -> list[RobotSpeech]:
        return [row for row in self.room.of(RobotSpeech) if row.wording_id == QUESTION_AGAIN]


async def before(condition: str = "AD", *, camera: bool = False, slow: bool = False) -> Before:
    room = await Room().open(condition=condition)
    await room.begin(camera=camera)
    robot = FakeRobot(slow=slow)
    made = Before(room, robot, await room.sessions.seat(CODE, robot))
    await made.settled()
    return made


@pytest.fixture
async def here() -> AsyncIterator[Before]:
    made = await before(slow=True)
    yield made
    await made.room.sessions.close()


async def offered(condition: str) -> Before:
    """The tutor has just acted, and the robot has said it."""
    here = await before(condition, camera=True)
    await here.room.confuse()
    await here.settled()
    return here


# --------------------------------------------------------------------------- the learner says it twice


async def test_two_reports_of_one_question_are_one_question(here: Before):
    here.robot.hear(HINT)
    here.robot.hear("can i have a hint")
    await until(lambda: here.robot.speaking)
    await here.room.settled()
    assert sorted(here.heard()) == ["repeated", "taken"]
    assert len(here.room.of(LearnerSaid)) == len(here.room.of(HintGiven)) == 1
    here.robot.finish()
    await here.settled()
    assert len(here.robot.said) == 1


async def test_a_question_repeated_over_its_answer_brings_the_answer_from_its_beginning(here: Before):
    here.robot.hear(HINT)
    await until(lambda: here.robot.speaking)
    answer = here.robot.said[-1]
    here.robot.hear("can I have", final=False)
    await until(lambda: not here.robot.speaking)
    here.robot.hear(HINT)
    await until(lambda: here.robot.speaking)
    here.robot.finish()
    await here.settled()
    assert here.robot.said == [answer, answer]
    assert here.heard() == ["taken", "repeated"]
    assert len(here.room.of(HintGiven)) == 1
    assert [row.outcome for row in here.room.of(RobotSpeech)] == ["stopped", "spoken"]


async def test_the_same_question_after_its_answer_is_a_new_one(here: Before):
    here.robot.slow = False
    for _ in range(2):
        here.robot.hear(HINT)
        await here.settled()
    assert here.heard() == ["taken", "taken"]
    assert len(here.room.of(HintGiven)) == 2


async def test_other_words_over_the_answer_are_a_new_turn(here: Before):
    here.robot.hear(HINT)
    await until(lambda: here.robot.speaking)
    here.robot.hear("wait, what do you mean?")
    here.robot.slow = False
    await here.settled()
    assert here.heard() == ["taken", "taken"]
    assert len(here.robot.said) == 2
    assert here.robot.said[0] != here.robot.said[1]


async def test_whoever_asks_for_it_hears_the_last_line_again(here: Before):
    here.robot.slow = False
    here.robot.hear(HINT)
    await here.settled()
    here.robot.hear("can you repeat that?")
    await here.settled()
    first, again = here.robot.said
    assert first in again


# --------------------------------------------------------------------------- nobody answers


async def test_a_question_that_nobody_answers_is_said_once_more_and_never_again():
    here = await offered("L2-A")
    (question,) = here.robot.said
    await here.seconds(3)
    assert here.robot.said == [question], "not at once"
    await here.seconds(4)
    assert here.robot.said == [question, f"In case you missed it: {question}"]
    (row,) = here.asked_again()
    act = next(one for one in here.room.of(TutorSaid) if one.act_id is not None)
    assert (row.act_id, row.outcome) == (act.act_id, "spoken")
    assert [one.text for one in here.room.of(TutorSaid)] == [question], "on the page it stands already"
    await here.seconds(10)
    acts = [one.act_id for one in here.asked_again()]
    assert len(acts) == len(set(acts))
    first = here.room.of(ReactionSeen)[0]
    assert (first.act_id, first.reaction) == (act.act_id, "ignored")
    assert first.latency_s == pytest.approx(8.0, abs=1.0), "being asked again gives no more time"
    await here.room.sessions.close()


@pytest.mark.parametrize("condition", ["L1-A", "L3-A", "WZ", "C0"])
async def test_a_condition_that_asks_nothing_or_is_led_by_a_person_asks_nothing_again(condition: str):
    here = await before(condition, camera=True)
    for _ in range(20):
        here.room.feed.confusion = 0.9
        await here.room.seconds(1, pictures=True)
    await here.settled()
    assert here.asked_again() == []
    await here.room.sessions.close()


async def test_a_learner_who_works_is_not_asked_again():
    here = await offered("L2-A")
    for _ in range(7):
        await here.seconds(1)
        task = here.room.page.view["task"]
        card = next(one["id"] for one in task["cards"] if not one["given"])
        await here.room.send("place", item_id=task["item_id"], card_id=card, box="left")
    assert here.asked_again() == []
    await here.room.sessions.close()


async def test_an_answer_takes_the_question_away():
    here = await offered("L2-A")
    await here.seconds(2)
    here.robot.hear("no")
    await here.settled()
    await here.seconds(6)
    assert here.asked_again() == []
    await here.room.sessions.close()


async def test_a_question_the_robot_never_said_is_not_said_again():
    here = await before("L2-A", camera=True)
    here.robot.lose()
    await here.room.confuse()
    await here.settled()
    here.robot.come()
    await here.seconds(7)
    assert here.robot.said == []
    await here.room.sessions.close()


async def test_a_question_whose_time_is_over_is_not_said_again_as_the_page_comes_back():
    here = await offered("L2-A")
    await here.seconds(2)
    await here.room.sitting.detach()
    here.room.clock.advance(30.0)
    await here.room.open()
    await here.settled()
    await here.seconds(1)
    assert here.room.of(ReactionSeen)[0].reaction == "ignored"
    assert here.asked_again() == []
    await here.room.sessions.close()
