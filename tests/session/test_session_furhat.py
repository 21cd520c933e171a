"""A whole session on a Furhat robot, over its own protocol: decided as on the page, said and heard by it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.furhat import FakeFurhat
from tests.session.room import CODE, Room, until
from tutorbot.core.events import Health, LearnerSaid, RobotHearing, RobotSpeech, TutorSaid
from tutorbot.session.robot import RobotSeat


@pytest.fixture
async def furhat() -> AsyncIterator[FakeFurhat]:
    fake = FakeFurhat()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def seat(room: Room, furhat: FakeFurhat) -> AsyncIterator[RobotSeat]:
    await room.begin()
    made = await room.sessions.seat(CODE, furhat.robot())
    await until(lambda: furhat.listening)
    await until(lambda: [row.state for row in room.of(Health) if row.component == "robot"] == ["ready"])
    yield made
    await made.stop()


def spoken(room: Room) -> list[str]:
    return [row.outcome for row in room.of(RobotSpeech)]


async def says(room: Room, furhat: FakeFurhat, text: str) -> None:
    """The learner speaks to the robot, which answers."""
    before = len(spoken(room))
    await furhat.hear(text[: len(text) // 2], final=False)
    await furhat.hear(text)
    await until(lambda: len(spoken(room)) > before)


async def test_a_session_by_voice_is_decided_as_one_on_the_page(
    room: Room, furhat: FakeFurhat, seat: RobotSeat
):
    other = await Room().open()
    await other.begin()
    for text in ("Can I have a hint?", "what do you mean?", "thank you"):
        await says(room, furhat, text)
        await other.send("say", text=text)
    await room.send("end")
    await other.send("end")
    said = [row.text for row in room.of(TutorSaid)]
    assert said == [row.text for row in other.of(TutorSaid)] != []
    assert furhat.said == said
    assert spoken(room) == ["spoken"] * len(said)
    assert [row.text for row in room.of(LearnerSaid)] == [row.text for row in other.of(LearnerSaid)]
    heard = room.of(RobotHearing)
    assert [(row.outcome, row.confidence, row.language) for row in heard] == [("taken", None, None)] * 3
    await other.sessions.close()


async def test_the_learner_cuts_it_short_and_its_own_voice_does_not(
    room: Room, furhat: FakeFurhat, seat: RobotSeat
):
    furhat.slow = True
    await furhat.hear("Can I have a hint?")
    await until(lambda: len(furhat.said) == 1)
    await furhat.hear(furhat.said[0])
    await until(lambda: [row.outcome for row in room.of(RobotHearing)] == ["taken", "self_heard"])
    assert furhat.sent("request.speak.stop") == []
    await furhat.hear("wait a moment please", final=False)
    await until(lambda: spoken(room) == ["stopped"])
    assert len(furhat.sent("request.speak.stop")) == 1


async def test_a_robot_that_is_lost_says_nothing_late(room: Room, furhat: FakeFurhat, seat: RobotSeat):
    furhat.slow = True
    await furhat.hear("Can I have a hint?")
    await until(lambda: len(furhat.said) == 1)
    await furhat.lose()
    await until(lambda: spoken(room) == ["lost"])
    furhat.slow = False
    await room.send("say", text="what do you mean?")
    await until(lambda: spoken(room) == ["lost", "lost"])
    await furhat.come_back()
    await until(lambda: furhat.listening)
    await until(lambda: [row.state for row in room.of(Health)][-2:] == ["lost", "ready"])
    assert len(furhat.said) == 1
    await says(room, furhat, "thank you")
    assert furhat.said[1:] == [room.of(TutorSaid)[-1].text]
