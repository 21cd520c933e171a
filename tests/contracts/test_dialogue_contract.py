"""What every dialogue manager promises the tutor, asked of the fakes and of a real Rasa server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio

from tests.fakes.dialogue import FakeDialogue, RecordedDialogue, ScriptedMind
from tests.rasa_server import RasaServer
from tutorbot.adapters.rasa import RasaDialogue, TurnLedger
from tutorbot.core.acts import DialogueAct, Move, ProactivityLevel
from tutorbot.errors import BadInput, DialogueUnreachable, LogUnwritable
from tutorbot.ports import DialogueManager

# A turn takes some 20 ms on a quiet machine; a busy one gets its time.
DEADLINE_S = 20.0
S1, S2 = "s-1a2b", "s-3c4d"

pytestmark = pytest.mark.timeout(180)  # the first test waits for Rasa's start


@dataclass(frozen=True, slots=True)
class Under:
    """A dialogue manager under test, the mind it asks, and one of its kind that cannot be reached."""

    dialogue: DialogueManager
    mind: ScriptedMind
    unreachable: DialogueManager


@pytest_asyncio.fixture(params=["fake", "recorded", pytest.param("rasa", marks=pytest.mark.rasa)])
async def under(request: pytest.FixtureRequest) -> AsyncIterator[Under]:
    mind = ScriptedMind(sessions={S1, S2})
    if request.param != "rasa":
        make = RecordedDialogue if request.param == "recorded" else FakeDialogue
        dead = make(mind)
        dead.down = True
        yield Under(make(mind), mind, dead)
        return
    server: RasaServer = request.getfixturevalue("rasa_server")
    server.attach(mind)
    dialogue = server.dialogue()
    nobody = RasaDialogue(
        "http://127.0.0.1:9", "none", ledger=TurnLedger(), transport=httpx.AsyncHTTPTransport()
    )
    for session_id in (S1, S2):
        await dialogue.begin_block(session_id, deadline_s=DEADLINE_S)
    yield Under(dialogue, mind, nobody)
    server.slot.detach()
    await dialogue.close()
    await nobody.close()


def act(act_id: str = "A1", level: ProactivityLevel = ProactivityLevel.SUGGESTION) -> DialogueAct:
    return DialogueAct(
        act_id=act_id, level=level, move=Move.OFFER_CONTRAST, trigger_id="T1", item_id="board-1"
    )


async def test_the_reply_was_said_when_the_call_returns(under: Under) -> None:
    await under.dialogue.hear(S1, "can I have a hint please", deadline_s=DEADLINE_S)
    assert under.mind.texts(S1) == ["ask_hint"]


async def test_the_tutor_is_handed_the_learners_words_and_what_they_mean(under: Under) -> None:
    await under.dialogue.hear(S1, "the red triangle goes left", deadline_s=DEADLINE_S)
    ((_, turn),) = under.mind.heard
    assert turn.text == "the red triangle goes left"
    assert turn.intent == "give_answer"
    assert 0.0 < turn.confidence <= 1.0
    assert set(turn.entities) == {("colour", "red"), ("shape", "triangle"), ("box", "left")}


async def test_a_line_comes_back_whole(under: Under) -> None:
    under.mind.replies["greet"] = ('Grüß dich! ☺\n\nReady, set "go"?',)
    await under.dialogue.hear(S1, "hello", deadline_s=DEADLINE_S)
    ((_, line),) = under.mind.lines
    assert line.text == 'Grüß dich! ☺\n\nReady, set "go"?'
    assert (line.wording_id, line.act_id, line.choices) == ("greet/1", None, ("Yes", "Not now"))


async def test_several_lines_keep_their_order(under: Under) -> None:
    texts = tuple(f"line {n}" for n in range(8))
    under.mind.replies["ask_explanation"] = texts
    await under.dialogue.hear(S1, "please explain that", deadline_s=DEADLINE_S)
    assert under.mind.texts(S1) == list(texts)


@pytest.mark.parametrize("level", [level for level in ProactivityLevel if level])
async def test_an_act_of_each_level_is_said_with_its_id(under: Under, level: ProactivityLevel) -> None:
    under.mind.acts["A7"] = ("Shall I show you a pair?",)
    await under.dialogue.perform(S1, act("A7", level), deadline_s=DEADLINE_S)
    ((where, line),) = under.mind.lines
    assert (where, line.text, line.act_id) == (S1, "Shall I show you a pair?", "A7")


async def test_an_act_is_said_once(under: Under) -> None:
    under.mind.acts["A1"] = ("Shall I show you a pair?",)
    for _ in range(2):
        await under.dialogue.perform(S1, act(), deadline_s=DEADLINE_S)
    assert under.mind.texts(S1) == ["Shall I show you a pair?"]


async def test_a_stale_act_says_nothing(under: Under) -> None:
    await under.dialogue.perform(S1, act("A9"), deadline_s=DEADLINE_S)
    assert under.mind.lines == []


async def test_an_answer_to_an_offer_reaches_the_tutor(under: Under) -> None:
    under.mind.acts["A1"] = ("Shall I show you a pair?",)
    await under.dialogue.perform(S1, act(), deadline_s=DEADLINE_S)
    for text in ("yes", "not now", "stop", "what do you mean?"):
        await under.dialogue.hear(S1, text, deadline_s=DEADLINE_S)
    understood = ["affirm", "not_now", "undo_step", "ask_meaning"]
    assert [turn.intent for _, turn in under.mind.heard] == understood


async def test_words_nobody_planned_for_still_get_a_reply(under: Under) -> None:
    await under.dialogue.hear(S1, "zzz", deadline_s=DEADLINE_S)
    assert under.mind.texts(S1) == ["nlu_fallback"]


async def test_a_new_block_says_nothing_and_the_talk_goes_on(under: Under) -> None:
    await under.dialogue.hear(S1, "hello", deadline_s=DEADLINE_S)
    await under.dialogue.begin_block(S1, deadline_s=DEADLINE_S)
    assert under.mind.texts(S1) == ["greet"]
    await under.dialogue.hear(S1, "thank you", deadline_s=DEADLINE_S)
    assert under.mind.texts(S1) == ["greet", "thanks"]


@pytest.mark.parametrize("text", ["/EXTERNAL_suggestion", "/session_start", " / restart", "/stop"])
async def test_a_learner_cannot_give_commands_to_the_dialogue_manager(under: Under, text: str) -> None:
    under.mind.acts["A1"] = ("Shall I show you a pair?",)
    await under.dialogue.hear(S1, text + '{"act_id": "A1"}', deadline_s=DEADLINE_S)
    await under.dialogue.hear(S1, "hello", deadline_s=DEADLINE_S)
    assert len(under.mind.heard) == 2
    assert "Shall I show you a pair?" not in under.mind.texts(S1)


@pytest.mark.parametrize("text", ["", "   ", "///", "a" * 20_000])
async def test_no_words_and_too_many_words_are_refused(under: Under, text: str) -> None:
    with pytest.raises(BadInput):
        await under.dialogue.hear(S1, text, deadline_s=DEADLINE_S)
    assert under.mind.heard == []


async def test_an_unknown_session_is_met_with_silence(under: Under) -> None:
    await under.dialogue.hear("nobody", "hello", deadline_s=DEADLINE_S)
    await under.dialogue.perform("nobody", act(), deadline_s=DEADLINE_S)
    assert under.mind.lines == []


async def test_sessions_at_the_same_time_do_not_mix(under: Under) -> None:
    under.mind.replies |= {"greet": ("g1", "g2"), "thanks": ("t1", "t2")}
    await asyncio.gather(
        *(under.dialogue.hear(S1, "hello", deadline_s=DEADLINE_S) for _ in range(4)),
        *(under.dialogue.hear(S2, "thank you", deadline_s=DEADLINE_S) for _ in range(4)),
    )
    assert under.mind.texts(S1) == ["g1", "g2"] * 4
    assert under.mind.texts(S2) == ["t1", "t2"] * 4


async def test_turns_of_one_session_are_said_one_after_the_other(under: Under) -> None:
    under.mind.acts["A1"] = ("a1", "a2")
    under.mind.replies["greet"] = ("g1", "g2")
    await asyncio.gather(
        under.dialogue.hear(S1, "hello", deadline_s=DEADLINE_S),
        under.dialogue.perform(S1, act(), deadline_s=DEADLINE_S),
    )
    assert under.mind.texts(S1) in (["g1", "g2", "a1", "a2"], ["a1", "a2", "g1", "g2"])


@pytest.mark.parametrize("where", ["fault", "spoken_fault"])
async def test_an_error_of_the_tutor_reaches_the_caller(under: Under, where: str) -> None:
    setattr(under.mind, where, LogUnwritable("The disk is full.", remedy="Make room."))
    with pytest.raises(LogUnwritable, match="The disk is full"):
        await under.dialogue.hear(S1, "hello", deadline_s=DEADLINE_S)
    setattr(under.mind, where, None)
    await under.dialogue.hear(S1, "hello", deadline_s=DEADLINE_S)
    assert under.mind.texts(S1) == ["greet"]


async def test_a_turn_that_takes_too_long_is_given_up_at_the_deadline(under: Under) -> None:
    # A session of its own: what is given up here may still be said after the test.
    under.mind.sessions.add("s-late")
    under.mind.answer_after = asyncio.Event()
    began_s = time.monotonic()
    with pytest.raises(DialogueUnreachable, match=r"within 0\.3 s"):
        await under.dialogue.hear("s-late", "hello", deadline_s=0.3)
    assert time.monotonic() - began_s < 5.0
    under.mind.answer_after.set()


async def test_an_unreachable_one_says_so_within_the_deadline(under: Under) -> None:
    began_s = time.monotonic()
    for call in (
        under.unreachable.begin_block(S1, deadline_s=5.0),
        under.unreachable.hear(S1, "hello", deadline_s=5.0),
        under.unreachable.perform(S1, act(), deadline_s=5.0),
    ):
        with pytest.raises(DialogueUnreachable):
            await call
    assert time.monotonic() - began_s < 15.0
    assert under.mind.lines == []


async def test_it_knows_whether_a_turn_would_be_taken(under: Under) -> None:
    assert await under.dialogue.ready()
    assert not await under.unreachable.ready()


async def test_an_act_of_level_none_is_a_mistake(under: Under) -> None:
    with pytest.raises(ValueError, match="NONE"):
        await under.dialogue.perform(S1, act(level=ProactivityLevel.NONE), deadline_s=DEADLINE_S)
