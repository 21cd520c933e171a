"""`tutorbot why`: acts taken apart from rows made by hand, and from whole sessions."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from studies.export.values import VALUE_LISTS
from studies.log.row_tables import CHOICES
from studies.log.store import SqlStudyLog
from tests.session.recorded import record
from tests.session.room import header, plan
from tests.session.test_replay import run
from tests.studies.log_builders import trigger as some_trigger
from tutorbot.bootstrap.study import plan_for
from tutorbot.core.events import (
    Act,
    BlockBegun,
    Delivery,
    ItemBegun,
    LearnerSaid,
    ReactionSeen,
    RobotSpeech,
    Row,
    StopRuleMet,
    Trigger,
    TrustState,
    TutorSaid,
)
from tutorbot.core.setup import LessonPart, Setup
from tutorbot.core.strategies import STRATEGIES
from tutorbot.errors import BadInput, LogDamaged
from tutorbot.session import plain_words
from tutorbot.session.explain import Explanation, explained, summarised
from tutorbot.session.explain_text import act_line, five_lines, silence_lines, suppressed_line, tell_session
from tutorbot.session.plain_words import ON_ROBOT, plain, plain_value
from tutorbot.session.robot_talk import QUESTION_AGAIN

EVIDENCE = (("confusion", 0.71), ("confusion_held_s", 22.0), ("coverage", 0.93), ("median_item_s", None))


def setup(condition: str = "AD", objective: str = "trust_first") -> Setup:
    return replace(plan(header()).setup, condition=condition, objective=objective)


def board(n: int = 1) -> ItemBegun:
    return ItemBegun(
        at_s=5.0 * n, item_id=f"I{n}", n=n, block=1, problem="type-ii", card_order=("a", "b"), given=()
    )


def trust(value: float = 3.5, cause: str = "start", delta: float = 0.0, **changes: Any) -> TrustState:
    band = "low" if value <= 3 else "mid" if value <= 4 else "high"
    return TrustState(
        **{"at_s": 1.0, "trust": value, "band": band, "delta": delta, "cause": cause, **changes}
    )


def trigger(n: int = 1, **changes: Any) -> Trigger:
    values = {"signs": ("face_confusion", "error"), "evidence": (*EVIDENCE, ("n_errors", 1)), **changes}
    return some_trigger(f"T{n}", **values)


def act(n: int = 1, **changes: Any) -> Act:
    values: dict[str, Any] = {
        "at_s": 12.0,
        "act_id": f"A{n}",
        "trigger_id": f"T{n}",
        "item_id": "I1",
        "level_offered": 2,
        "level": 2,
        "move": "offer_contrast",
        "follows_act_id": None,
        "motivate": False,
    }
    return Act(**{**values, **changes})


def delivery(n: int = 1, **changes: Any) -> Delivery:
    values: dict[str, Any] = {
        "at_s": 12.5,
        "act_id": f"A{n}",
        "delivered": True,
        "level": 2,
        "wording_id": "suggestion/1",
        "latency_s": 0.5,
        "reason": None,
    }
    return Delivery(**{**values, **changes})


def said(n: int = 1, text: str = "Shall I show you\nwhat differs?") -> TutorSaid:
    return TutorSaid(at_s=12.5, text=text, wording_id="suggestion/1", act_id=f"A{n}")


def reaction(n: int = 1, what: str = "accepted", **changes: Any) -> ReactionSeen:
    values = {"at_s": 15.0, "act_id": f"A{n}", "reaction": what, "latency_s": 2.5, "via": "said"}
    return ReactionSeen(**{**values, **changes})


def story(n: int = 1, **changes: Any) -> tuple[Row, ...]:
    """An act from its trigger to the reaction, accepted."""
    return trigger(n), act(n, **changes), said(n), delivery(n), reaction(n)


def told(rows: tuple[Row, ...], act_id: str = "A1", **of: str) -> tuple[str, ...]:
    return five_lines(explained(setup(**of), rows, act_id))


# ---------------------------------------------------------------- one act, five lines


def test_an_act_is_told_in_five_lines():
    assert told((trust(), board(), *story(), trust(3.65, "accepted", 0.15, act_id="A1"))) == (
        'A1: "Shall I show you what differs?" at second 12.5, '
        "SUGGESTION (offer_contrast) on board 1 (I1, type-ii)",
        "Seen: signs of confusion, from the face, with behaviour beside it: "
        "the face showed confusion long enough, a wrong check on this board "
        "(confusion evidence 0.71, held 22 s, face usable in 93 % of the window, wrong checks 1)",
        "Rule: AD: table row confusion_first at mid trust is suggestion, objective trust_first: SUGGESTION; "
        "the trust rules lowered nothing",
        "Before: nothing was held back since the session began",
        "Trust: 3.50 (mid); start 3.50, moved by nothing yet. "
        "Learner: accepted it after 2.5 s (said), trust then 3.65",
    )


def test_what_the_robot_made_of_it_is_told():
    spoken = RobotSpeech(at_s=99.0, wording_id="suggestion/1", act_id="A1", outcome="spoken", began_s=95.5)
    again = RobotSpeech(at_s=112.0, wording_id=QUESTION_AGAIN, act_id="A1", outcome="lost")
    answer = RobotSpeech(at_s=120.0, wording_id="hint/1", outcome="stale")
    first = told((board(), *story(), spoken, again, answer))[0]
    assert first.endswith(
        "; on the robot: spoken at second 95.5, then not said, the robot was away at second 112.0, "
        "as nobody had answered"
    )
    assert "on the robot" not in told((board(), *story()))[0]


@pytest.mark.parametrize("outcome", CHOICES["robot_speech"]["outcome"])
def test_every_end_on_a_robot_has_words(outcome: str):
    assert outcome in ON_ROBOT


def test_what_was_held_back_is_counted_since_the_last_act_by_board_and_reason():
    suppressed = {"outcome": "suppressed", "level_allowed": 0}
    rows = (
        trust(),
        board(),
        trigger(1, reason="rest", **suppressed),
        *story(1),
        board(2),
        trigger(2, reason="act_open", **suppressed),
        trigger(2, reason="rest", item_id="I2", **suppressed),
        trigger(3, reason="rest", item_id="I2", **suppressed),
        trigger(4, reason="learner_busy", item_id="I2", outcome="waiting"),
        trigger(4, item_id="I2"),
        act(2, trigger_id="T4", item_id="I2"),
        delivery(2, delivered=False, level=0, wording_id=None, reason="learner_busy"),
        trigger(5, item_id="I2"),
        act(3, trigger_id="T5", item_id="I2"),
    )
    one = explained(setup(), rows, "A3")
    assert one.since_act_id == "A1"
    assert {(held.outcome, held.reason): (held.n_here, held.n_elsewhere) for held in one.held_back} == {
        ("suppressed", "act_open"): (0, 1),
        ("suppressed", "rest"): (2, 0),
        ("waiting", "learner_busy"): (1, 0),
        ("failed", "learner_busy"): (1, 0),
    }
    assert five_lines(one)[3] == (
        "Before: since A1, on this board: decided and not said 1 x learner_busy (the learner was busy), "
        "suppressed 2 x rest (too soon after the last act), waited 1 x learner_busy (the learner was busy); "
        "on others: suppressed 1 x act_open (another act was open)"
    )
    assert five_lines(one)[0] == (
        "A3: decided at second 12.0, not said yet, SUGGESTION (offer_contrast) on board 2 (I2, type-ii)"
    )
    assert five_lines(one)[4].endswith("Learner: has not heard it yet")
    never = told(rows, "A2")
    assert "A2: never said (the learner was busy), decided at second 12.0" in never[0]
    assert never[4].endswith("Learner: heard nothing")


@pytest.mark.parametrize(
    ("value", "reason", "row", "cell"),
    [
        (3.5, ("confusion", "corroborated", False), "confusion_first", "suggestion"),
        (2.0, ("confusion", "face_only", False), "confusion_face_only", "none"),
        (2.0, ("both", "corroborated", True), "frustration_persists", "suggestion"),
        (4.5, ("frustration", "behaviour_only", True), "frustration_persists", "intervention"),
        (4.5, ("confusion", "behaviour_only", True), "confusion_persists", "ask_first"),
        (4.5, ("off_task", "behaviour_only", False), "off_task", "suggestion"),
    ],
)
def test_the_rule_names_row_cell_and_band_of_the_table(
    value: float, reason: tuple[str, str, bool], row: str, cell: str
):
    kind, basis, persists = reason
    found = trigger(kind=kind, basis=basis, persists=persists)
    rule = explained(setup("AD"), (trust(value), board(), found, act()), "A1").rule
    assert (rule.row, rule.cell, rule.fixed_level) == (row, cell, None)
    assert rule.band == trust(value).band


def test_many_errors_make_frustration_persist():
    found = trigger(kind="frustration", evidence=(("n_errors", 3),))
    assert explained(setup("NB"), (trust(), board(), found, act()), "A1").rule.row == "frustration_persists"


def test_the_band_is_the_logged_one_even_where_the_rounded_trust_lies_on_its_edge():
    edge = trust(3.0, band="mid")
    assert explained(setup(), (edge, board(), trigger(trust=3.0), act()), "A1").rule.band == "mid"
    assert explained(setup(), (board(), trigger(trust=3.0), act()), "A1").rule.band == "low"


def test_a_question_before_an_intervention_and_an_objective_that_does_not_ask_are_told():
    found = trigger(2, kind="frustration", persists=True)
    before = (trust(), board(), *story())
    asks = (*before, found, act(2, move="ask_before_step"))
    rule = told(asks, "A2")[2]
    assert "is ask_first, objective trust_first: SUGGESTION, the question before an INTERVENTION;" in rule
    acts_now = (*before, found, act(2, level_offered=3, level=3, move="worked_step"))
    rule = told(acts_now, "A2", objective="focus_first")[2]
    assert "is ask_first, objective focus_first: INTERVENTION, as this objective does not ask first;" in rule


def test_a_step_that_was_agreed_to_is_told_with_its_question():
    step = act(2, trigger_id="T1", level_offered=3, level=3, move="worked_step", follows_act_id="A1")
    lines = told((trust(), board(), *story(move="ask_before_step"), step), "A2")
    assert lines[1].startswith("Seen: the learner said yes to A1, which rested on signs of confusion, from")
    assert lines[2] == "Rule: AD: the step that A1 asked for, at level INTERVENTION"


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_fixed_level_is_told_as_such(level: int):
    rows = (trust(), board(), *story(level_offered=level, level=level))
    one = explained(setup(f"L{level}-A"), rows, "A1")
    assert (one.rule.row, one.rule.fixed_level, one.rule.holds) == (None, level, True)
    assert f"Rule: L{level}-A: always " in five_lines(one)[2]


def test_a_level_that_was_lowered_says_by_which_rule():
    declined = (trust(), board(), *story()[:-1], reaction(1, "declined"))
    rows = (*declined, trigger(2, persists=True), act(2, level=1, move="signal_presence"))
    one = explained(setup(), rows, "A2")
    assert one.rule.lowered_by == ("after_decline",)
    assert "SUGGESTION; lowered to NOTIFICATION (after a decline)" in five_lines(one)[2]
    low = (trust(2.0), board(), trigger(kind="frustration", persists=True), act(level_offered=3))
    assert explained(setup(), low, "A1").rule.lowered_by == ("low_trust",)
    both = (*declined, trust(2.0), trigger(2), act(2, level_offered=3, level=1))
    assert explained(setup(), both, "A2").rule.lowered_by == ("after_decline", "low_trust")


def test_the_stop_rule_is_told_where_it_lowered_a_level():
    met = StopRuleMet(at_s=1.0, n=1, mean_change=-2.0)
    rows = (trust(), board(), met, trigger(kind="frustration", persists=True), act(level_offered=3))
    one = explained(setup(), rows, "A1")
    assert one.rule.lowered_by == ("stop_rule",)
    assert "lowered to SUGGESTION (no INTERVENTION any more, by the stop rule)" in five_lines(one)[2]


def test_a_wizard_s_choice_is_told_beside_the_proposal():
    rows = (trust(), board(), trigger(), act(level_offered=2, level=3, move="worked_step"))
    line = five_lines(explained(setup("WZ"), rows, "A1"))[2]
    proposed = "the table proposed SUGGESTION (row confusion_first at mid trust)"
    assert line == f"Rule: WZ: a person chose INTERVENTION; {proposed}"
    assert f"a person chose it, {proposed}" in act_line(explained(setup("WZ"), rows, "A1"))
    own = (trust(), board(), trigger(kind="wizard", basis="wizard"), act(level_offered=0, level=1))
    line = five_lines(explained(setup("WZ"), own, "A1"))[2]
    assert line == "Rule: WZ: a person chose NOTIFICATION; nothing was proposed"


def test_the_decline_is_used_up_by_two_acts_also_by_one_in_silence():
    silent = trigger(2, at_s=40.0, outcome="suppressed", reason="after_decline", level_allowed=0)
    again = replace(silent, at_s=41.0, trigger_id="T3")
    rows: tuple[Row, ...] = (trust(), board(), *story()[:-1], reaction(1, "declined"), silent, again)
    rows = (*rows, *story(4, level=1), trigger(5), act(5, level=1))
    assert explained(setup(), rows, "A4").rule.lowered_by == ("after_decline",)
    last = explained(setup(), rows, "A5")
    assert last.rule.lowered_by == ()
    assert "(a rule this version does not know)" in five_lines(last)[2]


def test_a_log_of_other_rules_is_not_explained_away():
    rows = (trust(), board(), trigger(), act(level_offered=1, level=1))
    assert explained(setup(), rows, "A1").rule.holds is False
    assert told(rows)[2].endswith(
        "this version of the rules would have asked for another level; replay the session"
    )
    odd = (trust(), board(), trigger(basis="a hunch", kind="boredom"), act())
    assert told(odd)[1].startswith("Seen: boredom, from a hunch: ")
    assert told(odd)[2].startswith("Rule: AD: asked for SUGGESTION; ")
    assert told(odd, condition="L9")[2].startswith("Rule: L9: asked for SUGGESTION; ")


def test_the_trust_is_told_with_its_uncertainty_where_the_log_kept_it():
    rows = (trust(sd=0.414), board(), *story())
    assert told(rows)[4].startswith("Trust: 3.50 +- 0.41 (mid); start 3.50")
    assert explained(setup(), rows, "A1").trust.sd == 0.414
    assert explained(setup(), (board(), *story()), "A1").trust.sd is None


def test_what_moved_the_trust_is_added_up_by_cause():
    moves = [
        trust(3.65, "accepted", 0.15),
        trust(3.8, "accepted", 0.15),
        trust(3.4, "probe", -0.4),
        trust(3.5, "used_and_right", 0.1),
    ]
    rows = (trust(3.5), *moves, board(), trigger(), act(), trust(5.0, "probe", 1.5))
    assert told(rows)[4].startswith(
        "Trust: 3.50 (mid); start 3.50, moved by accepted +0.30 (2 x), own answers -0.40 (1 x), "
        "help used and right +0.10 (1 x). "
    )


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("declined", "declined it"),
        ("ignored", "let it pass"),
        ("undone", "took it back"),
        ("lapsed", "could not react"),
    ],
)
def test_every_reaction_has_words(what: str, words: str):
    rows = (trust(), board(), *story()[:-1], reaction(1, what))
    assert f"Learner: {words}" in told(rows)[4]


def test_an_act_that_has_no_reaction_yet_says_so():
    assert told((trust(), board(), *story()[:-1]))[4].endswith("Learner: has not reacted yet")


# ---------------------------------------------------------------- what is missing


def test_an_unknown_act_is_told_the_acts_there_are():
    with pytest.raises(BadInput, match=r"no act 'A9'\. It has A1, A2\.$"):
        explained(setup(), (trust(), board(), *story(1), *story(2)), "A9")
    with pytest.raises(BadInput, match="The tutor never spoke up in it; without --act"):
        explained(setup(), (trust(), board()), "A1")


def test_a_session_of_several_conditions_names_the_one_in_force_at_each_act():
    parts = tuple(LessonPart(condition=one, cell=f"help={one}", n_blocks=1) for one in ("L2-A", "AD"))
    whole = replace(setup("L2-A"), parts=parts)
    first, second = (BlockBegun(at_s=2.0, block=n, problem="type-ii", part=n) for n in (1, 2))
    rows = (trust(), first, board(), *story(1), second, *story(2))
    told = tell_session("s1", ("L2-A", "AD"), summarised(whole, rows))
    assert told.lines[0] == "Session s1, conditions L2-A, then AD"
    assert "board 1  L2-A: SUGGESTION offer_contrast" in told.lines[1]
    assert "board 1  AD: SUGGESTION offer_contrast" in told.lines[2]
    assert (told.values["condition"], told.values["conditions"]) == ("L2-A", ["L2-A", "AD"])
    assert five_lines(explained(whole, rows, "A2"))[2].startswith("Rule: AD: table row ")
    alike = tell_session("s1", ("AD", "AD"), summarised(whole, rows))
    assert alike.lines[0] == "Session s1, condition AD"
    assert "AD:" not in alike.lines[2]


def test_an_act_without_its_trigger_or_board_is_damage():
    with pytest.raises(LogDamaged, match="Act A1 has no allowed trigger T1"):
        explained(setup(), (board(), act(), trigger()), "A1")
    with pytest.raises(LogDamaged, match="board I1, which never began"):
        explained(setup(), (trigger(), act()), "A1")


# ---------------------------------------------------------------- a session


def test_a_session_lists_its_acts_and_what_was_suppressed():
    silent = trigger(3, outcome="suppressed", reason="rest", level_allowed=0)
    rows = (trust(), board(), *story(1), *story(2), silent)
    summary = summarised(setup(), rows)
    assert [act_line(one) for one in summary.acts] == [
        f"A{n}     12.5 s  board 1  SUGGESTION offer_contrast: confusion, corroborated; "
        "accepted it after 2.5 s (said)"
        for n in (1, 2)
    ]
    assert summary.n_triggers == 3
    assert suppressed_line(summary) == "Suppressed: rest 1 (too soon after the last act)."
    assert suppressed_line(summarised(setup(), rows[:-1])) == "Nothing was suppressed."


def test_a_session_without_acts_says_what_was_suppressed_and_why():
    silent = trigger(1, outcome="suppressed", reason="condition", level_allowed=0)
    rows = (board(), silent, replace(silent, trigger_id="T2"), replace(silent, reason="rest"))
    assert silence_lines(summarised(setup("C0"), rows)) == (
        "The tutor never spoke up. Suppressed: condition 2 (the condition never acts on it); "
        "rest 1 (too soon after the last act).",
    )
    assert silence_lines(summarised(setup("C0"), ())) == (
        "The tutor never spoke up: no reason to speak was found.",
    )


# ---------------------------------------------------------------- words


LISTS = {
    "kind": plain_words.KINDS,
    "basis": plain_words.BASES,
    "sign": plain_words.SIGNS,
    "reason": plain_words.REASONS,
    "reaction": plain_words.REACTIONS,
    "end reason": plain_words.ENDS,
}


@pytest.mark.parametrize("name", LISTS)
def test_every_word_of_a_log_has_plain_words(name: str):
    (values,) = [one for one in VALUE_LISTS if one.name == name]
    assert set(values.meanings) - set(LISTS[name]) == set()


def test_what_has_no_plain_words_is_told_as_it_stands():
    assert plain({}, "some_new_sign") == "some new sign"
    assert plain_value("n_yawns", 3) == "n_yawns 3"
    assert plain_value("item_s", 61.0) == "61 s on this board"
    assert plain_value("coverage", 0.5) == "face usable in 50 % of the window"


def test_the_learner_s_words_never_come_this_way():
    words = LearnerSaid(at_s=13.0, utterance_id="U1", text="zyzzyva")
    rows = (trust(), board(), words, *story(), words)
    one = explained(setup(), rows, "A1")
    assert "zyzzyva" not in json.dumps([five_lines(one), act_line(one), asdict(one)])


# ---------------------------------------------------------------- whole sessions and the command


CONDITIONS = ("AD", "NB", "C0", "L1-A", "L2-A", "L3-A")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A log with a session under each condition; condition -> session id."""
    path = tmp_path_factory.mktemp("why") / "log.db"
    ids = {condition: asyncio.run(record(path, condition=condition)) for condition in CONDITIONS}
    ids["declining"] = asyncio.run(record(path, learner="declining"))
    return path, ids


