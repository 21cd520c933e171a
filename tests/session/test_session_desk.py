"""What people at the console do to a session, and what they see of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from tests.session.room import Room, header, plan
from tutorbot.adapters.web.console_feed import BLINDED, COLUMNS, OBSERVED
from tutorbot.core.events import (
    Act,
    Action,
    LearnerSaid,
    Note,
    Observation,
    SessionEnded,
    TutorSaid,
    WizardChoice,
    WizardLine,
)
from tutorbot.core.prepared import PreparedLine
from tutorbot.core.setup import LessonPart
from tutorbot.errors import BadInput, LogUnwritable
from tutorbot.session.console import console_row, observer_row
from tutorbot.session.console_memory import MOST_POINTS, ConsoleMemory
from tutorbot.session.desk import MOST_LINE, MOST_NOTE, Desk
from tutorbot.session.replay import replayed
from tutorbot.session.view import END_WORDS, HELD

LINES = {
    "en": (PreparedLine(line_id="take-your-time", group="Encourage", text="Take your time."),),
    "de": (PreparedLine(line_id="take-your-time", group="Ermutigen", text="Lassen Sie sich Zeit."),),
}


@pytest_asyncio.fixture
async def wz() -> AsyncIterator[Room]:
    """A session of WZ before its first board."""
    made = await Room().open(condition="WZ")
    made.sessions.desk = Desk(lambda: (made.session,), LINES)
    yield made
    await made.sessions.close()


async def note(room: Room, text: str = "coughs", *, n: int = 1, **fields: Any) -> None:
    fields = {"observer": "E1", "began_ago_s": 0.0, **fields}
    await room.sessions.desk.note("P001", f"note-number-{n}", text=text, **fields)


async def look(room: Room, n: int = 1, **fields: Any) -> None:
    values = {"observer": "O1", "affect": "confused", "behaviour": "on_task", "lasted_s": 6.0, "ago_s": 0.0}
    await room.sessions.desk.observe("P001", f"look-number-{n}", **{**values, **fields})


async def hold(room: Room, *, on: bool, n: int = 1) -> None:
    await room.sessions.desk.hold("P001", f"pause-number-{n}", on=on)
    await room.settled()


# ---------------------------------------------------------------- pause and end


async def test_a_pause_by_the_experimenter_shows_on_the_page_and_stops_the_board(room: Room):
    await room.begin()
    await hold(room, on=True)
    assert room.page.view["banner"] == HELD
    assert room.page.view["sensing"]["paused"] is True
    task = room.page.view["task"]
    card = next(card["id"] for card in task["cards"] if not card["given"])
    with pytest.raises(BadInput, match="has paused the session"):
        await room.send("place", item_id=task["item_id"], card_id=card, box="left")
    with pytest.raises(BadInput, match="has paused the session"):
        await room.send("pause", on=False)
    await hold(room, on=False, n=2)
    assert room.page.view["banner"] != HELD
    await room.send("place", item_id=task["item_id"], card_id=card, box="left")
    kinds = [row.kind for row in room.of(Action)]
    assert kinds == ["baseline_done", "experimenter_pause", "experimenter_unpause", "place"]


async def test_a_paused_session_can_be_left_and_the_consent_be_taken_back(room: Room):
    await room.begin()
    await hold(room, on=True)
    await room.send("consent", participation=False, camera=False, version="1")
    assert room.of(SessionEnded)[0].reason == "consent_withdrawn"


async def test_the_same_pause_twice_is_one_row(room: Room):
    await room.begin()
    for n in (1, 1, 2):
        await hold(room, on=True, n=n)
    assert [row.kind for row in room.of(Action)].count("experimenter_pause") == 1


async def test_a_pause_outlives_a_restart(room: Room):
    await room.begin()
    await hold(room, on=True)
    back = await (await room.crashed()).open()
    assert back.page.view["banner"] == HELD
    assert back.sessions.desk.rows()[0]["paused"] == "experimenter"
    await back.sessions.close()


async def test_an_end_by_the_experimenter_is_told_kindly_and_stops_the_camera(room: Room):
    await room.begin(camera=True)
    await room.sessions.desk.end("P001", "end-number-1")
    await room.settled()
    assert room.page.view["ended"]["reason"] == "stopped_by_experimenter"
    assert room.page.view["ended"]["text"][0] == END_WORDS["stopped_by_experimenter"]
    assert not room.session.eyes.open
    with pytest.raises(BadInput, match="is over"):
        await hold(room, on=True)
    await room.sessions.desk.end("P001", "end-number-1")  # sent again
    assert len(room.of(SessionEnded)) == 1


async def test_nothing_is_paused_ended_or_written_down_before_the_consent_or_after_it_is_taken_back(
    room: Room,
):
    async def refused() -> None:
        n_rows = len(room.rows)
        for work in (note(room), look(room), hold(room, on=True), room.sessions.desk.end("P001", "end-no-1")):
            with pytest.raises(BadInput):
                await work
        assert len(room.rows) == n_rows

    await refused()
    await room.begin()
    await room.send("consent", participation=False, camera=False, version="1")
    await refused()


# ---------------------------------------------------------------- notes and observations


async def test_a_note_is_about_the_moment_at_which_writing_began(room: Room):
    await room.begin()
    await room.seconds(30)
    await note(room, "  looks out of the window\nfor a while ", began_ago_s=12.5)
    (row,) = room.of(Note)
    assert (row.text, row.observer) == ("looks out of the window\nfor a while", "E1")
    assert row.about_s == round(row.at_s - 12.5, 3)
    await note(room, began_ago_s=86_000.0, n=2)
    assert room.of(Note)[1].about_s == 0.0
    assert room.sessions.desk.rows()[0]["n_notes"] == 2


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (MOST_NOTE + 1)])
async def test_a_note_has_words_and_not_too_many(room: Room, text: str):
    await room.begin()
    with pytest.raises(BadInput, match="characters"):
        await note(room, text)
    assert room.of(Note) == []


async def test_a_note_can_be_kept_after_the_end(room: Room):
    await room.begin()
    await room.send("end")
    await note(room, "wanted to know more")
    assert len(room.of(Note)) == 1


async def test_an_observation_lies_on_the_sessions_clock_and_lasts_at_most_20_seconds(room: Room):
    await room.begin()
    await room.seconds(40)
    await look(room, lasted_s=6.0, ago_s=4.0)
    await look(room, 2, lasted_s=20.4, ago_s=0.0, affect="unclear", behaviour="unclear")
    first, second = room.of(Observation)
    assert (first.to_s, first.from_s) == (round(first.at_s - 4.0, 3), round(first.at_s - 10.0, 3))
    assert second.to_s - second.from_s == pytest.approx(20.0)


async def test_what_is_no_code_is_refused(room: Room):
    await room.begin()
    for wrong in ({"affect": "sad"}, {"behaviour": "sleeping"}):
        with pytest.raises(BadInput, match="no code"):
            await look(room, **wrong)
    assert room.of(Observation) == []


async def test_rows_that_come_again_are_taken_once(room: Room):
    await room.begin()
    for _ in range(2):
        await note(room)
        await look(room)
    assert (len(room.of(Note)), len(room.of(Observation))) == (1, 1)


async def test_two_observers_are_compared_over_windows_that_overlap(room: Room):
    await room.begin()
    codes = [("confused", "confused"), ("bored", "engaged"), ("engaged", "engaged"), ("unclear", "bored")]
    for n, (first, second) in enumerate(codes):
        await room.seconds(30)
        await look(room, 10 + n, observer="O1", affect=first)
        await look(room, 20 + n, observer="O2", affect=second, lasted_s=9.0)
    (found,) = room.sessions.desk.agreement()
    assert found["observers"] == ["O1", "O2"]
    # of three windows both decided in, two alike; by chance 1/3 * 1/3 + 1/3 * 2/3 = 1/3
    assert found["affect"] == {"n": 3, "share": 0.67, "kappa": 0.5}
    assert found["behaviour"] == {"n": 4, "share": 1.0, "kappa": None}
    back = await (await room.crashed()).open()
    assert back.sessions.desk.agreement() == [found]
    await back.sessions.close()


# ---------------------------------------------------------------- the wizard


async def test_a_line_is_stored_said_and_logged_as_the_tutors(wz: Room):
    await wz.begin()
    await wz.sessions.desk.line("P001", "line-number-1", prepared="take-your-time", reason="social")
    await wz.sessions.desk.line("P001", "line-number-2", text="  You   are\nnearly there. ")
    await wz.settled()
    assert [(row.text, row.prepared, row.reason) for row in wz.of(WizardLine)] == [
        ("Take your time.", "take-your-time", "social"),
        ("You are nearly there.", None, None),
    ]
    said = [(row.text, row.wording_id) for row in wz.of(TutorSaid) if row.wording_id.startswith("wizard/")]
    assert said == [
        ("Take your time.", "wizard/take-your-time"),
        ("You are nearly there.", "wizard/typed"),
    ]
    assert [message["text"] for message in wz.page.view["messages"]][-2:] == [text for text, _ in said]


async def test_a_learner_hears_a_prepared_line_in_their_own_language(wz: Room):
    await wz.begin()
    wz.session.plan = replace(wz.session.plan, language="de-AT")
    await wz.sessions.desk.line("P001", "line-number-1", prepared="take-your-time")
    assert wz.of(WizardLine)[0].text == "Lassen Sie sich Zeit."
    assert wz.sessions.desk.choices()["lines"][0]["text"] == "Take your time."


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"prepared": "nothing-like-it"}, "no prepared line"),
        ({"text": "   "}, "empty"),
        ({}, "empty"),
        ({"text": "x" * (MOST_LINE + 1)}, "at most 300"),
        ({"text": "hello", "reason": "no-such"}, "no reason"),
    ],
)
async def test_a_line_that_is_none_is_refused(wz: Room, fields: dict[str, str], complaint: str):
    await wz.begin()
    with pytest.raises(BadInput, match=complaint):
        await wz.sessions.desk.line("P001", "line-number-1", **fields)
    assert wz.of(WizardLine) == []


async def test_a_line_is_refused_when_nobody_listens_and_the_reason_is_said(wz: Room):
    async def refused(why: str) -> None:
        with pytest.raises(BadInput, match=why):
            await wz.sessions.desk.line("P001", "line-number-1", text="hello")

    await refused("the lesson has not begun")
    await wz.begin()
    await hold(wz, on=True)
    await refused("the session is paused")
    await hold(wz, on=False, n=2)
    await wz.sitting.detach()
    await refused("page is closed")
    await wz.open()
    await wz.send("end")
    await refused("is over")
    assert wz.of(WizardLine) == []


async def test_lines_belong_to_wz(room: Room):
    await room.begin()
    with pytest.raises(BadInput, match="condition AD"):
        await room.sessions.desk.line("P001", "line-number-1", text="hello")


async def propose(room: Room) -> str:
    await room.begin(camera=True)
    await room.sort(right=False)
    room.feed.confusion = 0.95
    for _ in range(30):
        await room.seconds(1, pictures=True)
        proposal = room.sessions.desk.rows()[0]["wizard"]["proposal"]
        if proposal is not None:
            return str(proposal["trigger_id"])
    raise AssertionError("nothing was proposed")


async def test_a_choice_is_logged_with_its_latency_its_reason_and_what_was_proposed(wz: Room):
    trigger_id = await propose(wz)
    await wz.seconds(4, pictures=True)
    panel = wz.sessions.desk.rows()[0]["wizard"]
    await wz.sessions.desk.wizard("P001", 3, trigger_id, "choice-number-1", reason="too_weak", delay_s=5.0)
    (row,) = wz.of(WizardChoice)
    assert (row.proposed, row.reason, row.delay_s) == (panel["proposal"]["level"], "too_weak", 5.0)
    assert row.latency_s == pytest.approx(panel["proposal"]["waits_s"], abs=0.51)
    assert wz.sessions.desk.rows()[0]["wizard"]["verdict"]["in_s"] == 5
    await wz.seconds(4, pictures=True)
    assert wz.of(Act) == []
    await wz.seconds(3, pictures=True)
    (act,) = wz.of(Act)
    assert act.at_s >= row.at_s + 5.0
    assert wz.sessions.desk.rows()[0]["wizard"]["agreement"]["n"] == 1


async def test_a_choice_without_a_proposal_has_no_latency(wz: Room):
    await wz.begin()
    await wz.sessions.desk.wizard("P001", 1, None, "choice-number-1")
    (row,) = wz.of(WizardChoice)
    assert (row.latency_s, row.proposed) == (None, None)


@pytest.mark.parametrize(
    ("level", "reason", "delay_s"), [(2, "no-such", None), (2, None, 7.0), (0, None, 5.0)]
)
async def test_an_unknown_reason_or_delay_is_refused(
    wz: Room, level: int, reason: str | None, delay_s: float | None
):
    await wz.begin()
    with pytest.raises(BadInput):
        await wz.sessions.desk.wizard("P001", level, None, "choice-number-1", reason=reason, delay_s=delay_s)
    assert wz.of(WizardChoice) == []


async def test_a_session_with_all_of_it_replays_to_the_same_decisions(wz: Room):
    trigger_id = await propose(wz)
    await wz.sessions.desk.wizard("P001", 2, trigger_id, "choice-number-1", reason="fits", delay_s=5.0)
    await wz.seconds(3, pictures=True)
    await wz.sessions.desk.line("P001", "line-number-1", text="Nearly there.")
    await note(wz)
    await look(wz)
    await wz.seconds(6, pictures=True)
    await hold(wz, on=True)
    await hold(wz, on=False, n=2)
    await wz.sessions.desk.end("P001", "end-number-1")
    await wz.settled()
    assert wz.of(Act)
    assert replayed(plan(header(condition="WZ")).setup, wz.rows) == wz.rows


async def test_what_cannot_be_stored_is_told_and_changes_nothing(wz: Room):
    await wz.begin()
    wz.log.broken = LogUnwritable("The disk is full.", remedy="Make room.")
    for work in (note(wz), look(wz), hold(wz, on=True), wz.sessions.desk.line("P001", "line-no-1", text="x")):
        with pytest.raises(LogUnwritable):
            await work
    wz.log.broken = None
    await wz.seconds(2)
    assert (wz.of(Note), wz.of(Observation), wz.of(WizardLine)) == ([], [], [])
    assert not wz.session.tutor.held


# ---------------------------------------------------------------- what is seen


async def test_an_unknown_participant_is_named_everywhere(room: Room):
    desk = room.sessions.desk
    for work in (
        desk.hold("P9", "client-id-1", on=True),
        desk.end("P9", "client-id-1"),
        desk.note("P9", "client-id-1", text="x", observer="E1", began_ago_s=0.0),
        desk.line("P9", "client-id-1", text="x"),
        desk.wizard("P9", 1, None, "client-id-1"),
    ):
        with pytest.raises(BadInput, match="P9"):
            await work


async def test_rows_have_the_keys_that_are_passed_on_and_no_words(wz: Room):
    await propose(wz)
    await wz.send("say", text="zebra this is annoying")
    await note(wz, "giraffe")
    assert wz.of(LearnerSaid)
    row, seen = console_row(wz.session), observer_row(wz.session)
    assert set(row) == set(COLUMNS)
    assert set(BLINDED) < set(row)
    assert set(seen) == set(OBSERVED)
    for word in ("zebra", "giraffe"):
        assert word not in repr(row) + repr(seen)


async def test_warnings_tell_what_needs_a_person(room: Room):
    await room.begin(camera=True)
    row = room.sessions.desk.rows()[0]
    assert (row["warnings"], row["face_warnings"]) == ([], [])
    await room.seconds(2, pictures=True)
    assert room.sessions.desk.rows()[0]["levels"]["coverage"] is not None
    await room.send("camera_state", state="lost")
    await room.sessions.dialogue_state(up=False)
    await room.sitting.detach()
    row = room.sessions.desk.rows()[0]
    assert row["warnings"] == [
        "the tutor cannot talk: the dialogue manager is away",
        "the participant's page is closed",
    ]
    assert row["face_warnings"] == ["the camera is lost"]
    await room.sessions.desk.end("P001", "end-number-1")
    assert room.sessions.desk.rows()[0]["warnings"] == []


async def test_a_closed_page_says_since_when_and_an_open_one_does_not(room: Room):
    await room.begin()
    assert room.sessions.desk.rows()[0]["away_s"] is None
    await room.sitting.detach()
    room.clock.advance(65.0)
    assert room.sessions.desk.rows()[0]["away_s"] == 65
    await room.open()
    assert room.sessions.desk.rows()[0]["away_s"] is None
    await room.sitting.detach()
    await room.sessions.desk.end("P001", "end-number-1")
    assert room.sessions.desk.rows()[0]["away_s"] is None


async def test_how_a_session_ended_is_said_in_words(room: Room):
    assert room.sessions.desk.rows()[0]["ended_how"] is None
    await room.begin()
    await room.send("end")
    row = room.sessions.desk.rows()[0]
    assert (row["ended"], row["ended_how"]) == ("stopped_by_learner", "stopped by the learner")


async def test_a_session_of_several_parts_tells_their_order_and_where_it_is(room: Room):
    await room.begin()
    assert room.sessions.desk.rows()[0]["parts"] is None
    order = [("C0", "help=none", 2), ("AD", "help=adaptive", 1)]
    parts = tuple(LessonPart(condition=one, cell=cell, n_blocks=n) for one, cell, n in order)
    setup = replace(room.session.plan.setup, parts=parts)
    room.session.plan = replace(room.session.plan, setup=setup)
    found = room.sessions.desk.rows()[0]["parts"]
    assert [(one["condition"], one["cell"], one["n_blocks"]) for one in found["order"]] == order
    numbers = []
    for block in range(4):
        room.session.tutor.course.block = block
        numbers.append(room.sessions.desk.rows()[0]["parts"]["now"])
    assert numbers == [None, 1, 1, 2]
    room.session.plan = replace(room.session.plan, setup=replace(setup, parts=parts[:1]))
    assert room.sessions.desk.rows()[0]["parts"] is None


async def test_curves_are_bounded_and_keep_their_ends(room: Room):
    from tutorbot.core.events import TrustState

    memory = ConsoleMemory()
    for n in range(2000):
        memory.see(
            [TrustState(at_s=float(n), trust=3.0 + n % 2, band="mid", delta=0.0, cause="probe", act_id=None)]
        )
    assert len(memory.trust) <= MOST_POINTS
    assert memory.trust[0][0] == 0.0
    assert memory.trust[-1] == (1999.0, 4.0)
    seconds = [at_s for at_s, _ in memory.trust]
    assert seconds == sorted(set(seconds))
