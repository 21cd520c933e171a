"""What the experimenter does to a session: a pause and an end of their own, lines that are no acts."""

from __future__ import annotations

from tests.builders import Drive, calm, confused, frustrated, setup
from tutorbot.core.effects import Utter
from tutorbot.core.events import (
    Act,
    BlockBegun,
    Delivery,
    ItemEnded,
    LearnerSaid,
    Note,
    Observation,
    SessionEnded,
    WizardLine,
)
from tutorbot.core.lines import TutorLine


def held() -> Drive:
    return Drive(setup("AD")).begin().seconds(3).act("experimenter_pause")


def test_while_the_experimenter_pauses_nothing_is_watched_and_no_time_counts():
    drive = held()
    active_s = drive.tutor.active.at(drive.at_s)
    drive.wrong().seconds(60, confused)
    assert drive.tutor.paused
    assert drive.tutor.held
    assert drive.of(Act) == []
    assert drive.tutor.active.at(drive.at_s) == active_s


def test_the_learner_cannot_end_the_experimenters_pause():
    drive = held().unpause()
    assert drive.tutor.paused
    drive.act("experimenter_unpause")
    assert not drive.tutor.paused
    assert not drive.tutor.held


def test_the_experimenter_does_not_end_the_learners_break():
    drive = Drive(setup("AD")).begin().pause().act("experimenter_pause").act("experimenter_unpause")
    assert (drive.tutor.paused, drive.tutor.held) == (True, False)
    drive.unpause()
    assert not drive.tutor.paused


def test_an_end_by_the_experimenter_has_a_reason_of_its_own():
    drive = Drive(setup("AD")).begin().act("experimenter_end")
    assert drive.last(SessionEnded).reason == "stopped_by_experimenter"
    assert drive.tutor.phase == "ended"


def test_a_block_is_begun_anew_at_the_experimenters_word():
    drive = Drive(setup("AD")).begin().wrong(4)
    drive.act("experimenter_restart")
    blocks = drive.of(BlockBegun)
    assert [(row.block, row.run) for row in blocks] == [(1, 1), (1, 2)]
    assert drive.last(ItemEnded).outcome == "stopped"
    assert drive.tutor.phase == "task"
    drive.solve()
    assert drive.last(ItemEnded).outcome == "solved"


def test_nothing_is_begun_anew_in_a_pause_or_before_the_lesson():
    for drive in (held(), Drive(setup("AD"))):
        drive.act("experimenter_restart")
        assert all(row.run == 1 for row in drive.of(BlockBegun))


def test_notes_and_observations_change_nothing():
    plain, noted = (Drive(setup("AD")).begin().wrong(4).wrong(4) for _ in range(2))
    for drive in (plain, noted):
        for _ in range(30):
            drive.seconds(1, frustrated)
            if drive is noted:
                drive.put(Note(at_s=drive.at_s, text="coughs", observer="E1", about_s=drive.at_s))
                drive.put(
                    Observation(
                        at_s=drive.at_s,
                        observer="O1",
                        from_s=0.0,
                        to_s=5.0,
                        affect="frustrated",
                        behaviour="on_task",
                    )
                )
    assert [row for row in noted.rows if not row.is_input] == [row for row in plain.rows if not row.is_input]
    assert plain.of(Act)


# ---------------------------------------------------------------- the wizard's own lines


def line(drive: Drive, text: str = "Take your time.", prepared: str | None = None) -> list[TutorLine]:
    """Have it said. Returns: what is to be said."""
    outcome = drive.put(WizardLine(at_s=drive.at_s, text=text, prepared=prepared))
    return [effect.line for effect in outcome.effects if isinstance(effect, Utter)]


def test_a_line_is_said_under_the_id_of_the_prepared_one_or_as_typed():
    drive = Drive(setup("WZ")).begin()
    assert [one.wording_id for one in line(drive, prepared="take-your-time")] == ["wizard/take-your-time"]
    assert [one.wording_id for one in line(drive)] == ["wizard/typed"]


def test_a_line_is_no_act():
    drive = Drive(setup("WZ")).begin()
    (words,) = line(drive)
    drive.tutor_says(words)
    assert drive.tutor.messages[-1].text == "Take your time."
    assert (drive.of(Act), drive.of(Delivery), drive.tutor.initiative.n_delivered) == ([], [], 0)


def test_a_line_does_not_answer_what_the_learner_said():
    drive = Drive(setup("WZ")).begin()
    drive.answer = False
    drive.say("ask_hint", "can I have a hint")
    (words,) = line(drive)
    drive.tutor_says(words)
    assert [text for _, text in drive.tutor.unanswered] == [drive.last(LearnerSaid).text]


def test_a_line_can_be_repeated_on_request():
    drive = Drive(setup("WZ")).begin()
    (words,) = line(drive)
    drive.tutor_says(words)
    drive.say("ask_repeat")
    assert "Take your time." in drive.lines[-1].text


def test_nothing_is_said_while_paused_or_after_the_end():
    drive = Drive(setup("WZ")).begin().pause()
    assert line(drive) == []
    drive.unpause().seconds(1, calm).act("end")
    assert line(drive) == []