def explanations(path: Path, session_id: str) -> tuple[Explanation, ...]:
    async def read() -> tuple[Explanation, ...]:
        opened = SqlStudyLog.open(f"sqlite:///{path}")
        try:
            of = plan_for(await opened.header(session_id)).setup
            return summarised(of, await opened.read(session_id)).acts
        finally:
            opened.close()

    return asyncio.run(read())


def test_the_rules_as_told_hold_in_every_session(log: tuple[Path, dict[str, str]]):
    path, ids = log
    for name, session_id in ids.items():
        acts = explanations(path, session_id)
        assert (len(acts) == 0) == (name == "C0")
        for one in acts:
            assert one.rule.holds
            assert (one.rule.level < one.rule.level_asked) == bool(one.rule.lowered_by)
            adaptive = name in {"AD", "NB", "declining"} and one.said.follows_act_id is None
            assert (one.rule.row is not None) == adaptive
            assert one.said.text is not None or one.said.failed is not None
            assert all("\n" not in line for line in five_lines(one))
    assert any(one.rule.lowered_by for one in explanations(path, ids["declining"]))


def test_the_command_tells_one_act_by_either_name(log: tuple[Path, dict[str, str]]):
    path, ids = log
    code, out, err = run("why", path, "--session", ids["AD"], "--act", "A2")
    assert (code, err, len(out.splitlines())) == (0, "", 5)
    assert [line.split(":")[0] for line in out.splitlines()] == ["A2", "Seen", "Rule", "Before", "Trust"]
    for name in ("2", "a2", "02"):
        assert run("why", path, "--session", ids["AD"], "--act", name) == (0, out, "")


