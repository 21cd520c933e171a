"""A robot beside the page: it says what the tutor says, in its turn, and hears what the learner says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.robot import ALL, FakeRobot
from tests.session.room import CODE, Room, until
from tutorbot.core.events import (
    Action,
    BlockBegun,
    Health,
    LearnerSaid,
    RobotHearing,
    RobotSpeech,
    Row,
    TutorSaid,
    Understood,
)
from tutorbot.errors import BadInput, UnknownLink
from tutorbot.session.hearing import Ear, Manners
from tutorbot.session.replay import rebuilt
from tutorbot.session.robot import RobotSeat


class Seated:
    """A room with a robot in it."""

    def __init__(self, room: Room, robot: FakeRobot, seat: RobotSeat) -> None:
        self.room, self.robot, self.seat = room, robot, seat

    async def settled(self) -> None:
        """What is heard leads to a turn, and the turn to a line."""
        for _ in range(2):
            await self.room.settled()
            await self.seat.idle()

    async def says(self, text: str) -> None:
        """The learner speaks to the robot."""
        self.robot.hear(text)
        await self.settled()

    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.room.of(RobotSpeech)]


async def seated(room: Room, robot: FakeRobot) -> Seated:
    seat = await room.sessions.seat(CODE, robot)
    made = Seated(room, robot, seat)
    await made.settled()
    return made


@pytest.fixture
async def here(room: Room) -> AsyncIterator[Seated]:
    await room.begin()
    yield await seated(room, FakeRobot())


# --------------------------------------------------------------------------- saying and hearing


async def test_what_the_robot_hears_is_what_the_learner_said_and_the_answer_is_spoken(here: Seated):
    await here.says("Can I have a hint?")
    assert [row.text for row in here.room.of(LearnerSaid)] == ["Can I have a hint?"]
    assert [row.intent for row in here.room.of(Understood)] == ["ask_hint"]
    said = [row.text for row in here.room.of(TutorSaid)]
    assert here.robot.said == said != []
    assert [line.text for line in here.room.page.lines] == said
    assert here.outcomes() == ["spoken"] * len(said)
    hearing = here.room.of(RobotHearing)[0]
    assert (hearing.outcome, hearing.language, hearing.interrupted) == ("taken", "en-GB", False)
    assert hearing.client_id == here.room.of(LearnerSaid)[0].client_id


async def test_what_is_typed_on_the_page_is_answered_on_the_robot_too(here: Seated):
    await here.room.send("say", text="hello")
    await here.settled()
    assert here.robot.said == [row.text for row in here.room.of(TutorSaid)] != []


async def test_half_a_sentence_is_not_yet_said(here: Seated):
    here.robot.hear("Can I", final=False)
    await here.settled()
    assert here.room.of(LearnerSaid) == []
    assert here.room.of(RobotHearing) == []


async def test_the_same_session_with_and_without_a_robot_decides_the_same(room: Room, here: Seated):
    other = await Room().open()
    await other.begin()
    await here.says("Can I have a hint?")
    await here.says("what do you mean?")
    for text in ("Can I have a hint?", "what do you mean?"):
        await other.send("say", text=text)
    kinds = (LearnerSaid, Understood, TutorSaid)

    def story(rows: tuple[Row, ...]) -> list[tuple[str, object]]:
        return [
            (row.table, getattr(row, "text", getattr(row, "intent", None)))
            for row in rows
            if isinstance(row, kinds)
        ]

    assert story(here.room.rows) == story(other.rows)
    await other.sessions.close()


async def test_a_log_with_a_robot_in_it_is_replayed(here: Seated):
    await here.says("Can I have a hint?")
    here.robot.lose()
    await here.settled()
    again = rebuilt(here.room.session.plan, here.room.rows)
    assert again.robot == "lost"
    assert [spoken.text for spoken in again.messages] == [
        spoken.text for spoken in here.room.session.tutor.messages
    ]


async def test_a_robot_that_was_there_before_the_learner_agreed_is_known_from_then_on(room: Room):
    there = await seated(room, FakeRobot())
    assert [row for row in room.of(Health) if row.component == "robot"] == []
    await room.begin()
    await there.settled()
    assert [row.state for row in room.of(Health) if row.component == "robot"] == ["ready"]
    assert room.session.tutor.robot == "ready"


async def test_a_robot_that_was_lost_before_the_learner_agreed_is_told_as_soon_as_they_do(room: Room):
    there = await seated(room, FakeRobot())
    there.robot.lose()
    await room.consent()
    await there.settled()
    assert [row.state for row in room.of(Health) if row.component == "robot"] == ["lost"]
    assert room.sessions.desk.rows()[0]["robot"] == "robot lost"
    await room.send("baseline_done")
    assert room.page.view["tutor"]["note"].startswith("The robot is away right now.")


async def test_what_is_said_to_the_robot_after_the_tutor_was_started_again_is_a_turn_too(here: Seated):
    await here.says("Can I have a hint?")
    again = await (await here.room.crashed()).open()
    there = await seated(again, FakeRobot())
    await there.says("what do you mean?")
    assert [row.text for row in again.of(LearnerSaid)] == ["Can I have a hint?", "what do you mean?"]
    assert [row.outcome for row in again.of(RobotHearing)] == ["taken", "taken"]
    assert there.robot.said == [again.of(TutorSaid)[-1].text]
    await again.sessions.close()


async def test_a_pause_can_be_asked_for_at_the_robot_after_the_tutor_was_started_again(here: Seated):
    assert await here.robot.ask("pause", True) is None
    assert await here.robot.ask("pause", False) is None
    again = await (await here.room.crashed()).open()
    there = await seated(again, FakeRobot())
    assert await there.robot.ask("pause", True) is None
    assert again.session.tutor.paused
    await again.sessions.close()


# --------------------------------------------------------------------------- turns


async def test_the_robot_never_speaks_over_the_learner(here: Seated):
    here.robot.hear("hmm let me", final=False)
    await here.room.send("say", text="hello")
    await here.room.settled()
    assert here.robot.said == []
    await here.room.seconds(2)
    await here.settled()
    assert here.robot.said == [row.text for row in here.room.of(TutorSaid)]


async def test_an_answer_the_learner_talks_away_is_not_said_any_more(here: Seated):
    here.robot.hear("hmm", final=False)
    await here.room.send("say", text="hello")
    for _ in range(12):
        here.robot.hear("hmm and then", final=False)
        await here.room.seconds(1)
    await here.settled()
    assert here.robot.said == []
    assert set(here.outcomes()) == {"stale"}
    assert here.room.page.lines, "it stands on the page"


async def test_the_learner_cuts_the_robot_short(room: Room):
    await room.begin()
    here = await seated(room, FakeRobot(slow=True))
    await room.send("say", text="hello")
    await until(lambda: here.robot.speaking)
    here.robot.hear("wait a moment please", final=False)
    await until(lambda: not here.robot.speaking)
    assert here.robot.did[-1][0] == "stop"
    await until(lambda: here.outcomes() == ["stopped"])
    here.robot.slow = False
    here.robot.hear("wait a moment please")
    await here.settled()
    assert room.of(LearnerSaid)[-1].text == "wait a moment please"


async def test_the_robot_does_not_answer_itself(room: Room):
    await room.begin()
    here = await seated(room, FakeRobot(slow=True))
    await room.send("say", text="hello")
    await until(lambda: here.robot.speaking)
    own = here.robot.said[-1]
    here.robot.hear(own[: len(own) // 2], final=False)
    here.robot.hear(own)
    await until(lambda: bool(room.of(RobotHearing)))
    assert here.robot.speaking, "its own voice does not interrupt it"
    here.robot.finish()
    await here.settled()
    assert [row.outcome for row in room.of(RobotHearing)] == ["self_heard"]
    assert len(room.of(LearnerSaid)) == 1
    assert here.outcomes() == ["spoken"]


async def test_unclear_speech_is_asked_for_again_once(here: Seated):
    here.robot.hear("mumble", confidence=0.2)
    await here.settled()
    here.robot.hear("mumble", confidence=0.1)
    await here.settled()
    assert here.robot.said == ["Sorry, I did not catch that. Could you say it again?"]
    assert [row.outcome for row in here.room.of(RobotHearing)] == ["unsure", "unsure"]
    assert here.room.of(LearnerSaid) == []
    await here.says("hello")
    here.robot.hear("mumble", confidence=0.2)
    await here.settled()
    assert here.robot.said.count("Sorry, I did not catch that. Could you say it again?") == 2


async def test_in_a_break_nothing_is_taken_and_nothing_asked_again(here: Seated):
    await here.room.send("pause", on=True)
    await here.says("hello")
    here.robot.hear("mumble", confidence=0.2)
    await here.settled()
    assert here.robot.said == []
    assert [row.outcome for row in here.room.of(RobotHearing)] == ["not_now", "unsure"]


async def test_speech_before_the_lesson_is_told_to_be_too_early(room: Room):
    await room.consent()
    here = await seated(room, FakeRobot())
    await here.says("hello")
    assert [row.outcome for row in room.of(RobotHearing)] == ["not_now"]
    assert room.of(LearnerSaid) == []


async def test_nothing_of_anybody_is_written_down_before_consent(room: Room):
    here = await seated(room, FakeRobot())
    await here.says("my name is Ada")
    assert not any(isinstance(row, RobotHearing | LearnerSaid | RobotSpeech) for row in room.rows)


async def test_a_pause_silences_the_robot(room: Room):
    await room.begin()
    here = await seated(room, FakeRobot(slow=True))
    await room.send("say", text="hello")
    await until(lambda: here.robot.speaking)
    await room.send("pause", on=True)
    await until(lambda: not here.robot.speaking)
    await here.settled()
    assert here.outcomes() == ["stopped"]


# --------------------------------------------------------------------------- acts


async def notified(room: Room, robot: FakeRobot) -> Seated:
    """A session in which the tutor has just notified."""
    await room.begin(camera=True)
    here = await seated(room, robot)
    await room.confuse()
    await here.settled()
    return here


async def test_an_act_is_said_to_the_learner_s_face():
    room = await Room().open(condition="L2-A")
    here = await notified(room, FakeRobot())
    act = next(row for row in room.of(TutorSaid) if row.act_id is not None)
    assert ("look", "learner") in here.robot.did
    assert here.robot.said == [row.text for row in room.of(TutorSaid)]
    assert room.of(RobotSpeech)[-1].act_id == act.act_id
    await room.sessions.close()


async def test_a_notification_is_a_gesture_where_the_robot_has_a_body_for_it():
    room = await Room().open(condition="L1-A")
    here = await notified(room, FakeRobot())
    assert here.robot.said == []
    assert here.robot.did == [("look", "learner"), ("gesture", "attention")]
    assert here.outcomes() == ["shown"]
    assert room.page.lines, "its words stand on the page"
    await room.sessions.close()


async def test_a_notification_is_said_where_it_has_none():
    room = await Room().open(condition="L1-A")
    here = await notified(room, FakeRobot(ALL - {"gesture", "look"}))
    assert here.robot.said == [line.text for line in room.page.lines]
    assert here.outcomes() == ["spoken"]
    await room.sessions.close()


# --------------------------------------------------------------------------- loss


async def test_a_robot_that_is_lost_is_told_and_the_page_goes_on(here: Seated):
    here.robot.lose()
    await here.settled()
    assert here.room.page.view["tutor"]["note"].startswith("The robot is away right now.")
    await here.room.send("say", text="hello")
    await here.settled()
    assert here.robot.said == []
    assert here.outcomes() == ["lost"]
    (row,) = here.room.sessions.desk.rows()
    assert (row["robot"], row["warnings"]) == ("robot lost", ["the robot is away"])
    here.robot.come()
    await here.settled()
    (row,) = here.room.sessions.desk.rows()
    assert (row["robot"], row["warnings"]) == ("robot ready", [])
    assert here.room.page.view["tutor"]["note"] is None
    assert here.robot.said == [], "nothing is said late"
    states = [row.state for row in here.room.of(Health) if row.component == "robot"]
    assert states == ["ready", "lost", "ready"]


async def test_a_robot_lost_in_the_middle_of_a_sentence_ends_it(room: Room):
    await room.begin()
    here = await seated(room, FakeRobot(slow=True))
    await room.send("say", text="hello")
    await until(lambda: here.robot.speaking)
    here.robot.lose()
    await here.settled()
    assert here.outcomes() == ["lost"]


async def test_a_robot_that_stays_away_holds_the_session_until_the_operator_chooses(here: Seated):
    here.robot.lose()
    await here.settled()
    await here.room.seconds(29)
    assert not here.room.session.tutor.paused, "a short loss holds nothing"
    await here.room.seconds(2)
    await here.settled()
    (row,) = here.room.sessions.desk.rows()
    assert row["paused"] == "robot"
    assert row["breaks"] == [{"what": "robot", "away_s": 31, "ago_s": None}]
    assert here.room.of(Action)[-1].kind == "robot_pause"
    assert here.room.page.view["tutor"]["note"] == "The robot is away right now."
    here.robot.come()
    await here.settled()
    assert here.room.session.tutor.paused, "it does not go on by itself"
    (row,) = here.room.sessions.desk.rows()
    assert row["breaks"] == [{"what": "robot", "away_s": 31, "ago_s": 0}]
    await here.room.sessions.desk.hold("P001", "c1", on=False)
    assert not here.room.session.tutor.paused


async def test_who_lets_it_go_on_without_the_robot_is_not_held_again(here: Seated):
    here.robot.lose()
    await here.settled()
    await here.room.seconds(31)
    await here.settled()
    await here.room.sessions.desk.hold("P001", "c1", on=False)
    await here.room.seconds(40)
    await here.settled()
    assert [row.kind for row in here.room.of(Action)].count("robot_pause") == 1


async def test_a_held_session_may_begin_its_block_anew(here: Seated):
    here.robot.lose()
    await here.settled()
    await here.room.seconds(31)
    await here.settled()
    await here.room.sessions.desk.restart("P001", "c1")
    assert not here.room.session.tutor.paused
    assert [row.kind for row in here.room.of(Action)][-2:] == ["experimenter_unpause", "experimenter_restart"]
    assert here.room.of(BlockBegun)[-1].run == 2


async def test_a_held_session_is_the_same_after_a_crash(here: Seated):
    here.robot.lose()
    await here.settled()
    await here.room.seconds(31)
    await here.settled()
    again = rebuilt(here.room.session.plan, here.room.rows)
    assert (again.paused, again.held_by) == (True, "robot")


async def test_one_session_has_one_robot(here: Seated):
    with pytest.raises(BadInput, match=r"P001 has a robot already \(fake\)"):
        await here.room.sessions.seat(CODE, FakeRobot())
    with pytest.raises(UnknownLink):
        await here.room.sessions.seat("no-such-link", FakeRobot())


# --------------------------------------------------------------------------- the robot's side


async def test_the_robot_s_side_is_told_without_anybody_s_words(here: Seated):
    await here.room.seconds(2)
    await here.says("Can I have a hint?")
    await here.room.sort(right=True)
    await here.settled()
    kinds = {what for what, _ in here.robot.told}
    assert kinds == {"affect", "dialogue_state"}
    assert all(isinstance(values["at_s"], float) for _, values in here.robot.told)
    assert "hint" not in str(here.robot.told)
    levels = {values["engagement"] for what, values in here.robot.told if what == "affect"}
    assert levels == {"engaged"}


async def test_somebody_at_the_robot_pauses_and_ends_as_at_the_console(here: Seated):
    assert await here.seat.asked("pause", True) is None
    assert here.room.session.tutor.held
    assert await here.seat.asked("pause", False) is None
    assert not here.room.session.tutor.held
    assert await here.seat.asked("end", True) is None
    assert here.room.session.tutor.over
    assert "The session is over" in (await here.seat.asked("pause", True) or "")
    kinds = [row.kind for row in here.room.of(Action)][-3:]
    assert kinds == ["experimenter_pause", "experimenter_unpause", "experimenter_end"]


async def test_words_stay_out_of_the_log_file(here: Seated, caplog: pytest.LogCaptureFixture):
    with caplog.at_level("DEBUG"):
        await here.says("my secret is a zebra")
    assert "zebra" not in caplog.text


# --------------------------------------------------------------------------- the ear


def test_an_echo_is_known_by_its_words_and_only_for_a_moment():
    ear = Ear(Manners())
    ear.speaks("Look at the shape of the cards.")
    assert ear.is_own("look at the shape", 10.0)
    assert not ear.is_own("wait, what do you mean?", 10.0)
    assert not ear.is_own("", 10.0)
    ear.fell_silent(12.0)
    assert ear.is_own("the shape of the cards", 12.5)
    assert not ear.is_own("the shape of the cards", 13.0), "by then it is the learner who says it"
