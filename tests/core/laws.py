"""What must hold in every log, whatever the learner, the camera and the dialogue manager did.

A law looks at rows alone and gives its complaints. A law is written from the study's rules and does not
ask the tutor's own code, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from tutorbot.core.events import (
    Act,
    Action,
    Attempt,
    BoardChange,
    Consent,
    Delivery,
    Health,
    HintGiven,
    ItemBegun,
    ItemEnded,
    LearnerSaid,
    Probe,
    ReactionSeen,
    Row,
    SessionEnded,
    StateChange,
    StopRuleMet,
    Trigger,
    TrustState,
    TutorSaid,
    ValidityAnswer,
    ValidityProbe,
    WizardChoice,
)
from tutorbot.core.settings import TutorSettings

FACE = frozenset({"face_only", "corroborated"})
Rows = Sequence[Row]
Law = Callable[[Rows, str, TutorSettings], Iterator[str]]
ADAPTIVE = {"AD", "NB", "RL"}
FIXED = {f"L{level}-{kind}": level for level in (1, 2, 3) for kind in "AETY"}

AFFECT = {
    (kind, basis)
    for kind in ("confusion", "frustration", "both")
    for basis in ("corroborated", "behaviour_only")
}
REASONS_OF = {
    "A": AFFECT,
    "E": {("error", "behaviour_only")},
    "T": {("interval", "timetable")},
    "Y": {("yoked", "timetable")},
}
"""(kind, basis) of the reasons a condition of fixed level may act on."""


def said_acts(rows: Rows) -> list[tuple[float, Act]]:
    """Acts that reached the learner, with the second at which they did."""
    acts = {row.act_id: row for row in rows if isinstance(row, Act)}
    return [(row.at_s, acts[row.act_id]) for row in rows if isinstance(row, Delivery) and row.delivered]


def trust_stays_between_one_and_five(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    for row in rows:
        if isinstance(row, TrustState) and not 1.0 <= row.trust <= 5.0:
            yield f"trust {row.trust} at {row.at_s}"


def the_tutor_rests_after_an_act(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """Earlier only a stronger act on the same item; the step the learner just agreed to is no new start."""
    said = said_acts(rows)
    for (before_s, before), (at_s, act) in pairwise(said):
        gap_s = at_s - before_s
        escalation = act.item_id == before.item_id and act.level > before.level
        allowed_s = settings.escalation_after_s if escalation else settings.rest_s
        if gap_s < allowed_s and act.follows_act_id is None:
            yield f"{act.act_id} came {gap_s} s after {before.act_id}"


def acts_are_few(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """A step that was agreed to follows its question, even where that was the last act there may be."""
    said = said_acts(rows)
    for n, (at_s, act) in enumerate(said):
        if act.follows_act_id is not None:
            continue
        on_item = sum(one.item_id == act.item_id for _, one in said[:n])
        lately = sum(when > at_s - settings.most_acts_window_s for when, _ in said[:n])
        if on_item >= settings.most_acts_per_item:
            yield f"{act.act_id} is act {on_item + 1} on {act.item_id}"
        if lately >= settings.most_acts:
            yield f"{act.act_id} is act {lately + 1} in the window"


def low_trust_sees_no_intervention(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    trust = settings.trust_start
    for row in rows:
        if isinstance(row, TrustState):
            trust = row.trust
        elif isinstance(row, Act) and condition in ADAPTIVE and row.level == 3 and trust <= 3.0:
            yield f"{row.act_id} intervenes at trust {trust}"


def a_face_alone_is_worth_a_notification_in_ad_at_most(
    rows: Rows, condition: str, settings: TutorSettings
) -> Iterator[str]:
    basis = ""
    for row in rows:
        if isinstance(row, Trigger):
            basis = row.basis
        elif isinstance(row, Act) and row.follows_act_id is None and basis == "face_only":
            if condition == "WZ" or (condition in {"AD", "RL"} and row.level == 1):
                continue
            yield f"{row.act_id} at level {row.level} on a face alone"


def the_reactive_baseline_never_starts(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    for row in rows:
        if condition == "C0" and isinstance(row, Act):
            yield row.act_id
        if (
            condition == "C0"
            and isinstance(row, Trigger)
            and (row.outcome, row.reason)
            != (
                "suppressed",
                "condition",
            )
        ):
            yield f"{row.trigger_id} was {row.outcome}: {row.reason}"


def a_fixed_level_is_fixed(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """Whatever the trust; and its reasons are corroborated ones, or behaviour without sight of a face."""
    if condition not in FIXED:
        return
    kind = basis = ""
    for row in rows:
        if isinstance(row, Trigger):
            kind, basis = row.kind, row.basis
        elif isinstance(row, Act):
            if row.level != FIXED[condition]:
                yield f"{row.act_id} at level {row.level}"
            if (kind, basis) not in REASONS_OF[condition[-1]]:
                yield f"{row.act_id} on {kind}, {basis}"


def a_decline_lowers_the_next_two_acts(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """An act lowered to nothing is one of the two, takes its turn in silence and rests like any other."""
    if condition not in ADAPTIVE:
        return
    lowered, trust, silent_s, stopped = 0, settings.trust_start, None, False
    acts = {row.act_id: row for row in rows if isinstance(row, Act)}
    for row in rows:
        if isinstance(row, TrustState):
            trust = row.trust
        elif isinstance(row, StopRuleMet):
            stopped = True
        elif isinstance(row, ReactionSeen) and row.reaction == "declined":
            lowered = 2
        elif isinstance(row, Trigger) and row.reason == "after_decline":
            if silent_s is None or row.at_s - silent_s >= settings.rest_s:
                lowered, silent_s = lowered - 1, row.at_s
            if lowered < 0:
                yield f"{row.trigger_id} is silent after the two acts"
        elif isinstance(row, Act) and row.follows_act_id is None:
            wanted = row.level_offered - (1 if lowered > 0 else 0)
            wanted = min(wanted, 2) if trust <= 3.0 or stopped else wanted
            if row.level != wanted:
                yield f"{row.act_id} at level {row.level} instead of {wanted}, {lowered} to be lowered"
            if silent_s is not None and row.at_s - silent_s < settings.rest_s:
                yield f"{row.act_id} breaks the silent rest"
        elif isinstance(row, Delivery) and row.delivered and acts[row.act_id].follows_act_id is None:
            lowered = max(0, lowered - 1)


def nobody_is_interrupted(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """A learner who just did something, or just had the board checked, is left alone.

    From the decision until the words are there; a step that was just agreed to comes all the same.
    """
    input_s = answer_s = -1000.0
    decided: Act | None = None
    touched = False
    for row in rows:
        if isinstance(row, LearnerSaid | Probe) or (
            isinstance(row, Action) and row.kind in {"place", "check", "stuck", "unpause"}
        ):
            input_s, touched = row.at_s, True
        elif isinstance(row, Attempt):
            answer_s = row.at_s
        elif isinstance(row, Act):
            decided, touched = row, False
            if row.follows_act_id is not None:
                continue
            if row.at_s - input_s < settings.input_pause_s:
                yield f"{row.act_id} {row.at_s - input_s} s after an input"
            if row.at_s - answer_s < settings.after_answer_s:
                yield f"{row.act_id} {row.at_s - answer_s} s after an answer"
        elif isinstance(row, Delivery) and row.delivered and touched:
            if decided is None or decided.follows_act_id is not None:
                continue
            yield f"{row.act_id} was said after the learner had gone on"


def nobody_talks_across_the_learner(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """While the learner's words wait for their answer nothing is begun."""
    open_turns = 0
    for row in rows:
        if isinstance(row, LearnerSaid) or (isinstance(row, Action) and row.kind == "stuck"):
            open_turns += 1
        elif (isinstance(row, TutorSaid) and row.act_id is None) or (
            isinstance(row, Health) and row.state == "no_answer"
        ):
            open_turns = max(0, open_turns - 1)
        elif isinstance(row, Act) and row.follows_act_id is None and open_turns:
            yield f"{row.act_id} while {open_turns} turns were open"