def test_the_command_tells_an_act_as_json(log: tuple[Path, dict[str, str]]):
    path, ids = log
    code, out, _ = run("why", path, "--session", ids["AD"], "--act", "1", "--json")
    told = json.loads(out)
    assert (code, len(out.splitlines())) == (0, 1)
    assert set(told) == {
        "session",
        "act_id",
        "said",
        "seen",
        "rule",
        "since_act_id",
        "held_back",
        "trust",
        "reaction",
    }
    assert (told["session"], told["act_id"], told["rule"]["condition"]) == (ids["AD"], "A1", "AD")
    assert told["reaction"]["reaction"] == "accepted"


def test_without_an_act_the_command_lists_them(log: tuple[Path, dict[str, str]]):
    path, ids = log
    code, out, _ = run("why", path, "--session", ids["L2-A"])
    lines = out.splitlines()
    assert (code, lines[0]) == (0, f"Session {ids['L2-A']}, condition L2-A")
    assert [line.split()[0] for line in lines[1:]] == [
        *(one.act_id for one in explanations(path, ids["L2-A"])),
        "Suppressed:",
    ]
    told = json.loads(run("why", path, "--session", ids["L2-A"], "--json")[1])
    assert [one["act_id"] for one in told["acts"]] == [line.split()[0] for line in lines[1:-1]]


def test_the_command_says_why_a_session_stayed_silent(log: tuple[Path, dict[str, str]]):
    path, ids = log
    code, out, _ = run("why", path, "--session", ids["C0"])
    assert code == 0
    assert out.splitlines()[1].startswith("The tutor never spoke up. Suppressed: condition ")
    told = json.loads(run("why", path, "--session", ids["C0"], "--json")[1])
    assert (told["acts"], list(told["suppressed"])) == ([], ["condition"])
    code, out, err = run("why", path, "--session", ids["C0"], "--act", "1")
    assert (code, out) == (2, "")
    assert err.startswith("Error: The session has no act 'A1'. The tutor never spoke up in it;")


def test_an_act_that_is_none_is_told(log: tuple[Path, dict[str, str]]):
    path, ids = log
    for name in ("99", "T1", "-"):
        code, out, err = run("why", path, "--session", ids["AD"], "--act", name)
        assert (code, out) == (2, "")
        assert "It has A1, A2" in err


def test_every_condition_can_be_explained():
    for condition in STRATEGIES:
        rule = explained(setup(condition), (trust(), board(), trigger(), act()), "A1").rule
        assert rule.condition == condition