def a_face_counts_with_consent_and_outside_of_pauses(
    rows: Rows, condition: str, settings: TutorSettings
) -> Iterator[str]:
    consent, paused = False, False
    for row in rows:
        if isinstance(row, Consent) and row.purpose == "camera":
            consent = row.granted
        elif isinstance(row, Action) and row.kind in {"pause", "unpause"}:
            paused = row.kind == "pause"
        elif isinstance(row, Trigger) and row.basis in FACE:
            passed = row.outcome != "suppressed"
            if passed and (paused or not consent):
                yield f"{row.trigger_id} rests on a face at {row.at_s}"


def a_pause_is_quiet(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    paused = False
    for row in rows:
        if isinstance(row, Action) and row.kind in {"pause", "unpause"}:
            paused = row.kind == "pause"
        elif paused and (
            isinstance(row, Act)
            or (isinstance(row, Delivery) and row.delivered)
            or (isinstance(row, Trigger) and row.reason != "paused")
        ):
            yield f"{type(row).__name__} at {row.at_s} during a pause"


def acts_belong_to_the_board_before_the_learner(
    rows: Rows, condition: str, settings: TutorSettings
) -> Iterator[str]:
    board = None
    acts = {row.act_id: row for row in rows if isinstance(row, Act)}
    for row in rows:
        if isinstance(row, ItemBegun):
            board = row.item_id
        elif isinstance(row, ItemEnded):
            board = None
        elif isinstance(row, Act) and row.item_id != board:
            yield f"{row.act_id} on {row.item_id} while {board} is open"
        elif isinstance(row, Delivery) and row.delivered and acts[row.act_id].item_id != board:
            yield f"{row.act_id} was said after its board"


def one_act_at_a_time_each_with_its_end(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """Decided, delivered or failed once, reacted to once."""
    decided: str | None = None
    waiting: str | None = None
    for row in rows:
        if isinstance(row, Act):
            if decided or waiting:
                yield f"{row.act_id} while {decided or waiting} was open"
            decided = row.act_id
        elif isinstance(row, Delivery):
            if row.act_id != decided:
                yield f"delivery of {row.act_id}, under way was {decided}"
            decided, waiting = None, row.act_id if row.delivered else None
        elif isinstance(row, ReactionSeen):
            if row.act_id != waiting:
                yield f"{row.reaction} of {row.act_id}, open was {waiting}"
            waiting = None
    if isinstance(rows[-1], SessionEnded) and (decided or waiting):
        yield f"{decided or waiting} has no end"


def an_act_does_what_its_trigger_was_allowed(
    rows: Rows, condition: str, settings: TutorSettings
) -> Iterator[str]:
    newest: Trigger | None = None
    for row in rows:
        if isinstance(row, Trigger):
            newest = row
        elif isinstance(row, Act) and row.follows_act_id is None:
            fits = newest is not None and (
                newest.trigger_id,
                newest.at_s,
                newest.outcome,
                newest.level_allowed,
                newest.level_offered,
            ) == (row.trigger_id, row.at_s, "allowed", row.level, row.level_offered)
            if not fits:
                yield f"{row.act_id} rests on {newest}"


def states_follow_each_other(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    state = "calibrating"
    for row in rows:
        if isinstance(row, StateChange):
            if row.source != state:
                yield f"from {row.source} at {row.at_s}, the state was {state}"
            state = row.dest


def help_that_was_asked_for_is_to_be_used_first(
    rows: Rows, condition: str, settings: TutorSettings
) -> Iterator[str]:
    hinted: HintGiven | None = None
    for row in rows:
        if isinstance(row, HintGiven) and row.act_id is None:
            hinted = row
        elif isinstance(row, Act) and row.follows_act_id is None and hinted is not None:
            ago_s = row.at_s - hinted.at_s
            if row.item_id == hinted.item_id and ago_s < settings.after_help_s:
                yield f"{row.act_id} came {ago_s} s after a hint on the same board"


def a_finished_board_gets_no_help(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    over: set[str] = set()
    for row in rows:
        if isinstance(row, ItemEnded):
            over.add(row.item_id)
        elif isinstance(row, HintGiven | BoardChange) and row.item_id in over:
            yield f"{type(row).__name__} at {row.at_s} on {row.item_id}, which is over"


def the_wizard_decides(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """Each act of WZ carries out the newest choice, once, at its level, and soon; a veto is none."""
    choice: WizardChoice | None = None
    for row in rows:
        if isinstance(row, WizardChoice):
            choice = row
        elif condition == "WZ" and isinstance(row, Act) and row.follows_act_id is None:
            soon = choice is not None and row.at_s - choice.at_s <= settings.wizard_waits_s
            if choice is None or choice.level != row.level or not soon:
                yield f"{row.act_id} at level {row.level} on {choice}"
            choice = None


def the_study_asks_seldom_and_alone(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """Its two questions come three minutes apart, on an open board, outside of pauses, and no act beside."""
    asked_s: float | None = None
    open_id: str | None = None
    act: str | None = None
    board, paused = False, False
    for row in rows:
        if isinstance(row, ValidityAnswer):
            open_id = None if row.probe_id == open_id else open_id
        elif isinstance(row, ValidityProbe) and row.outcome == "asked":
            if asked_s is not None and row.at_s - asked_s < settings.check_in_rest_s:
                yield f"{row.probe_id} {row.at_s - asked_s} s after the last"
            if act or paused or not board:
                yield f"{row.probe_id} with {act} open, paused {paused}, board {board}"
            asked_s, open_id = row.at_s, row.probe_id
        elif isinstance(row, ValidityProbe):
            open_id = None
        elif isinstance(row, Act):
            act = row.act_id
            if open_id is not None and row.follows_act_id is None:
                yield f"{act} while {open_id} was open"
        elif isinstance(row, ReactionSeen) or (isinstance(row, Delivery) and not row.delivered):
            act = None
        elif isinstance(row, Action) and row.kind in {"pause", "unpause"}:
            paused = row.kind == "pause"
        elif isinstance(row, ItemBegun | ItemEnded):
            board = isinstance(row, ItemBegun)
            open_id = None if not board else open_id


def the_stop_rule_stops(rows: Rows, condition: str, settings: TutorSettings) -> Iterator[str]:
    """Computed anew from the learner's own answers: the mean change over INTERVENTIONs."""
    acts = {row.act_id: row for row in rows if isinstance(row, Act)}
    before: int | None = None
    intervened = False
    changes: list[int] = []
    noted = False
    for row in rows:
        met = bool(changes) and sum(changes) / len(changes) < -settings.stop_fall
        if isinstance(row, Delivery) and row.delivered and acts[row.act_id].level == 3:
            intervened = True
        elif isinstance(row, Act) and row.level == 3 and met:
            yield f"{row.act_id} intervenes after {changes}"
        elif isinstance(row, StopRuleMet):
            noted = True
        elif isinstance(row, TrustState) and row.cause == "probe" and met and not noted:
            yield f"the rule is met by {changes} and not noted"
        elif isinstance(row, Probe):
            if intervened and before is not None:
                changes.append(row.trust - before)
            before, intervened = row.trust, False


LAWS: tuple[Law, ...] = (
    trust_stays_between_one_and_five,
    the_tutor_rests_after_an_act,
    acts_are_few,
    low_trust_sees_no_intervention,
    a_face_alone_is_worth_a_notification_in_ad_at_most,
    the_reactive_baseline_never_starts,
    a_fixed_level_is_fixed,
    a_decline_lowers_the_next_two_acts,
    nobody_is_interrupted,
    help_that_was_asked_for_is_to_be_used_first,
    a_finished_board_gets_no_help,
    nobody_talks_across_the_learner,
    a_face_counts_with_consent_and_outside_of_pauses,
    a_pause_is_quiet,
    acts_belong_to_the_board_before_the_learner,
    one_act_at_a_time_each_with_its_end,
    an_act_does_what_its_trigger_was_allowed,
    states_follow_each_other,
    the_wizard_decides,
    the_study_asks_seldom_and_alone,
    the_stop_rule_stops,
)
"""Every law; tests/core/test_laws.py drives tutors at random and holds their logs to each."""


def complaints(rows: Rows, condition: str, settings: TutorSettings) -> list[str]:
    """What every law has to say, each with its law's name."""
    return [f"{law.__name__}: {text}" for law in LAWS for text in law(rows, condition, settings)]
